"""What a supervisor sees and does for the team: the queue at one look, a contact off one colleague, or to another."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from zoturi.actions import entry, waits
from zoturi.actions.alarms import FLAGGED_AFTER_MS
from zoturi.actions.news import ContactChanged, colleague_changed, entry_added
from zoturi.actions.queue import put_back
from zoturi.actions.transfers import able
from zoturi.domain.chat import OFFERED_MS
from zoturi.domain.contacts import CLAIMED, WAITING, Contact, after
from zoturi.domain.people import Colleague, Worker
from zoturi.domain.refusals import Refusal
from zoturi.site import Site
from zoturi.store import alarms, contacts, overview, people, timeline
from zoturi.store.tx import Row, Tx


@dataclass(frozen=True, slots=True)
class Now:
    """A team at one moment. Times are milliseconds."""

    at: int
    waiting: list[Row]
    running: list[Row]
    colleagues: list[Colleague]
    alarm: bool  # somebody waits and nobody watches, or a flagged one is not taken
    last_place: tuple[int, int] | None  # the wait, in minutes, of whoever would come now
    stop: dict | None  # whether no new chats come in, and until when
    closing_at: int | None
    open_by_hours: bool


def now(tx: Tx, actor: Worker, site: Site, zone: ZoneInfo) -> Now:
    """The supervisor's own team."""
    team_id = people.colleague(tx, actor.key).team_id
    line = waits.line(tx, actor.team)
    return Now(
        tx.now, overview.waiting(tx, actor.team), overview.running(tx, actor.team), people.team_of(tx, actor.team),
        any(row["team"] == actor.team for row in alarms.unseen(tx, tx.now - FLAGGED_AFTER_MS)), line.ranges[-1],
        entry.stopped(tx, actor.team), entry.closing_at(site, zone, team_id, tx.now),
        entry.open_by_hours(site, zone, team_id, tx.now),
    )  # fmt: skip


def of_team(tx: Tx, actor: Worker, contact_id: str) -> Contact:
    """A living or ended contact of the supervisor's own team; foreign and missing ones answer the same."""
    contact = contacts.get(tx, contact_id)
    if contact is None or contact.team != actor.team:
        raise Refusal("not_found")
    return contact


def release(tx: Tx, actor: Worker, contact_id: str) -> None:
    """Take a contact off a colleague, back to the head of the queue."""
    contact = of_team(tx, actor, contact_id)
    if contact.state != CLAIMED:
        raise Refusal("gone")
    put_back(tx, contact, "released", "worker", actor.key, actor.name, data={"reason": "supervisor"})
    people.audit(tx, actor.key, "released_for", contact.id, owner=contact.owner_id)


def reassign(tx: Tx, actor: Worker, contact_id: str, worker_id: str) -> None:
    """Give a waiting or claimed contact to somebody on duty, who alone sees it for two minutes; untaken it returns.

    Refuses ``at_capacity`` where they take nothing new, ``gone`` where it has ended, ``conflict`` where it is theirs.
    """
    contact = of_team(tx, actor, contact_id)
    if contact.state not in (WAITING, CLAIMED) or contact.visitor_left:
        raise Refusal("gone")
    them = able(tx, actor, worker_id)
    if them.key == contact.owner:
        raise Refusal("conflict")
    said = timeline.append(
        tx, contact, "transferred", "worker", author=actor.key, name=actor.name,
        data={"team": them.team_id, "worker": {"id": them.id, "name": them.name}},
    )  # fmt: skip
    state = after("transfer", contact.state) if contact.state == CLAIMED else WAITING
    moved = contacts.change(
        tx, contact, state=state, team=them.team, owner=None, companions="", claimed_at=None, returned=True,
        offered_to=them.key, offered_by=actor.key, offered_until=tx.now + OFFERED_MS, came_from=contact.team,
    )  # fmt: skip
    tx.tell(entry_added(moved, said))
    tx.tell(ContactChanged(contact, moved))
    if contact.owner is not None:
        colleague_changed(tx, contact.owner)
    people.audit(tx, actor.key, "reassigned", contact.id, owner=contact.owner_id, to=them.id)
