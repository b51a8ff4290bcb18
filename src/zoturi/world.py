"""The only clock and the only dice of the house; tests replace both through :func:`use`."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

_ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def _random_id() -> str:
    number = int.from_bytes(secrets.token_bytes(10), "big")
    letters = []
    for _ in range(16):
        letters.append(_ID_ALPHABET[number & 31])
        number >>= 5
    return "".join(letters)


@dataclass(slots=True)
class World:
    """Where time and chance come from. ``now_ms`` is Unix time in milliseconds, UTC; ``seconds`` never steps."""

    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    seconds: Callable[[], float] = time.monotonic
    random_id: Callable[[], str] = _random_id
    random_bytes: Callable[[int], bytes] = secrets.token_bytes


_world = World()


def use(world: World) -> World:
    """Replace the clock and the dice; returns what was in use, so that a test can put it back."""
    global _world
    before, _world = _world, world
    return before


def now() -> int:
    """Milliseconds since 1970-01-01 UTC."""
    return _world.now_ms()


def new_id() -> str:
    """An opaque public id: 16 characters, 80 random bits."""
    return _world.random_id()


def new_uuid() -> str:
    """A random UUID (version 4) in text."""
    return str(uuid.UUID(bytes=random_bytes(16), version=4))


def new_token() -> str:
    """256 random bits as 64 hexadecimal characters, for cookies and links."""
    return random_bytes(32).hex()


def random_bytes(count: int) -> bytes:
    """``count`` bytes fit for keys."""
    return _world.random_bytes(count)


def monotonic() -> float:
    """Seconds of a clock that never steps, for time limits and rates; its zero means nothing."""
    return _world.seconds()
