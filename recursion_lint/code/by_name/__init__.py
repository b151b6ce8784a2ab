"""The plain search: which operations stand by name in a handler's files, in any language, and where they write."""
