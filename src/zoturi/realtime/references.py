"""What processes tell one another: where to look, never what is there. No text, no nickname, no name.

A message is signed with a key that only processes of this installation have, and numbered, so that a stranger on the
channel can say nothing, a message repeated later neither, and a lost one is noticed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import orjson

from zoturi.actions.news import (
    ColleagueChanged,
    ContactChanged,
    EntryAdded,
    HandoverChanged,
    News,
    VisitorEnded,
    WorkerSessionsEnded,
)  # fmt: skip
from zoturi.domain.contacts import WAITING, Contact

MOST_TOGETHER = 1000  # references in one message
MOST_BYTES = 512 * 1024
_MAC_BYTES = 32
_MOST_KEYS = 256
_MOST_NUMBER = 2**63
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_CODES = ("signed_out", "revoked", "expired", "replaced")


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry of a contact, and for whom it is news."""

    contact_id: str
    seq: int
    visitor: int | None
    staff: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """A contact has a new version; whoever saw it before or sees it now is named, and the queues it stood in."""

    contact_id: str
    version: int
    visitor: int | None
    staff: tuple[int, ...]
    teams: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Erased:
    """What is known of a contact by heart is to be forgotten."""

    contact_id: str


@dataclass(frozen=True, slots=True)
class ColleagueNews:
    worker: int
    team: int


@dataclass(frozen=True, slots=True)
class HandoverNews:
    """A handover has a new version; one that goes to a desk names its team."""

    handover_id: str
    visitor: int | None
    staff: tuple[int, ...]
    teams: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class VisitorOver:
    visitor: int
    code: str


@dataclass(frozen=True, slots=True)
class SessionsOver:
    sessions: tuple[int, ...]
    code: str


@dataclass(frozen=True, slots=True)
class Typing:
    """Somebody types, or stopped; ``worker``: which one, None where it is the visitor."""

    contact_id: str
    worker: int | None
    typing: bool
    visitor: int | None
    staff: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """How far somebody has read."""

    contact_id: str
    worker: int | None
    seq: int
    visitor: int | None
    staff: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Spent:
    """Of what is limited, so much was let through; ``name`` says whose, to those who know the secret."""

    name: str
    count: int


Reference = (
    NewEntry | Changed | Erased | HandoverNews | ColleagueNews | VisitorOver | SessionsOver | Typing | Seen | Spent
)


def references_of(news: News) -> Iterable[Reference]:
    """Where other processes have to look after this."""
    if isinstance(news, EntryAdded):
        yield NewEntry(news.contact_id, news.entry.seq, news.visitor, news.staff)
    elif isinstance(news, ContactChanged):
        sights = [contact for contact in (news.before, news.after) if contact is not None]
        staff = tuple(dict.fromkeys(key for contact in sights for key in _staff(contact)))
        teams = tuple({contact.team for contact in sights if contact.state == WAITING})
        yield Changed(news.after.id, news.after.version, news.after.visitor, staff, teams)
        if news.after.erased:
            yield Erased(news.after.id)
    elif isinstance(news, ColleagueChanged):
        yield ColleagueNews(news.colleague.key, news.colleague.team)
    elif isinstance(news, HandoverChanged):
        receiver = news.handover.receiver
        yield HandoverNews(news.handover.id, news.visitor, news.staff, () if receiver is None else (receiver,))
    elif isinstance(news, VisitorEnded):
        yield VisitorOver(news.visitor, news.code)
    elif isinstance(news, WorkerSessionsEnded):
        yield SessionsOver(news.sessions, news.code)


def _staff(contact: Contact) -> tuple[int, ...]:
    return tuple(key for key in (contact.owner, contact.offered_to, *contact.companions) if key is not None)


# On the wire: a letter and the fields in their order.


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _is_number(value: object) -> bool:
    return type(value) is int and 0 <= value < _MOST_NUMBER


def _is_number_or_none(value: object) -> bool:
    return value is None or _is_number(value)


def _are_numbers(value: object) -> bool:
    return isinstance(value, list) and len(value) <= _MOST_KEYS and all(map(_is_number, value))


def _is_code(value: object) -> bool:
    return value in _CODES


def _is_flag(value: object) -> bool:
    return type(value) is bool


_KINDS: dict[str, tuple[type, tuple[Callable[[object], bool], ...]]] = {
    "e": (NewEntry, (_is_id, _is_number, _is_number_or_none, _are_numbers)),
    "c": (Changed, (_is_id, _is_number, _is_number_or_none, _are_numbers, _are_numbers)),
    "x": (Erased, (_is_id,)),
    "w": (ColleagueNews, (_is_number, _is_number)),
    "h": (HandoverNews, (_is_id, _is_number_or_none, _are_numbers, _are_numbers)),
    "v": (VisitorOver, (_is_number, _is_code)),
    "s": (SessionsOver, (_are_numbers, _is_code)),
    "t": (Typing, (_is_id, _is_number_or_none, _is_flag, _is_number_or_none, _are_numbers)),
    "l": (Spent, (_is_id, _is_number)),
    "n": (Seen, (_is_id, _is_number_or_none, _is_number, _is_number_or_none, _are_numbers)),
}
_LETTERS = {kind: (letter, kind.__match_args__) for letter, (kind, _) in _KINDS.items()}


def signature(key: bytes, body: bytes) -> bytes:
    """Keyed BLAKE2b (RFC 7693). An HMAC would let other threads run for each message, and wait until they let go."""
    return hashlib.blake2b(body, key=key, digest_size=_MAC_BYTES).digest()


def written(key: bytes, sender: str, number: int, references: Iterable[Reference]) -> bytes:
    """One message: its signature, who sends it, its number, and the references."""
    packed = [_packed(each) for each in references]
    body = orjson.dumps([sender, number, packed])
    return signature(key, body) + body


def _packed(reference: Reference) -> list:
    letter, names = _LETTERS[type(reference)]
    return [letter, *(getattr(reference, name) for name in names)]


def read(key: bytes, message: object) -> tuple[str, int, list[Reference]] | None:
    """Sender, number and references of a message; None for one that no process of ours has written.

    A reference that is not understood (a newer version's, while all are being replaced) is left out.
    """
    if not isinstance(message, bytes) or not _MAC_BYTES < len(message) <= MOST_BYTES:
        return None
    mac, body = message[:_MAC_BYTES], message[_MAC_BYTES:]
    if not hmac.compare_digest(mac, signature(key, body)):
        return None
    try:
        sender, number, packed = orjson.loads(body)
    except (ValueError, TypeError):
        return None
    if not (_is_id(sender) and _is_number(number) and isinstance(packed, list)):
        return None
    return sender, number, [each for each in map(_reference, packed[:MOST_TOGETHER]) if each is not None]


def _reference(packed: object) -> Reference | None:
    if not isinstance(packed, list) or not packed or not isinstance(packed[0], str):
        return None
    kind, checks = _KINDS.get(packed[0], (None, ()))
    fields = packed[1:]
    if kind is None or len(fields) != len(checks):
        return None
    if not all(check(field) for check, field in zip(checks, fields, strict=True)):
        return None
    return kind(*(tuple(field) if isinstance(field, list) else field for field in fields))
