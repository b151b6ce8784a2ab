"""AWS Lambda: functions, event source mappings, destinations."""
