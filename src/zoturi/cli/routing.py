"""``zoturi routing explain``: which rule a contact would meet, and why not those above it."""

from __future__ import annotations

import argparse

from zoturi import settings
from zoturi.actions import doctor
from zoturi.actions.routing import facts_of
from zoturi.cli.ground import Refused, load_site
from zoturi.domain.contacts import CHANNELS, TOPICS
from zoturi.domain.routing import AGES, Facts, Rule, whose_unit
from zoturi.site import Site

_NOT_TOLD = "not told"


def offer(commands) -> None:
    """Add ``routing`` and its deed to the parser."""
    routing = commands.add_parser("routing", help="where contacts go").add_subparsers(
        dest="deed", required=True, metavar="DEED"
    )
    explain = routing.add_parser("explain", help="tell which rule of routing.yaml a contact meets, and why")
    explain.add_argument("--channel", choices=CHANNELS, default="help_button", help="how it comes in (help_button)")
    explain.add_argument("--language", default="fi", help="the language it is written or spoken in (fi)")
    explain.add_argument("--area", help="an area of areas.yaml")
    explain.add_argument("--unit", help="a unit of units.yaml")
    explain.add_argument("--age", choices=AGES, action="extend", nargs="+", default=[], metavar="AGE",
                         help="ages, of the young person or the children: " + ", ".join(AGES))  # fmt: skip
    explain.add_argument("--topic", choices=TOPICS, action="extend", nargs="+", default=[], metavar="TOPIC",
                         help="topics: " + ", ".join(TOPICS))  # fmt: skip
    explain.add_argument("--flagged", action="store_true", help="somebody may be in danger")
    explain.set_defaults(run=_explain)


def _explain(given: argparse.Namespace) -> int:
    chosen = settings.load()
    site = load_site(chosen, demo_site=doctor.is_demo(chosen))
    for name, known in (("area", site.area), ("unit", site.unit)):
        asked = getattr(given, name)
        if asked is not None and known(asked) is None:
            there = ", ".join(each.id for each in getattr(site, f"{name}s")) or "none"
            raise Refused(f"there is no {name} {asked!r}; the site has: {there}")
    facts = facts_of(
        site, channel=given.channel, language=given.language, area=given.area, unit=given.unit,
        age_groups=tuple(given.age), topics=tuple(given.topic), flagged=given.flagged,
    )  # fmt: skip
    for number, rule in enumerate(site.routing, 1):
        print(f"{number} {rule.id}: {_verdict(rule, facts)}")
        if rule.fits(facts):
            print(f"It goes to {_destination(site, rule, facts)}.")
            return 0
    return 0


def _verdict(rule: Rule, facts: Facts) -> str:
    """The conditions that decided, in words."""
    verdicts = rule.verdicts(facts)
    if not verdicts:
        return "fits everybody"
    if all(verdicts.values()):
        return "fits: " + "; ".join(f"{code} is {_here(code, facts)}" for code in verdicts)
    asked = rule.asks()
    return "does not fit: " + "; ".join(
        f"{code} is {_here(code, facts)}, asked is {' or '.join(asked[code]) or 'any'}"
        for code, holds in verdicts.items()
        if not holds
    )


def _here(code: str, facts: Facts) -> str:
    if code == "urgency":
        return "flagged" if facts.flagged else "normal"
    if code in ("age", "topic"):
        return ", ".join(facts.ages if code == "age" else facts.topics) or _NOT_TOLD
    return getattr(facts, code) or _NOT_TOLD


def _destination(site: Site, rule: Rule, facts: Facts) -> str:
    if rule.team is not None:
        return f"team {rule.team}"
    unit = site.unit(facts.unit)
    turns = [
        f"{email} ({role} of {unit.id})"
        for role, email in (("named worker", unit.named_worker), ("deputy", unit.deputy))
        if email is not None
    ]
    return ", while away ".join([*turns, f"team {whose_unit(unit.team, rule, site.routing, facts)}"])
