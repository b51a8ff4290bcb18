"""Contacts at rest: reading them with their details opened, and changing them with a new version and a new rank."""

from __future__ import annotations

import orjson

from zoturi import logs
from zoturi.domain import queue
from zoturi.domain.contacts import CLOSED, Contact, Details, own_words_only
from zoturi.store import vault
from zoturi.store.tx import Row, Tx

_SELECT = """
SELECT c.*, t.id AS team_id, w.id AS owner_id, w.name AS owner_name, o.id AS offered_to_id, f.name AS offered_by_name,
 m.id AS meant_for_id, m.name AS meant_for_name
FROM contact c JOIN team t ON t.key = c.team LEFT JOIN worker w ON w.key = c.owner
LEFT JOIN worker o ON o.key = c.offered_to LEFT JOIN worker f ON f.key = c.offered_by
LEFT JOIN worker m ON m.key = c.meant_for
"""


def insert(
    tx: Tx, *, channel: str, language: str, team: int, visitor: int | None, client_id: str | None, details: Details,
    due_at: int, late_at: int | None = None, owner: int | None = None, meant_for: int | None = None,
    flagged: bool = False,
) -> Contact:  # fmt: skip
    """Store a new contact with a key of its own: waiting, or claimed where an ``owner`` writes it down."""
    contact_id = tx.new_id()
    week, wrapped, key = tx.vault.new_contact_key(contact_id, tx.now)
    rank = queue.rank(
        flagged=flagged, channel=channel, visitor_state="here", late_at=late_at, returned=False, due_at=due_at,
        opened_at=tx.now, contact_id=contact_id, now=tx.now,
    )  # fmt: skip
    tx.run(
        "INSERT INTO contact (id, version, channel, state, language, team, visitor, client_id, owner, opened_at,"
        " due_at, late_at, claimed_at, opened_by, meant_for, flagged, rank, week, wrapped_key, details)"
        " VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        contact_id, channel, "waiting" if owner is None else "claimed", language, team, visitor, client_id, owner,
        tx.now, due_at, late_at, None if owner is None else tx.now, owner, meant_for, int(flagged), rank,
        week, wrapped,
        _seal_details(tx, key, contact_id, details),
    )  # fmt: skip
    return get(tx, contact_id)


def get(tx: Tx, contact_id: str) -> Contact | None:
    """One contact by its public id."""
    row = tx.one(_SELECT + "WHERE c.id = ?", contact_id)
    return None if row is None else _contact(tx, row)


def some(tx: Tx, ids: list[str]) -> list[Contact]:
    """Several contacts by their public ids, in one query; those that are no more are left out."""
    if not ids:
        return []
    marks = ", ".join("?" * len(ids))
    return [_contact(tx, row) for row in tx.all(_SELECT + f"WHERE c.id IN ({marks})", *ids)]


def by_client_id(tx: Tx, visitor: int, client_id: str) -> Contact | None:
    """The contact that this visitor session opened under this client id."""
    row = tx.one(_SELECT + "WHERE c.visitor = ? AND c.client_id = ?", visitor, client_id)
    return None if row is None else _contact(tx, row)


def by_writer(tx: Tx, worker: int, client_id: str) -> Contact | None:
    """The call or walk-in that this worker wrote down under this client id."""
    row = tx.one(_SELECT + "WHERE c.opened_by = ? AND c.client_id = ?", worker, client_id)
    return None if row is None else _contact(tx, row)


def of_visitor(tx: Tx, visitor: int) -> list[Contact]:
    """All contacts of a visitor session, newest last."""
    rows = tx.all(_SELECT + "WHERE c.visitor = ? ORDER BY c.opened_at, c.key", visitor)
    return [_contact(tx, row) for row in rows]


def waiting(tx: Tx, team: int, worker: int) -> list[Contact]:
    """The queue of a team in its order, as this worker sees it: without what is offered to a colleague."""
    rows = tx.all(
        _SELECT + "WHERE c.team = ? AND c.state = 'waiting' AND (c.offered_to IS NULL OR c.offered_to = ?)"
        " ORDER BY c.rank", team, worker,
    )  # fmt: skip
    return [_contact(tx, row) for row in rows]


def waiting_heads(tx: Tx, team: int, worker: int, most: int) -> list[Row]:
    """Id, language and channel of the first contacts this worker may take; nothing is opened for it."""
    return tx.all(
        "SELECT id, language, channel, flagged FROM contact WHERE team = ? AND state = 'waiting'"
        " AND (offered_to IS NULL OR offered_to = ?) ORDER BY rank LIMIT ?",
        team, worker, most,
    )  # fmt: skip


def held_by(tx: Tx, worker: int) -> list[Contact]:
    """What a worker holds as its owner or companion, oldest claim first."""
    rows = tx.all(
        _SELECT + "WHERE c.state = 'claimed' AND (c.owner = ? OR (' ' || c.companions || ' ') LIKE ?)"
        " ORDER BY c.claimed_at, c.key",
        worker, f"% {worker} %",
    )  # fmt: skip
    return [_contact(tx, row) for row in rows]


def take(tx: Tx, contact_id: str, worker: int, team: int, live: int, capacity: int) -> bool:
    """The claim itself: one conditional update, so that exactly one worker wins; capacity is part of the condition.

    A flagged contact, and one that a colleague offers to this worker, may be taken one above the capacity; only live
    chats count. What is offered to somebody else is not there.
    """
    return tx.run(
        "UPDATE contact SET state = 'claimed', owner = ?, claimed_at = ?, returned = 0, version = version + 1"
        " WHERE id = ? AND team = ? AND state = 'waiting' AND (offered_to IS NULL OR offered_to = ?)"
        " AND (channel <> 'chat' OR written = 1"
        " OR ? < ? + CASE WHEN flagged = 1 OR offered_to IS NOT NULL THEN 1 ELSE 0 END)",
        worker, tx.now, contact_id, team, worker, live, capacity,
    ) == 1  # fmt: skip


def untaken(tx: Tx, now: int) -> list[str]:
    """Transfers that nobody took in time."""
    rows = tx.all("SELECT id FROM contact WHERE offered_until IS NOT NULL AND offered_until <= ? AND state = 'waiting'",
                  now)  # fmt: skip
    return [row["id"] for row in rows]


def shorten_offers(tx: Tx, latest: int) -> None:
    """No transfer waits beyond a time."""
    tx.run("UPDATE contact SET offered_until = ? WHERE offered_until > ?", latest, latest)


def forget_offer(tx: Tx, key: int) -> None:
    """It was taken: whom it was offered to matters no more."""
    tx.run("UPDATE contact SET offered_to = NULL, offered_by = NULL, offered_until = NULL, came_from = NULL"
           " WHERE key = ?", key)  # fmt: skip


def newly_late(tx: Tx, now: int) -> list[Contact]:
    """Whoever waits past ``late_at`` and does not stand among those who press yet; the second sign of the rank says."""
    rows = tx.all(
        _SELECT + "WHERE c.state = 'waiting' AND c.late_at IS NOT NULL AND c.late_at < ?"
        " AND substr(c.rank, 2, 1) = '1' ORDER BY c.late_at LIMIT 500",
        now,
    )  # fmt: skip
    return [_contact(tx, row) for row in rows]


def end_offer(tx: Tx, key: int, until: int) -> bool:
    """End this very offer of a waiting contact; False where it was taken or has ended in the meantime."""
    return tx.run(
        "UPDATE contact SET offered_until = NULL WHERE key = ? AND state = 'waiting' AND offered_until = ?", key, until
    ) == 1  # fmt: skip


def change(tx: Tx, before: Contact, *, details: Details | None = None, **columns: object) -> Contact:
    """Write changed columns (names of the table) and details, with the next version and the rank they lead to."""
    facts = {
        name: columns.get(name, getattr(before, name))
        for name in ("flagged", "channel", "visitor_state", "late_at", "returned", "due_at", "opened_at", "written")
    }
    columns["rank"] = queue.rank(**facts, contact_id=before.id, now=tx.now)
    if details is not None:
        columns["details"] = _seal_details(tx, key_of(tx, before.id), before.id, details)
    names = ", ".join(f"{name} = ?" for name in columns)
    values = [int(value) if isinstance(value, bool) else value for value in columns.values()]
    tx.run(f"UPDATE contact SET version = version + 1, {names} WHERE key = ?", *values, before.key)
    return get(tx, before.id)


def erase(tx: Tx, contact: Contact) -> Contact:
    """Null all that was said and all that points at a person, and the key with it; the skeleton of seqs stays."""
    tx.run("UPDATE entry SET body = NULL WHERE contact = ?", contact.key)
    tx.run("DELETE FROM feedback WHERE contact = ?", contact.key)
    tx.run("DELETE FROM return_code WHERE contact = ?", contact.key)
    tx.vault.forget(contact.id)
    tx.run(
        "UPDATE contact SET version = version + 1, state = 'closed', closed_at = coalesce(closed_at, ?), erased = 1,"
        " details = NULL, week = NULL, wrapped_key = NULL WHERE key = ?",
        tx.now, contact.key,
    )  # fmt: skip
    return get(tx, contact.id)


def too_many_wait(tx: Tx, team: int, most: int) -> bool:
    """Whether so many chats wait for a team that nobody can honestly be told to wait; requests close no door."""
    row = tx.one("SELECT count(*) AS n FROM contact WHERE team = ? AND state = 'waiting' AND channel = 'chat'", team)
    return row["n"] >= most


def keep_feedback(tx: Tx, contact: Contact, key: bytes, helped: int, text: str | None) -> None:
    """Store what a visitor said of the help, sealed; a second answer replaces the first."""
    body = vault.seal(key, f"{contact.id}:feedback".encode(), orjson.dumps([helped, text]))
    tx.run(
        "INSERT INTO feedback (contact, at, body) VALUES (?, ?, ?)"
        " ON CONFLICT (contact) DO UPDATE SET at = excluded.at, body = excluded.body",
        contact.key, tx.now, body,
    )  # fmt: skip


def key_of(tx: Tx, contact_id: str) -> bytes | None:
    """The key that seals a contact's texts; None once it is erased."""
    row = tx.one("SELECT week, wrapped_key FROM contact WHERE id = ?", contact_id)
    if row is None or row["wrapped_key"] is None:
        return None
    return tx.vault.contact_key(contact_id, row["week"], row["wrapped_key"])


def nickname(tx: Tx, row: Row) -> str | None:
    """The nickname in a row that carries id, week, wrapped_key and details."""
    return _details(tx, row).nickname


def nickname_of(tx: Tx, contact_id: str) -> str | None:
    """What the visitor of a contact wants to be called, None where they did not say, or erased it."""
    row = tx.one("SELECT id, week, wrapped_key, details FROM contact WHERE id = ?", contact_id)
    return None if row is None else nickname(tx, row)


def is_own_words_only(tx: Tx, row: Row) -> bool:
    """``Contact.own_words_only`` of a row that carries channel, id, week, wrapped_key and details."""
    return row["channel"] == "help_button" and own_words_only(row["channel"], _details(tx, row))


def _seal_details(tx: Tx, key: bytes, contact_id: str, details: Details) -> bytes:
    content = [details.nickname, details.area, details.age_group, details.topics, details.urgency_reason,
               details.unit, details.request]  # fmt: skip
    return vault.seal(key, f"{contact_id}:details".encode(), orjson.dumps(content))


def _details(tx: Tx, row: Row) -> Details:
    """The opened details of a row; those of the last few thousand contacts are kept, as every message asks for them."""
    sealed = row["details"]
    if sealed is None or row["wrapped_key"] is None:
        return Details()
    kept = tx.vault.opened.get(row["id"])
    if kept is None or kept[0] != sealed:
        kept = (sealed, _open_details(tx, row))
        tx.vault.keep_opened(row["id"], kept)
    return kept[1]


def _open_details(tx: Tx, row: Row) -> Details:
    """What was sealed; nothing, and a line in the log, where it does not open: one bad row must not close the desk."""
    try:
        key = tx.vault.contact_key(row["id"], row["week"], row["wrapped_key"])
        opened = vault.unseal(key, f"{row['id']}:details".encode(), row["details"])
    except vault.VaultError as problem:
        logs.failure("details_do_not_open", problem)
        return Details()
    nick, area, age_group, topics, reason, unit, request = orjson.loads(opened)
    return Details(nick, area, age_group, tuple(topics), reason, unit, request)


def _contact(tx: Tx, row: Row) -> Contact:
    if not isinstance(row, dict):
        row = dict(zip(row.keys(), row, strict=True))  # sqlite3 looks for each name from the first column on
    companions = tuple(int(key) for key in row["companions"].split())
    return Contact(
        key=row["key"], id=row["id"], version=row["version"], channel=row["channel"], state=row["state"],
        language=row["language"], team=row["team"], team_id=row["team_id"], visitor=row["visitor"],
        owner=row["owner"], owner_id=row["owner_id"], owner_name=row["owner_name"], opened_at=row["opened_at"],
        due_at=row["due_at"], late_at=row["late_at"], claimed_at=row["claimed_at"], closed_at=row["closed_at"],
        returned=bool(row["returned"]), visitor_left=bool(row["visitor_left"]), flagged=bool(row["flagged"]),
        erased=bool(row["erased"]), visitor_state=row["visitor_state"], rank=row["rank"], last_seq=row["last_seq"],
        public_seq=row["public_seq"], details=_details(tx, row), companions=companions,
        companion_ids=_ids_of(tx, companions), offered_to=row["offered_to"], offered_to_id=row["offered_to_id"],
        offered_by=row["offered_by"], offered_by_name=row["offered_by_name"], offered_until=row["offered_until"],
        came_from=row["came_from"], written=bool(row["written"]), rest_until=row["rest_until"],
        meant_for=row["meant_for"], meant_for_id=row["meant_for_id"], meant_for_name=row["meant_for_name"],
        answered_at=row["answered_at"], next_at=row["next_at"],
        opened_by=row["opened_by"],
    )  # fmt: skip


def _ids_of(tx: Tx, workers: tuple[int, ...]) -> tuple[str, ...]:
    if not workers:
        return ()
    marks = ", ".join("?" * len(workers))
    return tuple(row["id"] for row in tx.all(f"SELECT id FROM worker WHERE key IN ({marks})", *workers))


def parties(tx: Tx, contact_id: str) -> tuple[int | None, tuple[int, ...], int, bool, bool]:
    """Who takes part in a contact, its visitor's session and the staff that hold it, the last seq that both sides see,
    whether it lives, and whether it is a chat.
    """
    row = tx.one("SELECT channel, visitor, owner, companions, public_seq, state FROM contact WHERE id = ?", contact_id)
    if row is None:
        return None, (), 0, False, False
    staff = () if row["owner"] is None else (row["owner"], *map(int, row["companions"].split()))
    return row["visitor"], staff, row["public_seq"], row["state"] != CLOSED, row["channel"] == "chat"
