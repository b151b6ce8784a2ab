"""The Language Server Protocol: what a run finds, told to an editor while somebody types. It alone imports pygls."""
