"""What an administrator does with the accounts of staff. Each deed asks for a fresh proof of who does it."""

from __future__ import annotations

from dataclasses import dataclass

from zoturi.actions import accounts, companions, figures
from zoturi.actions.news import ColleagueChanged, ContactChanged, colleague_changed, entry_added
from zoturi.actions.queue import put_back
from zoturi.domain import sessions
from zoturi.domain.contacts import Contact, after
from zoturi.domain.people import ROLES, Worker
from zoturi.domain.refusals import Refusal
from zoturi.site import Site
from zoturi.store import accounts as account_store
from zoturi.store import contacts, people, staff, timeline
from zoturi.store.tx import Row, Tx

LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Person:
    """What an administrator writes about somebody of the staff."""

    name: str
    role: str
    team: str
    languages: tuple[str, ...]
    email: str = ""
    disabled: bool = False


def everybody(tx: Tx) -> list[Row]:
    """All accounts."""
    return staff.everybody(tx, tx.now - sessions.STAFF_IDLE_MS, tx.now - sessions.STAFF_ABSOLUTE_MS)


def one(tx: Tx, worker_id: str) -> tuple[Row, list[Row]]:
    """One account and its living sessions; refuses ``not_found``."""
    row = staff.one(tx, worker_id, tx.now - sessions.STAFF_IDLE_MS, tx.now - sessions.STAFF_ABSOLUTE_MS)
    if row is None:
        raise Refusal("not_found")
    return row, accounts.living_sessions(tx, row["key"])


def add(tx: Tx, actor: Worker, site: Site, person: Person, link_hash: bytes) -> str:
    """A new account with a one-time link to make it one's own; its public id."""
    accounts.must_be_fresh(tx, actor)
    _check(site, person)
    key = accounts.add_worker(
        tx, site, email=person.email, name=person.name, role=person.role, team=person.team,
        languages=list(person.languages), by=actor.key,
    )  # fmt: skip
    accounts.new_link(tx, person.email, link_hash, actor.key)
    return people.worker_row(tx, key)["id"]


def change(tx: Tx, actor: Worker, site: Site, worker_id: str, person: Person) -> None:
    """Write what an administrator decided. Another role or team, or none any more, ends all sessions and gives living
    contacts back to the queue. The last administrator, and oneself, keep the role (``conflict``).
    """
    accounts.must_be_fresh(tx, actor)
    _check(site, person)
    row, _ = one(tx, worker_id)
    moved = [
        name
        for name, now in (("role", person.role), ("team_id", person.team), ("disabled", int(person.disabled)))
        if row[name] != now
    ]
    loses_keys = row["role"] == "admin" and (person.role != "admin" or person.disabled)
    if loses_keys and (row["key"] == actor.key or not staff.other_admins(tx, row["key"])):
        raise Refusal("conflict", field="role" if person.role != "admin" else "disabled")
    if moved:
        _give_back(tx, row)
    columns: dict[str, object] = {
        "name": person.name, "role": person.role, "team": people.team_key(tx, person.team),
        "languages": " ".join(person.languages), "disabled": int(person.disabled),
    }  # fmt: skip
    people.touch(tx, row["key"], **columns, **({"on_duty": 0, "paused": 0} if moved else {}))
    if moved:
        accounts.end_sessions(tx, row["key"])
    if person.disabled:
        account_store.end_links_of(tx, row["key"])
    tx.tell(ColleagueChanged(people.colleague(tx, row["key"])))
    people.audit(tx, actor.key, "worker_changed", row["id"], role=person.role, team=person.team,
                 languages=list(person.languages), disabled=person.disabled)  # fmt: skip


def new_link(tx: Tx, actor: Worker, worker_id: str, link_hash: bytes) -> None:
    """A new one-time link; the old password works until it is used."""
    accounts.must_be_fresh(tx, actor)
    row, _ = one(tx, worker_id)
    if row["disabled"]:
        raise Refusal("conflict", field="disabled")
    accounts.new_link(tx, row["email"], link_hash, actor.key)


def reset(tx: Tx, actor: Worker, worker_id: str, link_hash: bytes) -> None:
    """Password, second factor and recovery codes stop working at once, all sessions end, and a new link is made."""
    new_link(tx, actor, worker_id, link_hash)
    row, _ = one(tx, worker_id)
    people.touch(tx, row["key"], password_hash=None, second_factor=None, second_factor_step=0)
    account_store.replace_recovery_codes(tx, row["key"], ())
    accounts.end_sessions(tx, row["key"])
    people.audit(tx, actor.key, "account_reset", row["id"])


def end_sessions(tx: Tx, actor: Worker, worker_id: str, session: int | None) -> None:
    """End one session of somebody, or all; needs no fresh proof, since it only closes."""
    row, _ = one(tx, worker_id)
    if session is None:
        accounts.end_sessions(tx, row["key"])
    else:
        accounts.end_one_session(tx, row["key"], session)
    people.audit(tx, actor.key, "sessions_revoked", row["id"])


def _check(site: Site, person: Person) -> None:
    if not person.name or len(person.name) > LONGEST_NAME:
        raise Refusal("bad_field", field="name")
    if person.role not in ROLES:
        raise Refusal("bad_field", field="role")
    team = site.team(person.team)
    if team is None:
        raise Refusal("bad_field", field="team")
    if not person.languages or not set(person.languages) <= {code for each in site.teams for code in each.languages}:
        raise Refusal("bad_field", field="languages")


def _give_back(tx: Tx, row: Row) -> None:
    """Whatever somebody holds returns to the head of its queue; what its visitor left already ends."""
    them = Worker(row["key"], row["id"], row["name"], row["role"], 0, 0)
    for contact in contacts.held_by(tx, row["key"]):
        if contact.owner != row["key"]:
            companions.leave(tx, them, contact.id)
        elif contact.visitor_left:
            _end(tx, contact)
        else:
            put_back(tx, contact, "returned", data={"reason": "worker_vanished"})


def _end(tx: Tx, contact: Contact) -> None:
    entry = timeline.append(tx, contact, "closed", data={"outcome": "left", "reasons": []})
    closed = contacts.change(tx, contact, state=after("close", contact.state), closed_at=tx.now)
    figures.ended(tx, closed, "left")
    tx.tell(entry_added(closed, entry))
    tx.tell(ContactChanged(contact, closed))
    colleague_changed(tx, contact.owner)
