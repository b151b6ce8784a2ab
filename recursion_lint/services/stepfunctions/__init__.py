"""AWS Step Functions: state machines and what their tasks do."""
