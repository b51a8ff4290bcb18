"""Where a help request stands, in the eyes of the family and of somebody outside it."""

from dataclasses import replace

import pytest

from zoturi.domain.contacts import Contact, Details
from zoturi.domain.standing import goes_on, promised, standing
from zoturi.domain.timeline import contact_for

FAMILY = Contact(
    1, "id", 3, "help_button", "waiting", "fi", 1, "team", 5, None, None, None, 1_800_000_000_000, 1_800_000_300_000,
    None, None, None, False, False, False, False, "here", "rank", 9, 8, Details(request={"role": "parent"}),
)  # fmt: skip
TEACHER = replace(FAMILY, details=Details(request={"role": "professional"}))
TAKEN = {"state": "claimed", "owner": 7, "owner_id": "w", "owner_name": "Aino"}


@pytest.mark.parametrize(
    ("facts", "family", "outside", "on_the_wire"),
    [
        ({}, "received", "received", "waiting"),
        (TAKEN, "read", "in_touch", "claimed"),
        (TAKEN | {"answered_at": 1}, "answered", "in_touch", "claimed"),
        ({"answered_at": 1}, "answered", "in_touch", "claimed"),  # answered, then given back to the queue
        ({"state": "handed_over"}, "handed_over", "in_touch", "closed"),
        ({"state": "closed"}, "closed", "in_touch", "closed"),
        ({"state": "closed", "visitor_left": True}, "withdrawn", "withdrawn", "closed"),
        ({"state": "closed", "erased": True}, "erased", "erased", "closed"),
    ],
)
def test_the_family_is_told_all_and_an_outsider_only_that_it_came(facts, family, outside, on_the_wire):
    assert standing(replace(FAMILY, **facts)) == family
    assert standing(replace(TEACHER, **facts)) == outside
    seen = contact_for("visitor", replace(TEACHER, **facts))
    assert (seen["state"], seen["claimed_by"], seen["answered_at"], seen["last_seq"]) == (on_the_wire, None, None, None)


def test_the_promise_stands_until_somebody_answered():
    assert promised(FAMILY)
    assert promised(replace(FAMILY, **TAKEN))
    assert not promised(replace(FAMILY, **TAKEN, answered_at=1))
    assert not promised(replace(FAMILY, state="closed"))


def test_one_may_add_something_until_it_ends():
    assert goes_on(FAMILY)
    assert goes_on(replace(FAMILY, **TAKEN))
    assert not goes_on(replace(FAMILY, **TAKEN, visitor_left=True))
    assert not goes_on(replace(FAMILY, state="handed_over"))


def test_who_asked_is_gone_with_the_erasing_so_it_counts_as_outside():
    assert replace(FAMILY, details=Details(), **TAKEN).own_words_only
    assert not FAMILY.own_words_only
    assert not replace(FAMILY, channel="chat", details=Details()).own_words_only
