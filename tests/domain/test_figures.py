"""Figures from which nobody can be picked out."""

from hypothesis import given
from hypothesis import strategies as st

from zoturi.domain.figures import LEAST, protected, shown

cells = st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 20), max_size=8)


@given(cells)
def test_a_cell_under_five_is_never_shown(counted):
    visible = shown(counted)
    assert visible.keys() == counted.keys()
    assert all(number is None or number >= LEAST for number in visible.values())
    assert all(visible[key] == number for key, number in counted.items() if number >= LEAST)


@given(cells)
def test_a_known_sum_never_gives_a_hidden_cell_away(counted):
    visible = protected(counted)
    hidden = sum(counted[key] for key, number in visible.items() if number is None)
    assert hidden == 0 or hidden >= LEAST or set(visible.values()) == {None}
    assert all(number is None or number == counted[key] >= LEAST for key, number in visible.items())


def test_examples():
    assert shown({"fi": 12, "sv": 4, "en": 0}) == {"fi": 12, "sv": None, "en": None}
    assert protected({"fi": 12, "sv": 4}) == {"fi": None, "sv": None}
    assert protected({"fi": 12, "sv": 4, "en": 3}) == {"fi": 12, "sv": None, "en": None}
    assert protected({"fi": 12, "sv": 6, "en": 3}) == {"fi": 12, "sv": None, "en": None}
