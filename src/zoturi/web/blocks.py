"""Floods from one place: buckets by address block, known only by a keyed hash whose key lives a day and in memory.

No address is stored, logged or shown. A peer on loopback that is no trusted proxy is not counted: without
``TRUSTED_PROXIES`` everybody behind a proxy would look like one and lock the others out.
"""

from __future__ import annotations

import hashlib
import hmac
from ipaddress import ip_address, ip_network

from aiohttp import web

from zoturi import world
from zoturi.actions.limits import Buckets
from zoturi.settings import Settings

# A minute, and at once: generous, since a whole school may share one address.
_SIZES = {
    "handshake": (120, 300), "sign_in": (30, 60), "guess": (20, 40), "form": (300, 600), "search": (120, 240),
    "press": (10, 60),
}  # fmt: skip
PRESS = "press"
"""A help request that is sent: each is stored and waits for days, and however many there are, none is turned away for
it. A parents' evening fits in at once; who wants to bury the others' requests does not.
"""
_DAY_SECONDS = 24 * 3600
_IPV4_BLOCK = 24
_IPV6_BLOCK = 56


class Blocks:
    """The buckets of all address blocks of one process."""

    def __init__(self, settings: Settings) -> None:
        self._trusted = settings.networks("trusted_proxies")
        self._buckets = {kind: Buckets(per_minute, size) for kind, (per_minute, size) in _SIZES.items()}
        self._key = b""
        self._key_until = 0.0

    def take(self, request: web.Request, kind: str | None = None) -> None:
        """Count a request that costs something; refuses ``too_fast`` when too many come from one place."""
        kind = kind or _kind(request)
        block = None if kind is None else self._block(request)
        if block is not None:
            self._buckets[kind].take(block)

    def _block(self, request: web.Request) -> bytes | None:
        address = self._address(request)
        if address is None:
            return None
        size = _IPV4_BLOCK if address.version == 4 else _IPV6_BLOCK
        network = ip_network((address, size), strict=False)
        return hmac.new(self._todays_key(), network.network_address.packed, hashlib.sha256).digest()

    def _address(self, request: web.Request):
        """Whom the request comes from: the peer, or the last hop that our own proxies saw."""
        peer = request.transport.get_extra_info("peername") if request.transport is not None else None
        if not peer:
            return None
        hops = [peer[0].partition("%")[0]]
        hops += [hop.strip() for hop in reversed(request.headers.get("X-Forwarded-For", "").split(",")) if hop.strip()]
        for hop in hops:
            try:
                address = ip_address(hop)
            except ValueError:
                return None
            if not any(address in network for network in self._trusted):
                return None if address.is_loopback else address
        return None

    def _todays_key(self) -> bytes:
        if world.monotonic() >= self._key_until:
            self._key = world.random_bytes(32)
            self._key_until = world.monotonic() + _DAY_SECONDS
        return self._key


def _kind(request: web.Request) -> str | None:
    """What a request is counted as; reading pages is not counted, looking for words in the directory is."""
    if request.path.startswith("/socket.io/"):
        return "handshake"
    if request.path.endswith("/services") and (request.method == "POST" or "q" in request.query):
        return "search"  # in a large directory a query made to cost much takes as long as a hundred pages
    if request.method != "POST":
        return None
    if request.path == "/desk/login":
        return "sign_in"
    return "guess" if request.path.endswith("/return") else "form"
