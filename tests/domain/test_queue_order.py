"""The order of the queue, as laws that hold for any crowd."""

from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as some

from zoturi.domain.queue import rank

NOW = 1_800_000_000_000
HOUR = 3_600_000


@dataclass(frozen=True)
class Waiter:
    flagged: bool
    channel: str
    visitor_state: str
    late_at: int | None
    returned: bool
    due_at: int
    opened_at: int
    contact_id: str

    def rank(self, now: int = NOW) -> str:
        return rank(**{name: getattr(self, name) for name in self.__dataclass_fields__}, now=now)

    @property
    def live(self) -> bool:
        return self.channel == "chat" and self.visitor_state != "gone"

    @property
    def overdue(self) -> bool:
        return self.late_at is not None and self.late_at < NOW


times = some.integers(NOW - 90 * 24 * HOUR, NOW + 90 * 24 * HOUR)
waiters = some.builds(
    Waiter, some.booleans(), some.sampled_from(["chat", "help_button", "phone", "walk_in"]),
    some.sampled_from(["here", "away", "gone"]), some.none() | times, some.booleans(), times, times,
    some.text("0123456789abcdef", min_size=16, max_size=16),
)  # fmt: skip


@given(waiters, waiters)
def test_flagged_safety_comes_before_everything(one, other):
    assert replace(one, flagged=True).rank() < replace(other, flagged=False).rank()


@given(waiters, waiters)
def test_a_child_who_waits_now_comes_before_callbacks_that_are_not_late(one, other):
    child = replace(one, channel="chat", visitor_state="here", flagged=False)
    callback = replace(other, channel="help_button", flagged=False, late_at=NOW + 1)
    assert child.rank() < callback.rank()


@given(waiters, waiters)
def test_callbacks_never_starve(one, other):
    """Overdue by more than a working day stands among the live ones, by its older promise."""
    callback = replace(
        one, channel="help_button", flagged=False, late_at=NOW - 1, returned=False, due_at=NOW - 48 * HOUR
    )
    child = replace(other, channel="chat", visitor_state="here", flagged=False, returned=False, due_at=NOW)
    assert callback.rank() < child.rank()


@given(waiters, waiters)
def test_a_returned_contact_is_the_head_of_its_part(one, other):
    facts = {"flagged": one.flagged, "channel": one.channel, "visitor_state": one.visitor_state, "late_at": one.late_at}
    assert replace(one, returned=True).rank() < replace(other, **facts, returned=False).rank()


@given(waiters)
def test_who_is_gone_leaves_the_live_part(one):
    waiter = replace(one, channel="chat", late_at=None)
    assert replace(waiter, visitor_state="here").rank() == replace(waiter, visitor_state="away").rank()
    assert replace(waiter, visitor_state="away").rank() < replace(waiter, visitor_state="gone").rank()


@given(some.lists(waiters, unique_by=lambda waiter: waiter.contact_id))
def test_the_plain_order_of_ranks_is_the_order_of_the_rules(crowd):
    by_rules = sorted(crowd, key=lambda w: (not w.flagged, not (w.live or w.overdue), not w.returned, w.due_at,
                                            w.opened_at, w.contact_id))  # fmt: skip
    assert sorted(crowd, key=Waiter.rank) == by_rules


@given(waiters, waiters)
def test_no_two_contacts_share_a_place(one, other):
    if one.contact_id != other.contact_id:
        assert one.rank() != other.rank()
