"""Handovers in words: the card a person decides on, and the packet as the service reads it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from aiohttp import web

from zoturi import i18n
from zoturi.actions import consent
from zoturi.actions.house import House
from zoturi.domain.contacts import Contact
from zoturi.domain.handovers import CALLBACK, CALLBACK_KEYS, HELP_REQUEST, TEST_ANSWERS, Handover, in_one_of
from zoturi.store import handovers as store
from zoturi.web.keys import HOUSE
from zoturi.web.render import PAGES, language_of
from zoturi.web.screening_view import words_for_desk

_REQUEST_KEYS = (*CALLBACK_KEYS, "role", "for_whom", "child_ages", "family_knows", "call_first")


async def cards_of(request: web.Request, contact: Contact | None) -> list[dict]:
    """The handovers of a contact for the person whose it is, newest first; none for whoever asked from outside."""
    if contact is None or contact.own_words_only:
        return []
    known = await request.app[HOUSE].db.read(store.of_contact, contact)
    if not known:
        return []
    code, pages = language_of(request), request.app[PAGES]
    asked = words_for_desk(pages.asked_in(code).values())
    return [card(request.app[HOUSE], each, contact, code, asked) for each in reversed(known) if each.body]


async def stays_outside(request: web.Request, contact: Contact) -> bool:
    """Whether a service has opened something of this contact: erasing does not call it back, and the page says so.

    Whoever asked from outside the family does not learn of it.
    """
    if contact.own_words_only:
        return False
    known = await request.app[HOUSE].db.read(store.of_contact, contact)
    return any(each.opened_at is not None for each in known)


def card(house: House, handover: Handover, contact: Contact, code: str, asked: Mapping[str, dict]) -> dict:
    """What the page says of one handover: to whom, what exactly, why, what happens next."""
    body = handover.body
    return {
        "id": handover.id,
        "version": handover.version,
        "state": handover.state,
        "service": in_one_of(body.names, code),
        "about": in_one_of(body.about, code),
        "offered": body.offered if handover.state == "offered" else body.include,
        "packet": packet(body.package, asked, code),
        "consent": consent.text(house.site, body, code),
        "written_in": body.written_in if body.written_in not in (None, contact.language) else None,
        "due_at": handover.due_at,
        "contact_by": day_in_words(code, body.contact_by),
    }


def packet(package: dict, asked: Mapping[str, dict], code: str) -> dict:
    """A package by its items, in words where it holds codes; what does not go along is None."""
    request = package.get(HELP_REQUEST)
    return {
        "summary": package.get("summary"),
        "messages": package.get("messages"),
        "test_answers": _answers(package.get(TEST_ANSWERS), asked, code),
        "help_request": None if request is None else _whole(request),
        "text": (request or {}).get("text"),
        "callback": None if package.get(CALLBACK) is None else _whole(package[CALLBACK]),
    }


def _whole(part: dict) -> dict:
    return dict.fromkeys(_REQUEST_KEYS) | part


def _answers(carried: dict | None, asked: Mapping[str, dict], code: str) -> dict | None:
    """What somebody answered, topic by topic, in the words of the page's language."""
    if carried is None:
        return None
    known = asked.get(carried["questionnaire"], {"name": "", "topics": {}, "questions": {}, "answers": {}})
    topics: dict[str, list[str]] = {}
    for row in carried["answers"]:
        question = known["questions"].get(row["question"], row["question"])
        told = known["answers"].get(row["question"], {}).get(row["answer"], row["answer"])
        topics.setdefault(known["topics"].get(row["topic"], row["topic"]), []).append(f"{question}: {told}")
    return {"name": known["name"], "topics": topics, "safety": carried.get("safety", [])}


def day_in_words(code: str, day: str | None) -> str | None:
    """The day by which a service gets in touch."""
    return None if not day else i18n.weekday_and_date(code, date.fromisoformat(day))


def today(house: House, now: int) -> str:
    """The date on the wall, as forms write it."""
    return datetime.fromtimestamp(now / 1000, UTC).astimezone(house.zone).date().isoformat()
