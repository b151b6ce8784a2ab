"""Facts of all templates → the event graph, and its cycles."""
