"""Policy documents as templates write them → statements on roles."""
