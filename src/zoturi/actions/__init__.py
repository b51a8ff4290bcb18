"""Deeds: each is one plain function and one transaction: check the rule, write, append to the timeline, tell."""
