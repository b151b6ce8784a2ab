"""YAML and JSON read and edited without loss. It knows nothing of templates."""
