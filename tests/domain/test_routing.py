"""Where a contact goes: the first rule that fits wins, and nobody falls through."""

import pytest

from zoturi.domain.routing import Facts, Rule, fitting, why

BOTH = frozenset({"a", "b"})


def first(rules, **facts):
    facts = {"channel": "help_button", "language": "fi", **facts}
    rule = next(iter(fitting(rules, Facts(**facts))), None)
    return None if rule is None else rule.id


@pytest.mark.parametrize(
    ("asks", "fits", "does_not"),
    [
        ({"channels": frozenset({"chat"})}, {"channel": "chat"}, {"channel": "help_button"}),
        ({"languages": frozenset({"sv", "en"})}, {"language": "sv"}, {"language": "fi"}),
        ({"areas": BOTH}, {"area": "b"}, {"area": "c"}),
        ({"areas": BOTH}, {"area": "a"}, {"area": None}),
        ({"units": BOTH}, {"unit": "a"}, {"unit": None}),
        (
            {"unit_kinds": frozenset({"school"})},
            {"unit": "x", "unit_kind": "school"},
            {"unit": "x", "unit_kind": "clinic"},
        ),
        ({"ages": frozenset({"13-17"})}, {"ages": ("3-6", "13-17")}, {"ages": ("3-6",)}),
        ({"ages": frozenset({"13-17"})}, {"ages": ("13-17",)}, {}),
        ({"topics": frozenset({"violence", "school"})}, {"topics": ("mood", "school")}, {"topics": ("mood",)}),
        ({"urgency": "flagged"}, {"flagged": True}, {"flagged": False}),
        ({"urgency": "normal"}, {"flagged": False}, {"flagged": True}),
    ],
)
def test_each_condition_alone_decides(asks, fits, does_not):
    rules = [Rule("narrow", "one", **asks), Rule("everybody", "two")]
    assert first(rules, **fits) == "narrow"
    assert first(rules, **does_not) == "everybody"


def test_ages_of_one_list_meet_those_of_the_other():
    rules = [Rule("children", "one", ages=frozenset({"under13"})), Rule("everybody", "two")]
    assert first(rules, ages=("7-12",)) == first(rules, ages=("under13",)) == "children"
    rules = [Rule("babies", "one", ages=frozenset({"0-2", "3-6"})), Rule("everybody", "two")]
    assert first(rules, ages=("under13",)) == "everybody"  # they may be twelve


def test_all_conditions_have_to_hold_and_the_order_decides():
    narrow = Rule("narrow", "one", areas=BOTH, languages=frozenset({"sv"}))
    wide = Rule("wide", "two", areas=BOTH)
    last = Rule("everybody", "three")
    assert first([narrow, wide, last], area="a", language="sv") == "narrow"
    assert first([narrow, wide, last], area="a") == "wide"
    assert first([wide, narrow, last], area="a", language="sv") == "wide"
    assert first([narrow, wide, last], language="sv") == "everybody"


def test_a_rule_to_the_units_worker_asks_for_a_unit():
    rules = [Rule("named", None), Rule("everybody", "one")]
    assert first(rules, unit="a") == "named"
    assert first(rules) == "everybody"
    assert not rules[0].fits_all and rules[1].fits_all


def test_it_is_told_which_conditions_held_and_which_did_not():
    rule = Rule("named", None, areas=BOTH, urgency="normal")
    facts = Facts("help_button", "fi", area="a", unit=None, flagged=False)
    assert rule.verdicts(facts) == {"area": True, "urgency": True, "unit": False}
    assert why(Rule("wide", "one", areas=BOTH, urgency="normal"), facts) == ("area", "urgency")
    assert why(Rule("everybody", "one"), facts) == ("everything",)
