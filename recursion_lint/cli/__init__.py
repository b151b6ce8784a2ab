"""The terminal: nothing else prints."""
