"""Permissions: what a role may do, and which statements say so."""
