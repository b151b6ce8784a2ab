"""Languages of keys, names and events: do two filters accept something in common?"""
