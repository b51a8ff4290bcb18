"""Figures from which nobody can be picked out."""

from hypothesis import given
from hypothesis import strategies as st

from zoturi.domain.figures import LEAST, shown, shown_total

cells = st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 20), max_size=8)


@given(cells)
def test_a_cell_under_five_is_never_shown(counted):
    visible = shown(counted)
    assert visible.keys() == counted.keys()
    assert all(number is None or number >= LEAST for number in visible.values())
    assert all(visible[key] == number for key, number in counted.items() if number >= LEAST)


@given(cells)
def test_a_total_never_gives_a_hidden_cell_away(counted):
    total = shown_total(counted)
    hidden = [number for number in counted.values() if number < LEAST]
    if total is not None:
        assert total == sum(counted.values())
        assert not hidden or (len(hidden) > 1 and sum(hidden) >= LEAST)


def test_examples():
    assert shown({"fi": 12, "sv": 4, "en": 0}) == {"fi": 12, "sv": None, "en": None}
    assert shown_total({"fi": 12, "sv": 4}) is None
    assert shown_total({"fi": 12, "sv": 4, "en": 3}) == 19
    assert shown_total({"fi": 4}) is None
    assert shown_total({}) is None
