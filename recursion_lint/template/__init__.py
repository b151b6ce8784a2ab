"""Text → nodes → resources → symbolic values: what a template says, and nothing of what it means for events."""
