"""The end of the day: nobody new comes in once the queue is longer than the time left, who waits is told in time, and
whoever is left over is asked whether a written answer will do. Nobody is closed in silence.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from zoturi import i18n
from zoturi.actions import entry, waits
from zoturi.actions.news import ContactChanged, entry_added
from zoturi.actions.shift import SHIFT_ENDS, say_once, waits_live
from zoturi.domain import waiting
from zoturi.domain.contacts import Contact
from zoturi.domain.people import Worker
from zoturi.domain.refusals import Refusal
from zoturi.i18n import mark as N_  # noqa: N812 - the name gettext tools know
from zoturi.site import Site
from zoturi.store import contacts, overview, people, timeline
from zoturi.store.tx import Tx

MAY_NOT_REACH = N_(
    "We answer until %(time)s and may not reach you before that. You keep your place. If we do not make it, we ask you"
    " here whether a written answer will do. In danger, ring 112."
)
MAY_NOT_REACH_TODAY = N_(
    "No new chats come in today, and we may not reach you. You keep your place. If we do not make it, we ask you here"
    " whether a written answer will do. In danger, ring 112."
)
# Each is said once in a contact; these ids keep it so.
_NEARLY = "00000000-0000-4000-8000-00000000c105"
_OVER = "00000000-0000-4000-8000-00000000c10e"
BEFORE_CLOSING_MS = 3 * 3_600_000


def close_early(tx: Tx, actor: Worker, site: Site, zone: ZoneInfo) -> int:
    """A supervisor's word: nobody new comes in until the next opening; those who wait are told that they may not be
    reached, and are still answered. How many were told.
    """
    me = people.colleague(tx, actor.key)
    told = _tell(tx, site, zone, actor.team, me.team_id, of_all=True)
    entry.stop(tx, site, zone, actor.team, me.team_id, told, tx.new_id(), answering=True)
    people.audit(tx, actor.key, "closed_early", told=told)
    _places_changed(tx, actor.team)
    return told


def open_again(tx: Tx, actor: Worker) -> None:
    """Take new chats again, as the hours say; refuses ``conflict`` where nothing was closed."""
    if not entry.open_again(tx, actor.team, closed_early_too=True):
        raise Refusal("conflict")
    people.audit(tx, actor.key, "opened_again")
    _places_changed(tx, actor.team)


def watch(tx: Tx, site: Site, zone: ZoneInfo) -> dict[str, int]:
    """Look at every team with people waiting: time for the last entry, or for the question after closing; counts."""
    counts = {"last_entries": 0, "asked": 0}
    for team in overview.teams_with_people_waiting(tx):
        if not entry.open_by_hours(site, zone, team["id"], tx.now):
            counts["asked"] += _ask_those_left(tx, site, zone, team["key"], team["id"])
        elif entry.stopped(tx, team["key"]) is None and _too_long(tx, site, zone, team["key"], team["id"]):
            told = _tell(tx, site, zone, team["key"], team["id"], of_all=False)
            entry.stop(tx, site, zone, team["key"], team["id"], told, tx.new_id(), answering=True)
            people.audit(tx, None, "closed_early", team["id"], told=told)
            counts["last_entries"] += 1
    return counts


def _too_long(tx: Tx, site: Site, zone: ZoneInfo, team: int, team_id: str) -> bool:
    """Whether somebody who came now would more likely not be reached before closing."""
    closing = entry.closing_at(site, zone, team_id, tx.now)
    if closing is None or closing - tx.now > BEFORE_CLOSING_MS:
        return False
    return waiting.beyond(waits.line(tx, team).ranges[-1], closing - tx.now)


def _tell(tx: Tx, site: Site, zone: ZoneInfo, team: int, team_id: str, *, of_all: bool) -> int:
    """Say to those who may not be reached that it may be so; to all who wait, where it was closed early."""
    closing = entry.closing_at(site, zone, team_id, tx.now)
    line = waits.line(tx, team)
    told = 0
    for contact in contacts.waiting(tx, team, 0):
        if not waits_live(contact):
            continue
        place = line.place(contact.id)["wait_minutes"]
        if of_all or (closing is not None and waiting.beyond(place and tuple(place), closing - tx.now)):
            told += _say_until(tx, contact, closing, zone)
    return told


def _say_until(tx: Tx, contact: Contact, closing: int | None, zone: ZoneInfo) -> int:
    if closing is None:
        return say_once(tx, contact, MAY_NOT_REACH_TODAY, _NEARLY, None)
    if timeline.stored(tx, contact.key, contact.id, _NEARLY) is not None:
        return 0
    at = datetime.fromtimestamp(closing / 1000, UTC).astimezone(zone).time()
    try:
        words = i18n.translations(contact.language).gettext(MAY_NOT_REACH)
        clock = i18n.format_clock(contact.language, at)
    except KeyError:
        words, clock = MAY_NOT_REACH, f"{at:%H:%M}"
    said = timeline.append(tx, contact, "message", "system", text=i18n.fill(words, {"time": clock}), client_id=_NEARLY)
    if said is None:
        return 0
    tx.tell(entry_added(contact, said))
    return 1


def _ask_those_left(tx: Tx, site: Site, zone: ZoneInfo, team: int, team_id: str) -> int:
    """After closing, with nobody on duty any more: offer a written answer. While somebody is, they go on."""
    if any(each.on_duty for each in people.team_of(tx, team)):
        return 0
    left = [contact for contact in contacts.waiting(tx, team, 0) if waits_live(contact)]
    asked = sum(say_once(tx, contact, SHIFT_ENDS, _OVER, None) for contact in left)
    if asked or not entry.ended(tx, team):
        entry.stop(tx, site, zone, team, team_id, asked, tx.new_id())
        people.audit(tx, None, "shift_ended", team_id, told=asked)
        _places_changed(tx, team)
    return asked


def _places_changed(tx: Tx, team: int) -> None:
    """Those who wait look at their place anew: any contact of the team that is told about makes it so."""
    first = next(iter(contacts.waiting(tx, team, 0)), None)
    if first is not None:
        tx.tell(ContactChanged(first, contacts.change(tx, first)))
