"""Where a contact goes: an ordered list of rules, the first that fits wins, and the last fits all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

AGES = ("0-2", "3-6", "7-12", "under13", "13-17", "18-24", "25plus")
"""The ages of young people and of the children a help request is about; ``under13`` are the first three together."""
_UNDER_13 = ("0-2", "3-6", "7-12")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a contact when it comes in. ``unit_kind`` is the kind of its unit, as the site lists it."""

    channel: str
    language: str
    area: str | None = None
    unit: str | None = None
    unit_kind: str | None = None
    ages: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    flagged: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. A condition that is empty asks nothing; of the values of one condition, one has to fit.

    ``team`` None sends a contact to the named worker of its unit, so it asks for a unit that has somebody.
    """

    id: str
    team: str | None
    channels: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()
    unit_kinds: frozenset[str] = frozenset()
    ages: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    urgency: str | None = None

    def asks(self) -> dict[str, tuple[str, ...]]:
        """The conditions by their code, each with the values of which one has to fit; no values mean any."""
        found = {
            "channel": self.channels, "area": self.areas, "unit": self.units, "unit_kind": self.unit_kinds,
            "age": self.ages, "topic": self.topics, "language": self.languages,
            "urgency": () if self.urgency is None else (self.urgency,),
        }  # fmt: skip
        asked = {code: tuple(sorted(values)) for code, values in found.items() if values}
        return asked if self.team is not None or "unit" in asked else {**asked, "unit": ()}

    def verdicts(self, facts: Facts) -> dict[str, bool]:
        """Whether each condition of this rule holds, by its code; what nobody told fits no condition."""
        here = {
            "channel": (facts.channel,), "area": (facts.area,), "unit": (facts.unit,), "unit_kind": (facts.unit_kind,),
            "topic": facts.topics, "language": (facts.language,),
            "urgency": ("flagged" if facts.flagged else "normal",),
        }  # fmt: skip
        found: dict[str, bool] = {}
        for code, values in self.asks().items():
            if code == "age":
                wide = _spread(values)
                found[code] = any(_spread((age,)) <= wide for age in facts.ages)
            elif values:
                found[code] = not set(values).isdisjoint(here[code])
            else:
                found[code] = here[code] != (None,)
        return found

    def fits(self, facts: Facts) -> bool:
        """Whether all conditions hold."""
        return all(self.verdicts(facts).values())

    @property
    def fits_all(self) -> bool:
        """Whether it asks nothing at all, as the last rule must."""
        return not self.asks()


def fitting(rules: Sequence[Rule], facts: Facts) -> Iterable[Rule]:
    """The rules that fit, in their order; the first of them decides."""
    return (rule for rule in rules if rule.fits(facts))


def why(rule: Rule, facts: Facts) -> tuple[str, ...]:
    """The codes of the conditions by which a rule fits; ``everything`` where it asks nothing."""
    return tuple(rule.verdicts(facts)) or ("everything",)


def whose_unit(team: str | None, rule: Rule, rules: Sequence[Rule], facts: Facts) -> str:
    """The team that answers for a unit: its own, else that of the next rule below this one which fits."""
    below = rules[rules.index(rule) + 1 :]
    return team or next(other.team for other in fitting(below, facts) if other.team is not None)


def _spread(ages: Iterable[str]) -> frozenset[str]:
    return frozenset(each for age in ages for each in (_UNDER_13 if age == "under13" else (age,)))
