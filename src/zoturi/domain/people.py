"""Who acts: a visitor's session, a member of staff, or nobody."""

from __future__ import annotations

from dataclasses import dataclass

ROLES = ("worker", "supervisor", "admin")


@dataclass(frozen=True, slots=True)
class Visitor:
    """One visitor session. ``key`` is its row; the token itself is known to the browser alone."""

    key: int
    token_hash: bytes


@dataclass(frozen=True, slots=True)
class Worker:
    """A member of staff as a session knew them when it began; rights are looked up again in each deed."""

    key: int
    id: str
    name: str
    role: str
    team: int
    session: int


Actor = Visitor | Worker | None


@dataclass(frozen=True, slots=True)
class Colleague:
    """What colleagues see of one another: ``me`` and ``colleague`` of the contract."""

    key: int
    id: str
    version: int
    name: str
    role: str
    team: int
    team_id: str
    languages: tuple[str, ...]
    on_duty: bool
    capacity: int
    live: int
    paused: bool = False
