"""One table says who may do what."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from zoturi.domain.access import PERMISSIONS, check_declared, may, may_read_contact
from zoturi.domain.people import Visitor, Worker

DAY = 24 * 3_600_000
VISITOR = Visitor(1, b"x")


def staff(role: str, key: int = 7, team: int = 1) -> Worker:
    return Worker(key, "id", "Name", role, team, 1)


EVERYBODY = {"nobody": None, "visitor": VISITOR, **{role: staff(role) for role in ("worker", "supervisor", "admin")}}
ALLOWED = {
    "public.read": set(EVERYBODY),
    "public.chat": set(EVERYBODY),
    "public.help": set(EVERYBODY),
    "handover.receive": set(EVERYBODY),
    "staff.sign_in": set(EVERYBODY),
    "operations.health": set(EVERYBODY),
    "operations.metrics": set(EVERYBODY),
    "own.contact": {"visitor"},
    "staff.session": {"worker", "supervisor", "admin"},
    "staff.quiet": {"worker", "supervisor", "admin"},
    "queue.work": {"worker", "supervisor"},
    "manage.see": {"supervisor", "admin"},
    "manage.hours": {"supervisor", "admin"},
    "manage.figures": {"supervisor", "admin"},
    "manage.queue": {"supervisor"},
    "manage.queue.quiet": {"supervisor"},
    "manage.accounts": {"admin"},
    "manage.site": {"admin"},
    "manage.audit": {"admin"},
}


def test_the_whole_table():
    found = {name: {who for who, actor in EVERYBODY.items() if may(actor, name)} for name in PERMISSIONS}
    assert found == ALLOWED


@pytest.mark.parametrize("permission", [None, "", "queue.wrok", "everything"])
def test_an_undeclared_permission_stops_the_start(permission):
    with pytest.raises(RuntimeError, match="GET /secret"):
        check_declared("GET /secret", permission)


def reading(worker: Worker, *, owner: int | None = 9, companions=(), team=1, closed_at=None, now=10 * DAY, reason=None):
    return may_read_contact(worker, owner=owner, companions=companions, team=team, closed_at=closed_at, now=now,
                            readable_ms=DAY, reason=reason)  # fmt: skip


def test_owner_and_companion_read_while_it_is_theirs_and_a_day_after():
    for theirs in ({"owner": 7}, {"companions": (3, 7)}):
        assert reading(staff("worker"), **theirs) == "own"
        assert reading(staff("worker"), **theirs, closed_at=9 * DAY) == "own"
        assert reading(staff("worker"), **theirs, closed_at=9 * DAY - 1) == "no"


def test_a_supervisor_reads_their_own_teams_contacts_with_a_reason_only():
    assert reading(staff("supervisor")) == "needs_reason"
    assert reading(staff("supervisor"), reason="a complaint came") == "supervised"
    assert reading(staff("supervisor"), team=2, reason="a complaint came") == "no"
    assert reading(staff("supervisor"), owner=7) == "own"


@given(some.sampled_from(["admin"]), some.integers(), some.booleans(), some.none() | some.text())
def test_an_administrator_reads_nothing(role, owner, same_team, reason):
    worker = staff(role)
    assert reading(worker, owner=owner, companions=(7,), team=1 if same_team else 2, reason=reason) == "no"


@given(some.integers(8, 99), some.none() | some.text())
def test_a_colleague_reads_nothing_whatever_they_say(owner, reason):
    assert reading(staff("worker"), owner=owner, reason=reason) == "no"
