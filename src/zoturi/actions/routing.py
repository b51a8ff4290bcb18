"""Where a contact goes: which rule of the site it meets, and who is there for it, by name or as a team."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from zoturi.actions import entry
from zoturi.domain import promises, routing
from zoturi.domain.contacts import Details
from zoturi.domain.refusals import Refusal
from zoturi.domain.routing import Facts, Rule
from zoturi.site import Site, Team
from zoturi.site_hours import public_holidays
from zoturi.store import people
from zoturi.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Routed:
    """A decision with its reason: ``why`` are codes, the conditions that held first, then who was away.

    ``worker`` is the named worker (or deputy) it is meant for, who works in this team. ``usual``: the last rule, which
    fits everybody, led here.
    """

    team: Team
    team_key: int
    worker: int | None
    worker_id: str | None
    worker_name: str | None
    rule: str
    why: tuple[str, ...]
    usual: bool = False

    @property
    def data(self) -> dict:
        """What the timeline keeps of it."""
        return {
            "routed": {"rule": self.rule, "why": list(self.why), "team": self.team.id, "worker": self.worker_id},
        }


def route(
    tx: Tx, site: Site, *, channel: str, language: str, area: str | None = None, unit: str | None = None,
    age_groups: tuple[str, ...] = (), topics: tuple[str, ...] = (), flagged: bool = False,
) -> Routed:  # fmt: skip
    """The first rule that fits decides. A named worker who is away leaves it to the deputy, then to the team."""
    facts = facts_of(site, channel=channel, language=language, area=area, unit=unit, age_groups=age_groups,
                     topics=topics, flagged=flagged)  # fmt: skip
    return _decided(tx, site, facts, next(iter(routing.fitting(site.routing, facts))))


def for_chat(tx: Tx, site: Site, language: str, details: Details, *, flagged: bool) -> Routed:
    """As :func:`route`, for a chat. A team that takes no new chats now is passed over, where a rule below leads to one
    that speaks the language; ``closed_now`` where nobody takes it.
    """
    ages = () if details.age_group is None else (details.age_group,)
    facts = facts_of(site, channel="chat", language=language, area=details.area, age_groups=ages,
                     topics=details.topics, flagged=flagged)  # fmt: skip
    rule = _taking(tx, site, facts)
    if rule is None:
        raise Refusal("closed_now")
    return _to_team(tx, site, rule, rule.team, routing.why(rule, facts))


def stopped_languages(tx: Tx, site: Site) -> frozenset[str]:
    """Languages in which nobody takes a new chat now, although the hours say so."""
    spoken = {language for team in site.teams for language in team.languages}
    return frozenset(each for each in spoken if _taking(tx, site, Facts("chat", each)) is None)


def _taking(tx: Tx, site: Site, facts: Facts) -> Rule | None:
    """The rule that leads a chat to a team which takes it now. No rule about units fits a chat."""
    for at, rule in enumerate(routing.fitting(site.routing, facts)):
        key = people.known_team(tx, rule.team)
        taking = key is None or entry.stopped(tx, key) is None
        if taking and (at == 0 or facts.language in site.team(rule.team).languages):
            return rule
    return None


def facts_of(
    site: Site, *, channel: str, language: str, area: str | None = None, unit: str | None = None,
    age_groups: tuple[str, ...] = (), topics: tuple[str, ...] = (), flagged: bool = False,
) -> Facts:  # fmt: skip
    """What the rules ask about; a unit brings its kind, and its area where no other was told."""
    known = site.unit(unit)
    return Facts(
        channel=channel, language=language, area=area or (known.area if known else None),
        unit=known.id if known else None, unit_kind=known.kind if known else None, ages=tuple(age_groups),
        topics=tuple(topics), flagged=flagged,
    )  # fmt: skip


def _decided(tx: Tx, site: Site, facts: Facts, rule: Rule) -> Routed:
    why = routing.why(rule, facts)
    if rule.team is not None:
        return _to_team(tx, site, rule, rule.team, why)
    unit = site.unit(facts.unit)
    for role, email in (("named_worker", unit.named_worker), ("deputy", unit.deputy)):
        found = None if email is None else people.present(tx, email)
        team = None if found is None else site.team(found.team_id)
        if team is not None:
            return Routed(team, found.team, found.key, found.id, found.name, rule.id, (*why, role))
        why = (*why, f"{role}_away") if email is not None else why
    return _to_team(tx, site, rule, routing.whose_unit(unit.team, rule, site.routing, facts), (*why, "team"))


def _to_team(tx: Tx, site: Site, rule: Rule, team_id: str, why: tuple[str, ...]) -> Routed:
    key = people.team_key(tx, team_id)
    return Routed(site.team(team_id), key, None, None, None, rule.id, why, usual=rule == site.routing[-1])


def strangers(tx: Tx, site: Site) -> list[str]:
    """Named workers and deputies of units that have no account, one line each."""
    return [
        f"units.yaml, {unit.id}: nobody signs in as {email}"
        for unit in site.units
        for email in (unit.named_worker, unit.deputy)
        if email is not None and people.worker_by_email(tx, email) is None
    ]


def promise(tx: Tx, site: Site, zone: ZoneInfo, team: Team, *, flagged: bool = False) -> tuple[int, int]:
    """When something written that came now should get its first answer (``due_at``), and when it is late (``late_at``),
    by the working calendar. In danger it is this working day, or the next where today is none.
    """
    days = 0 if flagged else team.promise_working_days
    return promises.in_working_days(tx.now, days, zone, public_holidays().keys())
