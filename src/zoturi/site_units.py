"""Units (schools, daycares, clinics) with their named worker, and the ordered rules that say where a contact goes."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Protocol

from pydantic import AfterValidator, BeforeValidator, Field, field_validator

from zoturi.domain.contacts import CHANNELS, TOPICS
from zoturi.domain.routing import AGES, Rule
from zoturi.site_fields import Id, Languages, Localized, Model, different, like, words

KINDS = ("school", "daycare", "clinic", "other")
OF_THE_UNIT = "unit"
"""What a rule writes instead of a team's id: the named worker of the contact's unit."""

Email = like(r"[^@\s]+@[^@\s]+\.[^@\s.]+", "an e-mail address", 254)


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _none(value: Any) -> Any:
    # `units:` with nothing below it, as the copied example has it.
    return () if value is None else value


class Unit(Model):
    """A place families know, and the worker who is theirs there; the deputy while that one is away, else the team."""

    id: Id
    name: Localized
    kind: Literal[KINDS]
    area: Id
    team: Id | None = None
    named_worker: Annotated[Email, BeforeValidator(_lower)] | None = None
    deputy: Annotated[Email, BeforeValidator(_lower)] | None = None


class Units(Model):
    """units.yaml"""

    units: Annotated[tuple[Unit, ...], AfterValidator(different), BeforeValidator(_none)] = Field((), max_length=2000)


def _some_of(*values: str) -> Any:
    return Annotated[tuple[Literal[values], ...], BeforeValidator(words), Field(min_length=1)]


Ids = Annotated[tuple[Id, ...], BeforeValidator(words), Field(min_length=1)]


class When(Model):
    """The conditions of a rule; all that are written have to hold, by any one of their values."""

    channel: _some_of(*CHANNELS) | None = None
    language: Languages | None = None
    area: Ids | None = None
    unit: Ids | None = None
    unit_kind: _some_of(*KINDS) | None = None
    age: _some_of(*AGES) | None = None
    topic: _some_of(*TOPICS) | None = None
    urgency: Literal["normal", "flagged"] | None = None


class RoutingRule(Model):
    """One rule: when it fits, and whom it leads to, a team or the named worker of the contact's unit."""

    id: Id
    when: When = When()
    to: Id

    def rule(self) -> Rule:
        """The same as the domain knows it."""
        when = self.when
        return Rule(
            id=self.id, team=None if self.to == OF_THE_UNIT else self.to, channels=frozenset(when.channel or ()),
            areas=frozenset(when.area or ()), units=frozenset(when.unit or ()),
            unit_kinds=frozenset(when.unit_kind or ()), ages=frozenset(when.age or ()),
            topics=frozenset(when.topic or ()), languages=frozenset(when.language or ()), urgency=when.urgency,
        )  # fmt: skip


class Routing(Model):
    """routing.yaml"""

    rules: Annotated[tuple[RoutingRule, ...], AfterValidator(different)] = Field(min_length=1, max_length=500)

    @field_validator("rules")
    @classmethod
    def _ends_with_all(cls, rules: tuple[RoutingRule, ...]) -> tuple[RoutingRule, ...]:
        if not rules[-1].rule().fits_all:
            raise ValueError("the last rule must fit everybody: no `when`, and `to` a team")
        for rule in rules[:-1]:
            if rule.rule().fits_all:
                raise ValueError(f"the rule {rule.id!r} fits everybody, so none below it ever would; make it the last")
        return rules


class _Speaks(Protocol):
    id: str
    languages: tuple[str, ...]


def by_language(teams: Sequence[_Speaks]) -> tuple[Rule, ...]:
    """The rules of a site that wrote none: the first team that speaks the language, else the first team."""
    first, *others = teams
    spoken = set(first.languages)
    rules = []
    for team in others:
        new = frozenset(team.languages) - spoken
        if new:
            rules.append(Rule(f"speaks-{team.id}"[:40], team.id, languages=new))
        spoken |= new
    return (*rules, Rule("everybody", first.id))


__all__ = ["KINDS", "Routing", "RoutingRule", "Unit", "Units", "When", "by_language"]
