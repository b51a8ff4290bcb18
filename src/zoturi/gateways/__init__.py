"""The outside world behind small protocols."""
