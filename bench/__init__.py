"""Load and latency of zoturi, measured beside two bare relays in the same run."""
