"""Nothing dropped: what stays in sight, and why; and what comes after calls in vain."""

from datetime import date, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from zoturi.domain import next_steps
from zoturi.domain.attempts import after_attempts
from zoturi.domain.refusals import Refusal
from zoturi.domain.watching import why_in_sight

NOW = 1_000_000
HOUR = 3_600_000
HELSINKI = ZoneInfo("Europe/Helsinki")


def ms(moment):
    return int(moment.timestamp() * 1000)


def why(*, on_duty=True, handover=False, **facts):
    contact = {"state": "claimed", "channel": "help_button", "written": False, "due_at": NOW + HOUR,
               "answered_at": None, "next_at": None} | facts  # fmt: skip
    return why_in_sight(SimpleNamespace(**contact), NOW, on_duty, handover)


@pytest.mark.parametrize(("codes", "facts"), [
    # Waiting: only a live chat within its promise is in good hands.
    ((), {"state": "waiting", "channel": "chat"}),
    (("past_promise", "no_owner"), {"state": "waiting", "channel": "chat", "due_at": NOW - 1}),
    (("no_owner",), {"state": "waiting", "channel": "chat", "written": True}),
    (("no_owner",), {"state": "waiting"}),
    (("no_owner",), {"state": "waiting", "answered_at": NOW - 1, "next_at": NOW + 1}),
    (("past_promise", "no_owner"), {"state": "waiting", "due_at": NOW - 1}),
    # The promise is kept on its last millisecond.
    ((), {"due_at": NOW}),
    (("past_promise",), {"due_at": NOW - 1}),
    (("past_promise",), {"due_at": NOW - 1, "next_at": NOW + HOUR}),
    ((), {"due_at": NOW - 1, "answered_at": NOW - 2, "next_at": NOW + HOUR}),
    # Answered, and nothing planned for a time to come.
    (("no_next_step",), {"answered_at": NOW - 2}),
    (("no_next_step",), {"answered_at": NOW - 2, "next_at": NOW}),
    ((), {"answered_at": None, "next_at": None}),
    (("no_next_step",), {"answered_at": NOW - 2, "channel": "chat", "written": True}),
    # A claimed chat is answered by being claimed.
    ((), {"channel": "chat", "due_at": NOW - 1}),
    # The owner is away, and a clock has run out.
    ((), {"on_duty": False}),
    (("past_promise", "owner_away"), {"on_duty": False, "due_at": NOW - 1}),
    (("owner_away", "no_next_step"), {"on_duty": False, "answered_at": NOW - 2, "next_at": NOW - 1}),
    ((), {"on_duty": False, "answered_at": NOW - 2, "due_at": NOW - 1, "next_at": NOW + 1}),
    (("owner_away",), {"on_duty": False, "channel": "chat", "due_at": NOW - 1}),
    # A handover stays in sight until the service has said yes, and is the next step meanwhile.
    (("handover_open",), {"handover": True, "answered_at": NOW - 2}),
    (("past_promise", "handover_open"), {"handover": True, "due_at": NOW - 1}),
    (("handover_open",), {"handover": True, "state": "closed"}),
    # What has ended is out of sight.
    ((), {"state": "closed", "due_at": NOW - 1}),
    ((), {"state": "handed_over", "due_at": NOW - 1, "on_duty": False}),
])  # fmt: skip
def test_why_a_contact_stays_in_sight(codes, facts):
    assert why(**facts) == codes


@pytest.mark.parametrize(("code", "results", "contact_by", "reads_here"), [
    ("first_call", [], "phone", True),
    ("other_time", ["no_answer"], "phone", True),
    ("other_time", ["busy", "voicemail"], "phone", True),
    ("write_or_text", ["no_answer", "busy", "voicemail"], "phone", True),
    ("write_and_text", ["no_answer"] * 4, "sms", True),
    ("write_and_mail", ["no_answer"] * 3, "email", True),
    ("write", ["no_answer"] * 3, "reply_here", True),
    ("write", ["no_answer"] * 3, None, True),
    ("last_try", ["no_answer"] * 3, "phone", False),
    ("talked", ["no_answer", "no_answer", "reached"], "phone", True),
    # Whoever was reached once is tried anew: old calls in vain do not count.
    ("other_time", ["no_answer", "no_answer", "reached", "no_answer"], "phone", True),
    ("wrong_number", ["wrong_number"], "phone", True),
    ("last_try", ["wrong_number"], "phone", False),
])  # fmt: skip
def test_what_comes_after_calls(code, results, contact_by, reads_here):
    assert after_attempts(results, contact_by, reads_here=reads_here) == code


def test_ready_steps_lie_on_working_days_in_the_morning():
    friday = datetime(2026, 11, 27, 15, 0, tzinfo=HELSINKI)
    steps = next_steps.offered(ms(friday), HELSINKI, frozenset({date(2026, 12, 1)}))
    assert steps == {
        "tomorrow_morning": ms(datetime(2026, 11, 30, 9, 0, tzinfo=HELSINKI)),
        "in_three_days": ms(datetime(2026, 12, 3, 9, 0, tzinfo=HELSINKI)),
    }


@pytest.mark.parametrize("chosen", [
    "2026-11-27T15:00", "2026-13-45T99:99Z", "1970-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "9999-12-31T23:59-23:59",
])  # fmt: skip
def test_a_next_step_is_a_time_to_come_with_its_zone(chosen):
    with pytest.raises(Refusal) as refused:
        next_steps.checked(chosen, ms(datetime(2026, 11, 27, tzinfo=HELSINKI)))
    assert refused.value.facts == {"field": "next_at"}
