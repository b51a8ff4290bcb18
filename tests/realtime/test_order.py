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


def test_what_was_given_up_may_still_come_and_what_came_is_known():
    order, left = InOrder(), []
    for number in (1, 3):
        order.pass_on("contact", number, lambda number=number: left.append(number))
    assert (order.expected("contact"), order.holds("contact", 3)) == (2, True)
    order.flush("contact")
    assert [order.has_passed("contact", number) for number in (2, 3, 4)] == [False, True, False]


def test_what_came_in_another_way_is_not_waited_for():
    order, left = InOrder(), []
    order.go_on_after("contact", 9)  # of which nothing came here: the next one may begin anywhere
    for number in (1, 4, 6):
        order.pass_on("contact", number, lambda number=number: left.append(number))
    order.go_on_after("contact", 5)
    assert left == [1, 4, 6]
    order.pass_on("contact", 9, lambda: left.append("held"))
    order.go_on_after("contact", 8)
    assert left == [1, 4, 6, "held"] and not order.holds("contact", 9)


def test_an_old_number_says_nothing_of_those_between():
    """One process's own word came first; three of another's, said before it, follow."""
    order, left = InOrder(), []
    for number in (10, 7, 8, 9):
        assert not order.has_passed("contact", number)
        order.pass_on("contact", number, lambda number=number: left.append(number))
    assert left == [10, 7, 8, 9]
    order.all_from("contact", 7)
    assert [order.has_passed("contact", number) for number in (6, 7, 10, 11)] == [False, True, True, False]
