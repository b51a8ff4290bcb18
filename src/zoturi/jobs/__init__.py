"""Periodic work: every job stands in ``schedule.py``."""
