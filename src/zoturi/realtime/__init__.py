"""Sockets: the two namespaces of the contract, and the hub, the only place that emits."""

import sys

if "redis" not in sys.modules:
    # python-socketio loads redis for a manager of its own that nobody here uses: a third of a second of every start and
    # ten megabytes. Where there is a Redis, our bus loads it later.
    sys.modules["redis"] = None
    try:
        import socketio  # noqa: F401
    finally:
        del sys.modules["redis"]
