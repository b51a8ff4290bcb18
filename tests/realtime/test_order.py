"""Events of one contact leave in order, and none is ever dropped."""

from hypothesis import given
from hypothesis import strategies as some

from zoturi.realtime.order import InOrder


def passed_on(numbers: list[int]) -> tuple[list[int], list[int]]:
    """What left before the flush, and all that left in the end."""
    order, left = InOrder(), []
    for number in numbers:
        order.pass_on("contact", number, lambda number=number: left.append(number))
    before = left[:]
    order.flush("contact")
    return before, left


@given(some.permutations(list(range(2, 12))))
def test_any_order_of_commits_leaves_in_order(numbers):
    before, left = passed_on([1, *numbers])
    assert before == left == list(range(1, 12))


@given(some.lists(some.integers(1, 30), max_size=30, unique=True))
def test_nothing_is_dropped(numbers):
    assert sorted(passed_on(numbers)[1]) == sorted(numbers)


def test_a_hole_holds_back_until_the_flush():
    assert passed_on([1, 3, 4]) == ([1], [1, 3, 4])


def test_the_first_number_seen_begins():
    assert passed_on([7, 8]) == ([7, 8], [7, 8])


def test_other_contacts_do_not_wait():
    order, left = InOrder(), []
    order.pass_on("a", 1, lambda: left.append("a1"))
    order.pass_on("a", 3, lambda: left.append("a3"))
    order.pass_on("b", 1, lambda: left.append("b1"))
    assert left == ["a1", "b1"]
