"""Passwords: Argon2id in a pool of two threads, never inside a deed, and the words that make one too easy to guess."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from zoturi import resources, world
from zoturi.domain import passwords
from zoturi.domain.refusals import Refusal
from zoturi.site import Site
from zoturi.store.tx import Row

# OWASP's minimum for Argon2id with one lane: 46 MiB, t = 2, p = 1 (Password Storage Cheat Sheet).
_hasher = PasswordHasher(time_cost=2, memory_cost=46 * 1024, parallelism=1)
MOST_WAITING = 64
"""Checks that may wait for the two threads; beyond, a flood would keep everybody waiting long after its end."""
_THREADS = 2
_threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="argon2")
_under_way = 0  # checks asked for and not answered yet; the event loop alone counts them
# A hash of nothing anybody knows, so that an unknown address costs the same time as a known one.
_NOBODY = _hasher.hash(world.random_bytes(16).hex())


@cache
def common_words() -> frozenset[str]:
    """Words that are tried first by those who guess."""
    text = (resources.content_dir() / "passwords" / "common.txt").read_text(encoding="utf-8")
    lines = [line for line in text.casefold().splitlines() if not line.startswith("#")]
    return frozenset(word for line in lines for word in line.split())


def problem(password: str, worker: Row, site: Site) -> str | None:
    """Why this person cannot use a password (see ``domain.passwords``), or None."""
    own = [worker["name"], worker["email"], *(site.name or {}).values()]
    return passwords.problem(password, own, common_words())


async def hashed(password: str) -> str:
    """Argon2id; refuses a password that is too short or absurdly long."""
    if not passwords.SHORTEST <= len(password) <= passwords.LONGEST:
        raise Refusal("bad_field", field="password")
    return await hashed_as_it_is(password)


async def hashed_as_it_is(password: str) -> str:
    """For the demo's password, which may be shorter: it guards nothing real."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, password)


async def matches(stored: str | None, password: str) -> bool:
    """Whether a password belongs to a stored hash; without one it takes the same time."""
    global _under_way
    if _under_way >= MOST_WAITING + _THREADS:
        raise Refusal("busy")
    _under_way += 1
    try:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(_threads, _matches, stored, password[: passwords.LONGEST])
    finally:
        _under_way -= 1


def _matches(stored: str | None, password: str) -> bool:
    try:
        return _hasher.verify(stored or _NOBODY, password) and stored is not None
    except (VerifyMismatchError, InvalidHashError):
        return False
