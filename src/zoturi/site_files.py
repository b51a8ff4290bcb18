"""Reads an operator's site from its YAML files, and says exactly where something is wrong or still missing."""

import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from zoturi import resources
from zoturi.site import Areas, CrisisLines, Operator, Site, Teams
from zoturi.site_hours import ChatHours
from zoturi.site_units import OF_THE_UNIT, Routing, Units
from zoturi.yaml_files import FileError, Source

FILES: dict[str, type[BaseModel]] = {
    "site.yaml": Operator,
    "teams.yaml": Teams,
    "areas.yaml": Areas,
    "hours.yaml": ChatHours,
    "crisis_lines.yaml": CrisisLines,
    "units.yaml": Units,
    "routing.yaml": Routing,
}
OPTIONAL = {
    "units.yaml": "no units, so nobody has a named worker",
    "routing.yaml": "everything goes to the first team that speaks the language, else to the first team",
}
"""Files a site may do without, and what that means."""

SiteError = FileError
"""A site file that cannot be used."""


def load(folder: Path) -> Site:
    """The site in this folder; SiteError where a file is missing, broken, or says something we do not understand."""
    sources = {name: source for name in FILES if (source := _source(Path(folder) / name)) is not None}
    parts = {name: source.model(FILES[name]) for name, source in sources.items()}
    operator, teams, areas, hours, lines = (parts[name] for name in FILES if name not in OPTIONAL)
    units, routing = parts.get("units.yaml", Units()), parts.get("routing.yaml")
    site = Site(
        **{name: getattr(operator, name) for name in Operator.model_fields},
        teams=teams.teams,
        areas=areas.areas,
        hours=hours.rules(),
        chat_hours=hours,
        crisis_lines=lines.lines,
        crisis_chats=lines.chats,
        units=units.units,
        rules=() if routing is None else tuple(each.rule() for each in routing.rules),
    )
    _check_names(site, sources, routing)
    return site


def _check_names(site: Site, sources: dict[str, Source], routing: Routing | None) -> None:
    """Refuses a unit or a rule that names an area, team or unit which is not there."""
    known = {
        "area": {area.id for area in site.areas},
        "team": {team.id for team in site.teams},
        "unit": {unit.id for unit in site.units},
    }
    for at, unit in enumerate(site.units):
        for field in ("area", "team"):
            named = getattr(unit, field)
            if named is not None and named not in known[field]:
                raise sources["units.yaml"].refusal(("units", at, field), f"there is no {field} {named!r}")
    for at, rule in enumerate(routing.rules if routing else ()):
        source = sources["routing.yaml"]
        if rule.to not in known["team"] | {OF_THE_UNIT}:
            raise source.refusal(("rules", at, "to"), f"there is no team {rule.to!r}; a team, or unit")
        for field in ("area", "unit"):
            for named in getattr(rule.when, field) or ():
                if named not in known[field]:
                    raise source.refusal(("rules", at, "when", field), f"there is no {field} {named!r}")


def done_without(folder: Path) -> list[str]:
    """What a site that is complete leaves to our defaults, one line each."""
    return [f"{name} is not there: {meaning}" for name, meaning in OPTIONAL.items() if not (folder / name).exists()]


def missing(site: Site) -> list[str]:
    """What still keeps the public doors closed, one line each; an empty list opens them."""
    wanted = {
        "name": "the name young people see",
        "controller": "who is responsible for the data",
        "data_protection_contact": "whom to ask about one's data",
        "supervising_authority": "the authority that supervises accessibility",
        "accessibility_contact": "where to tell that a page does not work",
        "responders": "who answers, by profession",
        "social_emergency_number": "the number of the social emergency service of your area",
    }
    found = [f"site.yaml, {field}: {what}" for field, what in wanted.items() if not getattr(site, field)]
    if not site.retention.confirmed:
        found.append("site.yaml, retention: decide how long texts are kept, then write confirmed: true")
    if not any(site.hours.values()):
        found.append("hours.yaml, chat: when the chat is answered, at least in one language")
    for item in (*site.crisis_lines, *site.crisis_chats):
        if not (item.confirmed and item.verified_on):
            found.append(
                f"crisis_lines.yaml, {item.id}: check it against its source, then write verified_on and confirmed: true"
            )
    return found


def copy_example(folder: Path) -> None:
    """Copies the example site into an empty or new folder, without what only the operator can know or confirm."""
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SiteError(str(folder), None, None, "is there already; nothing was copied")
    folder.mkdir(parents=True, exist_ok=True)
    example = resources.content_dir() / "demo"
    for name in FILES:
        text = (example / name).read_text(encoding="utf-8")
        with (folder / name).open("x", encoding="utf-8") as file:
            file.write("".join(_to_fill_in(text.splitlines(keepends=True))))


_MARKED = re.compile(r"^(?P<key>(?P<indent> *(?:- )?)[a-z_]+:)(?P<value> [^#]*?)?\s*# (?P<what>FILL IN|CONFIRM)\b.*$")


def _to_fill_in(lines: list[str]) -> Iterator[str]:
    """Empties values marked FILL IN, keeping them as comments to show the form, and turns CONFIRM ones to false."""
    deeper_than: int | None = None
    for line in lines:
        indent = len(line) - len(line.lstrip(" "))
        if deeper_than is not None and line.strip() and indent > deeper_than:
            yield f"{' ' * indent}# {line.lstrip(' ')}"
            continue
        deeper_than = None
        match = _MARKED.match(line.rstrip("\n"))
        if not match:
            yield line
        elif match["what"] == "CONFIRM":
            yield f"{match['key']} false  # true when you have checked this yourself\n"
        else:
            example = (match["value"] or "").strip()
            yield f"{match['key']}  # fill in{f', for example {example}' if example else ', in this form:'}\n"
            deeper_than = len(match["indent"])


def _source(path: Path) -> Source | None:
    """A file as it was read; None for one that a site may do without."""
    if path.is_file():
        return Source(path)
    if path.name in OPTIONAL and path.parent.is_dir() and not path.exists():
        return None
    raise SiteError(path.name, None, None, f"is missing in {path.parent}; `zoturi site new` makes one to fill in")
