"""The rules, pure: values in, values out. No clock, no dice, no I/O."""
