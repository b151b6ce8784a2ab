"""Witnesses about a granted hop: does the actor really write there?."""
