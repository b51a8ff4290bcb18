"""The rules of a handover: what goes along, what a yes is bound to, and which step follows which."""

from __future__ import annotations

from datetime import date

import pytest

from zoturi.domain import handovers
from zoturi.domain.handovers import Body, Handover, handover_for
from zoturi.domain.refusals import Refusal
from zoturi.domain.timeline import Entry

REQUEST = {
    "for_whom": "my_child",
    "phone": "040",
    "email": None,
    "best_time": [],
    "voicemail_ok": False,
    "name": "Aili",
}


def said(seq: int, text: str | None, role: str = "visitor") -> Entry:
    return Entry(seq, 1, "message", role, None, None, text, None, None)


def packed(*include: str, **given) -> dict:
    parts = {"summary": "Lyhyesti.", "messages": [said(2, "moi"), said(3, None)], "answers": {"answers": []},
             "request": REQUEST, "request_text": "apua", **given}  # fmt: skip
    return handovers.package(service_id="s", service="S", sender="L", language="fi", include=include, **parts)


def made(state: str = "offered", **given) -> Handover:
    package = packed("summary", "messages")
    body = Body(
        {"fi": "Neuvola", "sv": "Rådgivning"}, {}, ("summary", "messages"), ("summary", "messages"), package, "salt"
    )
    whole = {
        "key": 1, "id": "h", "version": 1, "contact": 1, "contact_id": "c", "language": "sv", "service_id": "s",
        "state": state, "way": "desk", "receiver": 2, "offered_at": 1, "consented_at": None, "due_at": None,
        "remind_at": None, "opened_at": None, "link": 0, "package_hash": b"", "consent_hash": None, "attempts": 0,
        "body": body,
    }  # fmt: skip
    return Handover(**whole | given)


def test_only_what_is_ticked_goes_along():
    assert packed("summary").keys() == {"service", "from", "language", "summary"}
    whole = packed("summary", "messages", "help_request", "callback")
    assert whole["messages"] == [{"seq": 2, "by": "visitor", "text": "moi"}]
    assert whole["help_request"] == {"for_whom": "my_child", "text": "apua"}
    assert whole["callback"] == {"name": "Aili", "phone": "040", "voicemail_ok": False}


@pytest.mark.parametrize(
    ("item", "missing", "field"),
    [
        ("messages", {"messages": []}, "entry_seqs"),
        ("test_answers", {"answers": None}, "include"),
        ("help_request", {"request": None, "request_text": None}, "include"),
        ("callback", {"request": {"for_whom": "myself"}}, "include"),
    ],
)
def test_what_is_not_there_can_not_be_ticked(item, missing, field):
    with pytest.raises(Refusal) as refused:
        packed(item, **missing)
    assert refused.value.facts == {"field": field}


def test_a_person_takes_off_but_never_adds():
    whole = packed("summary", "messages")
    left, kept = handovers.narrowed(whole, ("summary", "messages"), ["summary"])
    assert kept == ("summary",) and "messages" not in left and left["service"] == whole["service"]
    assert handovers.narrowed(whole, ("summary", "messages"), None) == (whole, ("summary", "messages"))
    for wrong in ([], ["callback"], ["summary", "callback"]):
        with pytest.raises(Refusal):
            handovers.narrowed(whole, ("summary", "messages"), wrong)


def test_the_yes_is_bound_to_every_letter():
    package = packed("summary")
    mark = handovers.fingerprint("h", "salt", package)
    assert mark == handovers.fingerprint("h", "salt", dict(reversed(package.items())))
    for other in (("i", "salt", package), ("h", "tlas", package), ("h", "salt", package | {"summary": "Lyhyesti"})):
        assert handovers.fingerprint(*other) != mark
    assert made(consent_hash=handovers.fingerprint("h", "salt", packed("summary", "messages"))).intact
    assert not made(consent_hash=mark).intact and not made(body=None, consent_hash=mark).intact


def test_every_step_from_every_state():
    fits = {move: allowed for move, (allowed, _) in handovers._MOVES.items()}
    for move, allowed in fits.items():
        for state in handovers.STATES:
            if state in allowed:
                handovers.after(move, state)
                continue
            with pytest.raises(Refusal) as refused:
                handovers.after(move, state)
            assert refused.value.code == ("gone" if state in ("declined", "withdrawn", "expired") else "conflict")
    # Nothing is taken back once it was read, and nothing is sent before a yes.
    assert "opened" not in fits["withdraw"] and "offered" not in (*fits["queue"], *fits["deliver"], *fits["open"])


def test_who_sees_what():
    for state in ("delivered", "opened"):
        handover = made(state, consented_at=2)
        assert handover_for("visitor", handover)["package"] == handover_for("sender", handover)["package"]
        assert (handover_for("receiver", handover)["package"] is None) is (state == "delivered")
    declined = made("declined", body=Body({"fi": "N"}, {}, (), (), {}, "s", reason="täynnä"))
    assert handover_for("sender", declined)["reason"] == "täynnä"
    assert handover_for("visitor", declined)["reason"] is None and handover_for("receiver", declined)["package"] is None
    assert handover_for("visitor", made())["service"] == {"id": "s", "name": "Rådgivning", "names": None}
    assert not handovers.may_see("receiver", made()) and handovers.may_see("sender", made())
    assert handover_for("visitor", made(body=None))["package"] is None


def test_the_clock_of_the_post_and_of_the_answer():
    minutes = [handovers.try_again_after(n) // 60_000 for n in range(1, 9)]
    assert minutes == [1, 2, 4, 8, 16, 32, 60, 60]
    assert handovers.half_way(10, 31) == 20
    today = date(2026, 11, 20)
    assert handovers.check_contact_by("2026-11-20", today) == "2026-11-20"
    assert handovers.check_contact_by(None, today) is None
    for wrong in ("2026-11-19", "2027-02-01", "2026-13-01", "tomorrow"):
        with pytest.raises(Refusal):
            handovers.check_contact_by(wrong, today)
