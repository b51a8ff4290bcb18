"""What staff change of the site while it runs: name, colours, areas, hours, confirmed crisis lines.

The operator's files stay as they are. A change is kept in the database (so in every process, and in the backup) and
goes before the file until it is taken back; it is checked by the same models as the files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime

import orjson
from pydantic import BaseModel, ValidationError

from zoturi import logs, site_files
from zoturi.actions import accounts
from zoturi.actions.house import House
from zoturi.domain.people import Worker
from zoturi.domain.refusals import Refusal
from zoturi.site import Areas, CrisisChat, CrisisLine, Operator, Site
from zoturi.site_hours import ChatHours
from zoturi.store import people
from zoturi.store.tx import Tx

LOOK = ("name", "theme")
"""The fields of site.yaml that may be changed here."""
SECTIONS = ("look", "areas", "hours", "confirmed")
_VERSION = "site:version"


def as_used(tx: Tx, files: Site) -> Site:
    """The site of the files with what was changed since. A change that no longer fits is left out and logged; hours
    that cannot be read mean closed.
    """
    changes = {name: _kept(tx, name) for name in SECTIONS}
    found: dict[str, object] = {}
    if changes["look"] is not None:
        look = _valid("look", Operator, changes["look"])
        found |= {name: getattr(look, name) for name in LOOK} if look is not None else {}
    if changes["areas"] is not None:
        areas = _valid("areas", Areas, {"areas": changes["areas"]})
        found |= {"areas": areas.areas} if areas is not None else {}
    if changes["hours"] is not None:
        hours = _valid("hours", ChatHours, changes["hours"]) or ChatHours()
        found |= {"chat_hours": hours, "hours": hours.rules()}
    if changes["confirmed"] is not None:
        found["crisis_lines"] = tuple(_confirmed(row, changes["confirmed"]) for row in files.crisis_lines)
        found["crisis_chats"] = tuple(_confirmed(row, changes["confirmed"]) for row in files.crisis_chats)
    return files.model_copy(update=found)


async def refresh(house: House) -> None:
    """Use the site as it is now, where somebody changed it, in whatever process."""
    version = await house.db.read(people.setting, _VERSION)
    if version != house.site_version:
        house.use(await house.db.read(as_used, house.files), version)


def changed(tx: Tx, section: str) -> bool:
    """Whether a section differs from the files by a change made here."""
    return _kept(tx, section) is not None


def change_look(tx: Tx, actor: Worker, name: Mapping[str, str], theme: Mapping[str, Mapping[str, str]] | None) -> None:
    """Write the site's name (by language) and colours; refuses ``bad_field``."""
    accounts.must_be_fresh(tx, actor)
    given = {"name": {code: text for code, text in name.items() if text.strip()}, "theme": theme}
    _check(Operator, given)
    _keep(tx, actor, "look", given, "site_changed")


def change_areas(tx: Tx, actor: Worker, areas: list[dict]) -> None:
    """Write the list of municipalities; refuses ``bad_field`` for ids that are doubled or no ids."""
    accounts.must_be_fresh(tx, actor)
    _check(Areas, {"areas": areas})
    _keep(tx, actor, "areas", areas, "site_changed")


def change_hours(tx: Tx, actor: Worker, hours: dict) -> None:
    """Write opening hours, exceptions and holidays, as in hours.yaml; refuses ``bad_field``."""
    _check(ChatHours, hours)
    _keep(tx, actor, "hours", hours, "hours_changed")


def confirm_lines(tx: Tx, actor: Worker, site: Site, ids: list[str], on: int) -> None:
    """Confirm rows of the crisis directory as they stand now; a row that changes later waits to be confirmed again."""
    accounts.must_be_fresh(tx, actor)
    rows = {row.id: row for row in (*site.crisis_lines, *site.crisis_chats)}
    if not set(ids) <= rows.keys():
        raise Refusal("bad_field", field="lines")
    day = datetime.fromtimestamp(on / 1000, UTC).date().isoformat()
    kept = _kept(tx, "confirmed") or {}
    _keep(tx, actor, "confirmed", kept | {each: [day, _print_of(rows[each])] for each in ids}, "lines_confirmed")


def take_back(tx: Tx, actor: Worker, section: str) -> None:
    """Go back to what the file says."""
    if section not in SECTIONS:
        raise Refusal("bad_field", field="section")
    _keep(tx, actor, section, None, "hours_changed" if section == "hours" else "site_changed")


def _keep(tx: Tx, actor: Worker, section: str, value: object, deed: str) -> None:
    people.set_setting(tx, f"site:{section}", orjson.dumps(value).decode())
    people.set_setting(tx, _VERSION, tx.new_id())
    people.audit(tx, actor.key, deed, section, taken_back=value is None)


def _kept(tx: Tx, section: str):
    text = people.setting(tx, f"site:{section}")
    return None if text is None else orjson.loads(text)


def _check(model: type[BaseModel], given: object) -> None:
    try:
        model.model_validate(given)
    except ValidationError as problem:
        place = problem.errors(include_url=False, include_input=False)[0]["loc"]
        raise Refusal("bad_field", field=".".join(str(step) for step in place)) from None


def _valid(section: str, model: type[BaseModel], given: object):
    try:
        return model.model_validate(given)
    except ValidationError:
        logs.event("site_change_unfit", setting=section)
        return None


def _confirmed(row: CrisisLine | CrisisChat, confirmed: Mapping[str, list[str]]):
    day, mark = confirmed.get(row.id, (None, None))
    if day is None or mark != _print_of(row):
        return row
    return row.model_copy(update={"confirmed": True, "verified_on": date.fromisoformat(day)})


def _print_of(row: CrisisLine | CrisisChat) -> str:
    """A fingerprint of what was confirmed."""
    return hashlib.sha256(row.model_dump_json(exclude={"confirmed", "verified_on"}).encode()).hexdigest()[:32]


def lacking(site: Site) -> list[str]:
    """What still keeps the public doors closed, as ``zoturi site check`` says it."""
    return site_files.missing(site)
