"""Facts of many repositories: written by each, linked into one report, kept in a store."""
