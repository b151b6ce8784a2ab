"""What is effective: statements, denials and boundaries → the writes that a role may make."""
