"""The chain over the audit: each seal covers the lines since the one before, and that one too.

Whoever holds the database but not the key cannot edit, delete, insert, reorder or cut lines without it being seen: the
newest seal's mark is kept outside the database, and what a purge took away stands in an anchor.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

FIELDS = ("key", "at", "worker", "deed", "object", "facts")


@dataclass(frozen=True, slots=True)
class Link:
    """A place in the chain: the number of a seal, the last line it covers, and its code."""

    number: int
    last: int
    mac: bytes


START = Link(0, 0, bytes(32))


def sealed(key: bytes, before: Link, lines: Iterable[Mapping[str, object]], last: int) -> Link:
    """The next link over these lines, in their order; ``last`` is the key of the last of them."""
    code = hmac.new(key, _head(before.number + 1, before.last, last), hashlib.sha256)
    code.update(before.mac)
    for line in lines:
        code.update(json.dumps([line[name] for name in FIELDS], ensure_ascii=False).encode() + b"\n")
    return Link(before.number + 1, last, code.digest())


def anchored(key: bytes, link: Link) -> str:
    """A link as an anchor or a mark: in text, and with a proof that it was made by whoever holds the key."""
    return json.dumps([link.number, link.last, link.mac.hex(), _proof(key, link)])


def anchor(key: bytes, text: str) -> Link | None:
    """The link of an anchor; None where it is not ours."""
    try:
        number, last, mac, proof = json.loads(text)
        link = Link(int(number), int(last), bytes.fromhex(mac))
    except (ValueError, TypeError):
        return None
    return link if hmac.compare_digest(str(proof), _proof(key, link)) else None


def same(one: Link, other: Link) -> bool:
    """Whether two links are the same place of the same chain."""
    return (one.number, one.last) == (other.number, other.last) and hmac.compare_digest(one.mac, other.mac)


def _head(number: int, after: int, last: int) -> bytes:
    return f"seal:{number}:{after}:{last}\n".encode()


def _proof(key: bytes, link: Link) -> str:
    return hmac.new(key, b"anchor:" + _head(link.number, 0, link.last) + link.mac, hashlib.sha256).hexdigest()
