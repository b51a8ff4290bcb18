"""Duty: who is at work with how many chats, and the signs of life that tell who is still there."""

from __future__ import annotations

from zoturi.actions import entry
from zoturi.actions.leaving import close_as_left
from zoturi.actions.news import ColleagueChanged, ContactChanged, VisitorEnded, WorkerSessionsEnded
from zoturi.actions.queue import put_back
from zoturi.domain import chat, sessions
from zoturi.domain.people import Visitor, Worker
from zoturi.domain.refusals import Refusal
from zoturi.domain.timeline import colleague_for
from zoturi.store import contacts, people, presence
from zoturi.store.tx import Row, Tx
from zoturi.wire import SetDuty


def set_duty(tx: Tx, actor: Worker, command: SetDuty) -> dict:
    """Go on or off duty, with a number of live chats at once and the languages one answers in today.

    ``paused``: nothing new is offered; colleagues see that, and not why.
    """
    columns: dict[str, object] = {"on_duty": int(command.on), "last_sign_at": tx.now}
    if command.capacity is not None:
        columns["capacity"] = command.capacity
    if command.languages is not None:
        columns["languages"] = " ".join(dict.fromkeys(command.languages))
    if command.paused is not None or not command.on:
        columns["paused"] = int(bool(command.paused) and command.on)  # a new shift begins open
    before = people.colleague(tx, actor.key)
    people.touch(tx, actor.key, **columns)
    me = people.colleague(tx, actor.key)
    tx.tell(ColleagueChanged(me))
    if me.on_duty:
        entry.open_again(tx, me.team)
    if before.on_duty != me.on_duty:
        people.audit(tx, actor.key, "on_duty" if me.on_duty else "off_duty")
    return {"me": colleague_for(me)}


def still_here(tx: Tx, actor: Worker) -> dict:
    """The worker touched the page: the idle clock of the session starts anew."""
    presence.sign_of_session(tx, actor.session)
    return {}


def visitor_connected(tx: Tx, token_hash: bytes) -> Visitor:
    """A visitor's socket came: begin or go on with the session; refuses one that has ended."""
    row = people.visitor(tx, token_hash)
    if row is None:
        return people.begin_visitor(tx, token_hash)
    if _is_over(row, tx.now):
        raise Refusal("unauthorised")
    presence.has_socket(tx, row["key"])
    note_signs(tx, [row["key"]], [])
    return Visitor(row["key"], token_hash)


def visitor_at_form(tx: Tx, token_hash: bytes) -> Visitor:
    """A visitor's page asked without a socket; refuses a session that has ended."""
    row = people.visitor(tx, token_hash)
    if row is None or _is_over(row, tx.now):
        raise Refusal("unauthorised")
    presence.sign_by_form(tx, row["key"])
    for contact_id in presence.not_here(tx, [row["key"]]):
        _set_visitor_state(tx, contact_id, "here")
    return Visitor(row["key"], token_hash)


def note_signs(tx: Tx, visitors: list[int], workers: list[int]) -> None:
    """Signs of life of those whose sockets spoke; a visitor who was away or gone is here again."""
    presence.sign_of_visitors(tx, visitors)
    presence.sign_of_workers(tx, workers)
    for contact_id in presence.not_here(tx, visitors):
        _set_visitor_state(tx, contact_id, "here")


def sweep(tx: Tx, ready_at: int) -> dict:
    """Bring presence up to date: visitors who fell silent, chats left by a vanished worker, a day of silence.

    No clock starts before ``ready_at``, when the server was ready, so that a restart orphans nobody. After the clock
    was set back, signs, sessions and offers from a time that is yet to come begin now.
    """
    presence.begin_now(tx)
    contacts.shorten_offers(tx, tx.now + chat.OFFERED_MS)
    counts = {"visitors": 0, "orphans": 0, "left": 0}
    for row in presence.living_chats(tx):
        silent_since = max(row["visitor_sign_at"], ready_at)
        if row["state"] == "waiting" and tx.now - silent_since > chat.CLOSED_AS_LEFT_AFTER_MS:
            close_as_left(tx, contacts.get(tx, row["id"]))
            counts["left"] += 1
            continue
        state = chat.visitor_state(tx.now, silent_since, bool(row["by_forms"]))
        if state != row["visitor_state"]:
            _set_visitor_state(tx, row["id"], state)
            counts["visitors"] += 1
        worker_sign = row["worker_sign_at"]
        if worker_sign is not None and tx.now - max(worker_sign, ready_at) > chat.ORPHANED_AFTER_MS:
            contact = contacts.get(tx, row["id"])
            if not contact.visitor_left:
                put_back(tx, contact, "returned", data={"reason": "worker_vanished"})
                counts["orphans"] += 1
    for key in presence.vanished_workers(tx, tx.now - chat.ORPHANED_AFTER_MS, ready_at + chat.ORPHANED_AFTER_MS):
        people.touch(tx, key, on_duty=0)
        tx.tell(ColleagueChanged(people.colleague(tx, key)))
    return counts


def end_sessions(tx: Tx, open_sessions: list[int]) -> None:
    """Tell the open sockets whose session was revoked, idled out or grew too old."""
    for row in people.sessions(tx, open_sessions) if open_sessions else ():
        code = sessions.staff_ended(row["began_at"], row["last_sign_at"], row["ended_at"], tx.now)
        if code is not None:
            people.end_session(tx, row["key"])
            tx.tell(WorkerSessionsEnded((row["key"],), code))


def leave(tx: Tx, token_hash: bytes) -> None:
    """Quick exit: the visitor's session ends here and now. What was said stays until it is erased or dies."""
    key = people.end_visitor(tx, token_hash)
    if key is not None:
        tx.tell(VisitorEnded(key, "signed_out"))


def _set_visitor_state(tx: Tx, contact_id: str, state: str) -> None:
    contact = contacts.get(tx, contact_id)
    tx.tell(ContactChanged(contact, contacts.change(tx, contact, visitor_state=state)))


def living_visitor(tx: Tx, token_hash: bytes) -> Visitor | None:
    """The visitor session of a token while it lasts."""
    row = people.visitor(tx, token_hash)
    if row is None or _is_over(row, tx.now):
        return None
    return Visitor(row["key"], token_hash)


def device_of(tx: Tx, actor: Visitor) -> tuple[bool, bool]:
    """Whether others use this visitor's device too, and whether the chat there is covered until a tap."""
    row = people.visitor(tx, actor.token_hash)
    shared = bool(row["shared_device"])
    return shared, sessions.covered(row["last_sign_at"], tx.now, shared=shared)


def set_shared_device(tx: Tx, actor: Visitor, shared: bool) -> dict:
    """Others use this device too: from now on the session ends after ten minutes without a sign of life. Or not so."""
    people.set_shared_device(tx, actor.key, shared)
    return {}


def visitor_is_over(tx: Tx, token_hash: bytes) -> bool:
    """Whether this token had a session that is over; a token that never had one is still good for its first."""
    row = people.visitor(tx, token_hash)
    return row is not None and _is_over(row, tx.now)


def _is_over(row: Row, now: int) -> bool:
    return sessions.visitor_ended(row["ended_at"], row["last_sign_at"], now, shared=bool(row["shared_device"]))
