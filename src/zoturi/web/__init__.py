"""Pages and forms: every URL stands in ``routes.py``."""
