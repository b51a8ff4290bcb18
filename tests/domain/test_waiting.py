"""The honest wait: a range, or nothing where a number would be invented."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bench.waits import Worker, play
from zoturi.domain.waiting import EVENINGS, FEWEST_LENGTHS, MOST_PLACES, Desk, beyond, ranges

MINUTE = 60_000
QUARTER_HOURS = [15 * MINUTE] * FEWEST_LENGTHS


def waits(*desks, places=1, lengths=QUARTER_HOURS):
    return ranges(staff=desks, lengths=lengths, waiting=[None] * places)


def test_too_few_measured_chats_give_no_number():
    assert waits(Desk(1), places=3, lengths=QUARTER_HOURS[1:]) == [None, None, None]


def test_nobody_who_could_take_one_gives_no_number():
    assert waits(places=2) == [None, None]
    assert waits(Desk(0, (MINUTE,)), places=2) == [None, None]  # takes nothing new: a chat that ends frees no place


def test_a_free_worker_means_hardly_any_wait():
    assert waits(Desk(1)) == [(0, 1)]


def test_each_place_waits_for_the_one_before_it():
    assert waits(Desk(1), places=3) == [(0, 1), (15, 16), (30, 31)]


def test_a_running_chat_ends_as_long_chats_do():
    """Ten minutes into a chat, where all chats take fifteen, five are left."""
    assert waits(Desk(1, (10 * MINUTE,))) == [(5, 6)]


def test_a_chat_longer_than_any_before_may_end_any_minute():
    assert waits(Desk(1, (99 * MINUTE,))) == [(1, 2)]


def test_above_capacity_the_first_end_frees_no_place():
    """Somebody not safe was taken one above: only the second end lets the next one in."""
    assert waits(Desk(1, (10 * MINUTE, 5 * MINUTE))) == [(10, 11)]


def test_who_is_understood_by_nobody_gets_no_number():
    desks = (Desk(1, (), ("fi",)), Desk(1, (5 * MINUTE,), ("fi", "sv")))
    assert ranges(staff=desks, lengths=QUARTER_HOURS, waiting=["sv", "en", "fi", "fi"]) == [
        (10, 11), None, (0, 1), (15, 16),
    ]  # fmt: skip


def test_who_speaks_one_language_only_takes_those_first():
    """Two free, one of them the only one who speaks Swedish: a Finnish chat does not take that place."""
    desks = (Desk(1, (), ("fi", "sv")), Desk(1, (), ("fi",)))
    assert ranges(staff=desks, lengths=QUARTER_HOURS, waiting=["fi", "sv"]) == [(0, 1), (0, 1)]


lengths = some.lists(some.integers(MINUTE, 180 * MINUTE), min_size=FEWEST_LENGTHS, max_size=60)
ages = some.lists(some.integers(0, 200 * MINUTE), max_size=4)
staffs = some.lists(some.builds(Desk, some.integers(0, 3), ages.map(tuple)), max_size=3)


@given(lengths, staffs, some.integers(1, 12))
def test_the_range_is_a_range_and_never_shrinks_further_back(lengths, staff, places):
    found = waits(*staff, places=places, lengths=lengths)
    assert len(found) == places
    if not any(desk.capacity for desk in staff):
        assert found == [None] * places
        return
    assert all(0 <= low < high for low, high in found)
    assert found == sorted(found)
    assert found == waits(*staff, places=places, lengths=lengths)


def test_lengths_that_differ_make_a_range_that_widens_further_back():
    """An even mix of short and long chats: the tenth place is not as sure as if all took their mean."""
    mixed = [2 * MINUTE] * 20 + [40 * MINUTE] * 20
    found = waits(Desk(1), places=10, lengths=mixed)
    widths = [high - low for low, high in found]
    assert widths[9] > widths[2] > 5


@pytest.mark.parametrize("waiting", [MOST_PLACES, MOST_PLACES + 5])
def test_beyond_the_hundredth_place_nobody_guesses(waiting):
    found = waits(Desk(1), places=waiting)
    assert None not in found[:MOST_PLACES]
    assert found[MOST_PLACES:] == [None] * (waiting - MOST_PLACES)
    assert EVENINGS * MOST_PLACES < 10_000  # the work for a long queue stays small


def test_a_wait_is_beyond_closing_when_half_of_the_evenings_are():
    assert not beyond(None, 0)
    assert not beyond((19, 40), 20 * MINUTE)
    assert beyond((20, 40), 20 * MINUTE)


def test_the_range_predicts_a_simulated_evening():
    """Lengths around a mean of 14 min 18 s, a little more people than the staff can take: of those who had to wait,
    about half wait no longer than the first number, about nine of ten no longer than the second.
    """
    dice, waited = random.Random(20261121), []
    for _ in range(8):
        staff = [Worker(2, ("fi",)) for _ in range(3)]
        waited += [(found, real) for found, real, _ in play(dice, 1.1, staff, {"fi": 1.0}, 0) if real > 0]
    first = sum(real <= found[0] + 0.5 for found, real in waited) / len(waited)
    second = sum(real <= found[1] for found, real in waited) / len(waited)
    assert len(waited) > 300
    assert 0.4 < first < 0.7
    assert 0.82 < second < 0.98
