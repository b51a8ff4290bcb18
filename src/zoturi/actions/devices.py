"""Browsers somebody has signed in with: strangers who guess at an address do not slow them down.

Wrong passwords for an address make its next tries wait, up to 42 seconds, whoever sends them; so anybody could make a
worker wait for the desk. A browser that was signed in once keeps a mark: tries that carry it are counted apart from
those at the address. A mark is an HMAC under a key outside the database, belongs to one worker, lasts 90 days and opens
nothing by itself: password and code are asked for as ever, and slips with it delay that browser. Several people may
share a computer, so a browser keeps the marks of its last few workers.
"""

from __future__ import annotations

import hashlib
import hmac

from zoturi import world
from zoturi.store.vault import Vault

LASTS_SECONDS = 90 * 86_400
MOST_MARKS = 5
_BETWEEN = "~"


def known(keys: Vault, marks: str | None, worker_id: str) -> str | None:
    """The device's own id where one of its marks belongs to this worker and has not grown too old."""
    for mark in _parts(marks):
        owner, device, until, proof = mark
        if owner == worker_id and hmac.compare_digest(proof, _proof(keys, owner, device, until)):
            return device if world.now() < int(until) else None
    return None


def marked(keys: Vault, marks: str | None, worker_id: str) -> str:
    """The marks for a browser where this worker has just signed in, theirs first."""
    device = known(keys, marks, worker_id) or world.new_id()
    until = str(world.now() + 1000 * LASTS_SECONDS)
    own = (worker_id, device, until, _proof(keys, worker_id, device, until))
    others = [mark for mark in _parts(marks) if mark[0] != worker_id]
    return _BETWEEN.join(".".join(mark) for mark in (own, *others[: MOST_MARKS - 1]))


def _parts(marks: str | None) -> list[tuple[str, str, str, str]]:
    """What stands in a cookie, believed by nobody yet."""
    given = [tuple(mark.split(".")) for mark in (marks or "").split(_BETWEEN)[:MOST_MARKS]]
    return [mark for mark in given if len(mark) == 4 and all(part.isascii() and part.isalnum() for part in mark)]


def _proof(keys: Vault, worker_id: str, device: str, until: str) -> str:
    content = f"{worker_id}.{device}.{until}".encode()
    return hmac.new(keys.derived("known device"), content, hashlib.sha256).hexdigest()[:32]
