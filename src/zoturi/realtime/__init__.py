"""Sockets: the two namespaces of the contract, and the hub, the only place that emits."""
