"""What each side sees of an entry and of a contact."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from zoturi.domain.contacts import Contact, Details
from zoturi.domain.sessions import STAFF_ABSOLUTE_MS, STAFF_IDLE_MS, VISITOR_SILENT_MS, staff_ended, visitor_ended
from zoturi.domain.timeline import Entry, contact_for, entry_for, iso, iso_or_none

KINDS = ("opened", "message", "note", "claimed", "released", "transferred", "handover", "left", "returned", "closed",
         "erased", "call")  # fmt: skip


def entry(kind: str) -> Entry:
    return Entry(4, 1_800_000_000_123, kind, "worker", 7, "Aino", "words", {"outcome": "advice"}, "client")


def test_a_visitor_never_sees_notes_and_calls():
    hidden = {kind for kind in KINDS if entry_for("visitor", entry(kind)) is None}
    assert hidden == {"note", "call"}
    assert all(entry_for("worker", entry(kind)) for kind in KINDS)


def test_what_the_house_did_is_bare_for_a_visitor():
    bare = {kind for kind in KINDS if (shown := entry_for("visitor", entry(kind))) and shown["data"] is None}
    assert {"released", "transferred", "closed"} <= bare
    assert entry_for("worker", entry("closed"))["data"] == {"outcome": "advice"}


def test_only_the_author_sees_the_client_id():
    assert entry_for("worker", entry("message"))["client_id"] is None
    assert entry_for("worker", entry("message"), author=True)["client_id"] == "client"


CONTACT = Contact(
    1, "id", 3, "chat", "claimed", "fi", 1, "team", 5, 7, "worker", "Aino", 1_800_000_000_000, 1_800_000_300_000, None,
    1_800_000_001_000, None, False, False, True, False, "here", "rank", 9, 8,
    Details("Kettu", "lainela", "13-17", ("school",), "says_not_safe"), (8,), ("other",),
)  # fmt: skip


def test_three_views_of_one_contact_carry_the_same_keys():
    views = {viewer: contact_for(viewer, CONTACT) for viewer in ("visitor", "owner", "queue")}
    assert views["visitor"].keys() == views["owner"].keys() == views["queue"].keys()
    hidden = {key for key, value in views["visitor"].items() if value is None and views["owner"][key] is not None}
    assert hidden == {"urgency", "urgency_reason", "team", "companions", "due_at", "rank"}
    assert views["visitor"]["claimed_by"] == {"name": "Aino"}
    assert (views["visitor"]["last_seq"], views["owner"]["last_seq"]) == (8, 9)
    assert views["queue"]["nickname"] is None
    assert views["owner"]["nickname"] == "Kettu"
    assert "words" not in str(views)


@given(some.integers(0, 4_000_000_000_000))
def test_times_are_iso_with_milliseconds(at):
    text = iso(at)
    assert text.endswith("Z")
    assert len(text) == 24
    assert round(datetime.fromisoformat(text).timestamp() * 1000) == at
    assert iso(at) == text


def test_no_time_is_none():
    assert iso_or_none(None) is None
    assert iso_or_none(0) == "1970-01-01T00:00:00.000Z"


@pytest.mark.parametrize(("began", "sign", "ended", "now", "why"), [
    (0, 0, None, STAFF_IDLE_MS, None),
    (0, 0, None, STAFF_IDLE_MS + 1, "expired"),
    (0, STAFF_ABSOLUTE_MS, None, STAFF_ABSOLUTE_MS, None),
    (0, STAFF_ABSOLUTE_MS, None, STAFF_ABSOLUTE_MS + 1, "expired"),
    (0, 0, 5, 6, "revoked"),
])  # fmt: skip
def test_how_long_a_staff_session_lasts(began, sign, ended, now, why):
    assert staff_ended(began, sign, ended, now) == why


def test_how_long_a_visitor_session_lasts():
    assert not visitor_ended(None, 0, VISITOR_SILENT_MS)
    assert visitor_ended(None, 0, VISITOR_SILENT_MS + 1)
    assert visitor_ended(1, 2, 3)
