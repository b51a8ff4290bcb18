"""A handover: a consented referral of a contact to a service, its states and the moves between them.

What goes along is fixed when it is offered and narrowed by the one whose matter it is; the hash they agreed to is the
hash of what is sent. A changed draft is a new offer and needs a new yes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from zoturi.domain.refusals import Refusal
from zoturi.domain.timeline import Entry, iso_or_none

SUMMARY, MESSAGES, TEST_ANSWERS, HELP_REQUEST, CALLBACK = ITEMS = (
    "summary", "messages", "test_answers", "help_request", "callback",
)  # fmt: skip
STATES = (
    "offered", "consented", "queued", "delivered", "opened", "accepted", "declined", "withdrawn", "expired",
)  # fmt: skip
OFFERED, CONSENTED, QUEUED, DELIVERED, OPENED, ACCEPTED, DECLINED, WITHDRAWN, EXPIRED = STATES
UNOPENED = (OFFERED, CONSENTED, QUEUED, DELIVERED)
OPEN = (*UNOPENED, OPENED)
"""Nobody has said yes yet: until then the contact stays in sight."""
SENT = (QUEUED, DELIVERED, OPENED)
READABLE = (QUEUED, DELIVERED, OPENED, ACCEPTED)
"""The service may read it, until its time is over."""
CALLBACK_KEYS = (
    "name", "contact_by", "phone", "email", "best_time", "voicemail_ok", "who_may_know", "interpreter",
)  # fmt: skip
PIN_TRIES = 5
MOST_LINKS = 10
LINK_AGAIN_MS = 10 * 60_000
MOST_MESSAGES = 50
REASON_MAX = 1000
ANSWER_BY_DAYS = 60
_MINUTE_MS = 60_000

_MOVES = {
    "consent": ((OFFERED,), CONSENTED),
    "queue": ((CONSENTED,), QUEUED),
    "deliver": ((CONSENTED, QUEUED), DELIVERED),
    "open": ((QUEUED, DELIVERED), OPENED),  # a mail may be read before we noted that it left
    "accept": ((OPENED,), ACCEPTED),
    "decline": ((OPENED,), DECLINED),
    "withdraw": (UNOPENED, WITHDRAWN),
    "expire": (SENT, EXPIRED),
}


def after(move: str, state: str) -> str:
    """The state a move leads to; refuses ``gone`` where it has ended, ``conflict`` where the move does not fit."""
    allowed, result = _MOVES[move]
    if state not in allowed:
        raise Refusal("gone" if state in (DECLINED, WITHDRAWN, EXPIRED) else "conflict")
    return result


@dataclass(frozen=True, slots=True)
class Body:
    """What is sealed with the contact's key. ``names`` are the service's names by language.

    ``include`` is what goes along now, ``offered`` what the worker chose; ``salt`` keeps the hash from being guessed.
    """

    names: Mapping[str, str]
    about: Mapping[str, str]
    offered: tuple[str, ...]
    include: tuple[str, ...]
    package: dict
    salt: str
    written_in: str | None = None
    consent: dict | None = None
    contact_by: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Handover:
    """One handover. ``way`` is ``mail`` or ``desk``; ``receiver`` the team at whose desk it arrives; ``link`` how many
    links were made; ``attempts`` how often its mail was tried. ``body`` is None once the contact was erased.
    """

    key: int
    id: str
    version: int
    contact: int
    contact_id: str
    language: str
    service_id: str
    state: str
    way: str
    receiver: int | None
    offered_at: int
    consented_at: int | None
    due_at: int | None
    remind_at: int | None
    opened_at: int | None
    link: int
    package_hash: bytes
    consent_hash: bytes | None
    attempts: int
    body: Body | None = field(repr=False)

    @property
    def open(self) -> bool:
        return self.state in OPEN

    @property
    def intact(self) -> bool:
        """Whether what would go along is to the letter what somebody agreed to."""
        return self.body is not None and self.consent_hash == fingerprint(self.id, self.body.salt, self.body.package)

    def name(self, language: str) -> str:
        """The service's name in a language, else in any."""
        return in_one_of(self.body.names, language) if self.body else ""


def in_one_of(texts: Mapping[str, str], language: str) -> str:
    """A text in this language, else in English, Finnish or any."""
    for code in (language, "en", "fi"):
        if code in texts:
            return texts[code]
    return next(iter(texts.values()), "")


def package(
    *, service_id: str, service: str, sender: str, language: str, include: Iterable[str], summary: str,
    messages: Iterable[Entry], answers: dict | None, request: dict | None, request_text: str | None,
) -> dict:  # fmt: skip
    """Exactly what the service would see; refuses ``bad_field`` where something is ticked that is not there."""
    ticked = set(include)
    made: dict[str, object] = {"service": {"id": service_id, "name": service}, "from": sender, "language": language}
    if SUMMARY in ticked:
        made[SUMMARY] = summary
    if MESSAGES in ticked:
        said = [{"seq": e.seq, "by": e.role, "text": e.text} for e in messages if e.text]
        made[MESSAGES] = _there(said, "entry_seqs")
    if TEST_ANSWERS in ticked:
        made[TEST_ANSWERS] = _there(answers, "include")
    asked = {key: value for key, value in (request or {}).items() if value not in (None, [], "")}
    if HELP_REQUEST in ticked:
        told = {key: value for key, value in asked.items() if key not in CALLBACK_KEYS}
        made[HELP_REQUEST] = _there(told | ({"text": request_text} if request_text else {}), "include")
    if CALLBACK in ticked:
        made[CALLBACK] = _there({key: asked[key] for key in CALLBACK_KEYS if key in asked}, "include")
    return made


def _there(part, field_name: str):
    if not part:
        raise Refusal("bad_field", field=field_name)
    return part


def narrowed(whole: dict, offered: Iterable[str], wanted: Iterable[str] | None) -> tuple[dict, tuple[str, ...]]:
    """The package without what was unticked, and what is left; refuses ``bad_field`` for anything not offered."""
    was = tuple(offered)
    keep = was if wanted is None else tuple(item for item in was if item in set(wanted))
    if not keep or not set(wanted or ()) <= set(was):
        raise Refusal("bad_field", field="include")
    return {key: value for key, value in whole.items() if key not in ITEMS or key in keep}, keep


def fingerprint(handover_id: str, salt: str, content: dict) -> bytes:
    """SHA-256 over canonical JSON (sorted keys, no spaces, UTF-8), bound to its handover."""
    canonical = json.dumps([handover_id, salt, content], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).digest()


def half_way(begins: int, ends: int) -> int:
    """When a service that has not answered is reminded."""
    return begins + (ends - begins) // 2


def try_again_after(attempts: int) -> int:
    """Milliseconds until the next try of a mail: a minute, two, four … an hour at most."""
    return min(60, 2 ** min(attempts - 1, 6)) * _MINUTE_MS


def check_contact_by(given: str | None, today: date) -> str | None:
    """The day by which the service gets in touch; refuses ``bad_field`` for no date, a past one, or one far ahead."""
    if not given:
        return None
    try:
        day = datetime.fromisoformat(given).date()  # a time may stand behind the day
    except ValueError:
        raise Refusal("bad_field", field="contact_by") from None
    if not today <= day <= today + timedelta(days=ANSWER_BY_DAYS):
        raise Refusal("bad_field", field="contact_by")
    return day.isoformat()


def entry_data(handover: Handover, language: str, **more: object) -> dict:
    """What the timeline says of a handover's new state."""
    return {"handover_id": handover.id, "state": handover.state, "service": handover.name(language), **more}


def may_see(viewer: str, handover: Handover) -> bool:
    """A receiving desk knows of a handover only once somebody agreed to it."""
    return viewer != "receiver" or handover.consented_at is not None


def handover_for(viewer: str, handover: Handover) -> dict:
    """What the ``visitor``, the ``sender`` or the ``receiver`` sees of a handover.

    A receiving desk reads the package once it was opened. Why a service said no is for staff.
    """
    body, visitor = handover.body, viewer == "visitor"
    readable = body is not None and (viewer != "receiver" or handover.state in (OPENED, ACCEPTED))
    return {
        "id": handover.id,
        "version": handover.version,
        "contact_id": handover.contact_id,
        "service": {
            "id": handover.service_id,
            "name": handover.name(handover.language if visitor else "fi"),
            "names": dict(body.names) if body and not visitor else None,  # whoever works here reads their own language
        },
        "state": handover.state,
        "include": list(body.include) if body else [],
        "package": body.package if readable else None,
        "due_at": iso_or_none(handover.due_at),
        "contact_by": body.contact_by if body else None,
        "written_in": body.written_in if body else None,
        "reason": body.reason if body and not visitor else None,
        "side": None if visitor else viewer,
        "way": None if visitor else handover.way,
        "attempts": None if visitor else handover.attempts,
    }
