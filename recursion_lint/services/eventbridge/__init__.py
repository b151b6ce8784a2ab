"""Amazon EventBridge: rules and what they listen to, pipes, custom event buses."""
