"""zoturi: every way a young person or a family reaches out for help, in one queue out of which nothing falls."""

__version__ = "0.1.0"
