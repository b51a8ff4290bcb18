"""Whether a team takes new chats: stopped by the last one on duty, by the end of the hours, or early by a supervisor.

``answering``: those who wait are still answered, only nobody new comes in; otherwise nobody comes to the line any more
until somebody is back. Either ends with the next opening.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import orjson

from zoturi.domain import hours
from zoturi.site import Site
from zoturi.store import people
from zoturi.store.tx import Tx


def stop(
    tx: Tx, site: Site, zone: ZoneInfo, team: int, team_id: str, told: int, client_id: str, *, answering: bool = False
) -> None:
    """Take no new chats of this team. Where its hours end today, the stop ends with their next beginning."""
    local = datetime.fromtimestamp(tx.now / 1000, UTC).astimezone(zone)
    spoken = languages_of(site, team_id)
    again = [found for found in (_next_opening(site, language, local) for language in spoken) if found is not None]
    until = int(min(again).timestamp() * 1000) if again else None
    kept = {"until": until, "told": told, "client_id": client_id, "answering": answering}
    people.set_setting(tx, _name(team), orjson.dumps(kept).decode())


def open_again(tx: Tx, team: int, *, closed_early_too: bool = False) -> bool:
    """Somebody is back. What was closed early while others answer stays so until a supervisor says otherwise."""
    kept = people.setting(tx, _name(team))
    if not kept or (orjson.loads(kept).get("answering") and not closed_early_too):
        return False
    people.set_setting(tx, _name(team), "")
    return True


def stopped(tx: Tx, team: int) -> dict | None:
    """What is known of a stop that holds now; None where the team's hours alone decide."""
    kept = people.setting(tx, _name(team))
    if not kept:
        return None
    stop = orjson.loads(kept)
    return stop if stop["until"] is None or tx.now < stop["until"] else None


def ended(tx: Tx, team: int) -> bool:
    """Whether nobody comes to the line any more: who waits may ask for a written answer."""
    stop = stopped(tx, team)
    return stop is not None and not stop.get("answering")


def languages_of(site: Site, team_id: str) -> tuple[str, ...]:
    """The languages in which a team answers."""
    return next((each.languages for each in site.teams if each.id == team_id), ())


def closing_at(site: Site, zone: ZoneInfo, team_id: str, now: int) -> int | None:
    """When the last of a team's languages that are open now closes, in milliseconds; None where none is, or never."""
    local = datetime.fromtimestamp(now / 1000, UTC).astimezone(zone)
    spoken = [each for each in languages_of(site, team_id) if hours.is_open(site.hours, each, local)]
    ends = [hours.closes_at(site.hours, each, local) for each in spoken]
    return None if not ends or None in ends else int(max(ends).timestamp() * 1000)


def open_by_hours(site: Site, zone: ZoneInfo, team_id: str, now: int) -> bool:
    """Whether the hours of any of a team's languages cover this moment."""
    local = datetime.fromtimestamp(now / 1000, UTC).astimezone(zone)
    return any(hours.is_open(site.hours, each, local) for each in languages_of(site, team_id))


def _next_opening(site: Site, language: str, local: datetime) -> datetime | None:
    if not hours.is_open(site.hours, language, local):
        return hours.opens_at(site.hours, language, local)
    closes = hours.closes_at(site.hours, language, local)
    return None if closes is None else hours.opens_at(site.hours, language, closes)


def _name(team: int) -> str:
    return f"entry_stopped:{team}"
