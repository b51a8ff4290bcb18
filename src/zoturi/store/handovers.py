"""Handovers at rest: what goes along is sealed with the contact's key, and dies with it."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import asdict

import orjson

from zoturi import logs
from zoturi.domain.contacts import Contact
from zoturi.domain.handovers import OPEN, OPENED, SENT, UNOPENED, Body, Handover
from zoturi.store import contacts, vault
from zoturi.store.tx import Row, Tx

_SELECT = """
SELECT h.*, c.id AS contact_id, c.language, c.week, c.wrapped_key, o.attempts
FROM handover h JOIN contact c ON c.key = h.contact
LEFT JOIN outbox o ON o.kind = 'handover' AND o.reference = h.id AND o.number = h.link
"""


def _in(states: tuple[str, ...]) -> str:
    """States of the domain, which are our own constants, for a statement."""
    return ", ".join(f"'{state}'" for state in states)


def insert(
    tx: Tx, contact: Contact, handover_id: str, *, service_id: str, way: str, receiver: int | None,
    package_hash: bytes, body: Body,
) -> Handover:  # fmt: skip
    """Store what a worker offers; nobody has agreed to it yet."""
    tx.run(
        "INSERT INTO handover (id, contact, service, state, way, receiver, offered_at, package_hash, body)"
        " VALUES (?, ?, ?, 'offered', ?, ?, ?, ?, ?)",
        handover_id, contact.key, service_id, way, receiver, tx.now, package_hash,
        _seal(tx, contact.id, handover_id, body),
    )  # fmt: skip
    return get(tx, handover_id)


def get(tx: Tx, handover_id: str) -> Handover | None:
    """One handover by its public id."""
    row = tx.one(_SELECT + "WHERE h.id = ?", handover_id)
    return None if row is None else _handover(tx, row)


def of_contact(tx: Tx, contact: Contact) -> list[Handover]:
    """All handovers of a contact, oldest first."""
    rows = tx.all(_SELECT + "WHERE h.contact = ? ORDER BY h.offered_at, h.key", contact.key)
    return [_handover(tx, row) for row in rows]


def open_of(tx: Tx, contact: Contact) -> list[Handover]:
    """Handovers of a contact that nobody has said yes to: while there is one, it stays in sight."""
    rows = tx.all(_SELECT + f"WHERE h.contact = ? AND h.state IN ({_in(OPEN)}) ORDER BY h.key", contact.key)
    return [_handover(tx, row) for row in rows]


def unsettled(tx: Tx, contact: Contact) -> bool:
    """Whether something was offered for this contact that no service has said yes to, and that nobody took back."""
    row = tx.one(
        "SELECT 1 AS n FROM handover WHERE contact = ? AND state NOT IN ('accepted', 'withdrawn') LIMIT 1", contact.key
    )
    return row is not None


def open_contacts(tx: Tx) -> set[int]:
    """Rows of the contacts with a handover that nobody has said yes to."""
    return {row["contact"] for row in tx.all(f"SELECT contact FROM handover WHERE state IN ({_in(OPEN)})")}


def of_visitor(tx: Tx, visitor: int) -> list[Handover]:
    """Handovers of a visitor session's contacts, oldest first."""
    rows = tx.all(_SELECT + "WHERE c.visitor = ? ORDER BY h.offered_at, h.key", visitor)
    return [_handover(tx, row) for row in rows]


def held_by(tx: Tx, worker: int) -> list[Handover]:
    """Handovers of what a worker holds as owner or companion."""
    rows = tx.all(
        _SELECT + "WHERE c.state = 'claimed' AND (c.owner = ? OR (' ' || c.companions || ' ') LIKE ?)"
        " ORDER BY h.offered_at, h.key",
        worker, f"% {worker} %",
    )  # fmt: skip
    return [_handover(tx, row) for row in rows]


def arrived_at(tx: Tx, team: int, accepted_since: int) -> list[Handover]:
    """What lies on a team's desk: to open, to answer, and what it said yes to not long ago."""
    rows = tx.all(
        _SELECT + f"WHERE h.receiver = ? AND (h.state IN ('delivered', '{OPENED}')"
        " OR (h.state = 'accepted' AND h.due_at > ?)) ORDER BY h.due_at, h.key",
        team, accepted_since,
    )  # fmt: skip
    return [_handover(tx, row) for row in rows]


def to_remind(tx: Tx, now: int) -> list[str]:
    """Handovers by mail that are half-way to their end without an answer."""
    rows = tx.all(f"SELECT id FROM handover WHERE state IN ({_in(SENT)}) AND remind_at <= ?", now)
    return [row["id"] for row in rows]


def overdue(tx: Tx, now: int) -> list[str]:
    """Handovers whose service has not answered in its time."""
    rows = tx.all(f"SELECT id FROM handover WHERE state IN ({_in(SENT)}) AND due_at < ?", now)
    return [row["id"] for row in rows]


def change(tx: Tx, before: Handover, *, body: Body | None = None, **columns: object) -> Handover | None:
    """Write changed columns and what is sealed, if nobody changed it since it was read; None where somebody did."""
    if body is not None:
        columns["body"] = _seal(tx, before.contact_id, before.id, body)
    names = "".join(f", {name} = ?" for name in columns)
    done = tx.run(
        f"UPDATE handover SET version = version + 1{names} WHERE key = ? AND version = ?",
        *columns.values(), before.key, before.version,
    )  # fmt: skip
    return get(tx, before.id) if done == 1 else None


def forget(tx: Tx, contact: Contact) -> None:
    """Its contact is erased: what was not opened is withdrawn, its links open nothing, and no word stays here."""
    tx.run(
        "UPDATE handover SET version = version + 1, state = 'withdrawn' WHERE contact = ?"
        f" AND state IN ({_in(UNOPENED)})",
        contact.key,
    )  # fmt: skip
    tx.run("UPDATE handover SET body = NULL WHERE contact = ?", contact.key)


# Links


def token_of(tx: Tx, handover_id: str, number: int) -> str:
    """The token of a link: 256 bits that nobody can guess, made anew from a key outside the database whenever its mail
    has to be written again.
    """
    key = tx.vault.derived("handover link")
    return hmac.new(key, f"{handover_id}:{number}".encode(), hashlib.sha256).hexdigest()


def hash_of(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def add_link(tx: Tx, handover: Handover, number: int) -> None:
    """Store the hash of a new link; the ones before it open nothing any more."""
    tx.run(
        "INSERT INTO handover_link (token_hash, handover, number, made_at) VALUES (?, ?, ?, ?)",
        hash_of(token_of(tx, handover.id, number)), handover.key, number, tx.now,
    )  # fmt: skip


def link(tx: Tx, token: str) -> Row | None:
    """What is known of a link, with the id of its handover."""
    return tx.one(
        "SELECT l.*, h.id FROM handover_link l JOIN handover h ON h.key = l.handover WHERE l.token_hash = ?",
        hash_of(token),
    )


def take_try(tx: Tx, token: str, most: int) -> bool:
    """Use up one of the tries of a link that is not spent; False where none is left."""
    return tx.run(
        "UPDATE handover_link SET tries = tries + 1 WHERE token_hash = ? AND spent_at IS NULL AND tries < ?",
        hash_of(token), most,
    ) == 1  # fmt: skip


def spend(tx: Tx, token: str, cookie: str) -> None:
    """The link has been used; from now on the cookie opens it."""
    tx.run(
        "UPDATE handover_link SET spent_at = ?, cookie_hash = ? WHERE token_hash = ? AND spent_at IS NULL",
        tx.now, hash_of(cookie), hash_of(token),
    )  # fmt: skip


def _seal(tx: Tx, contact_id: str, handover_id: str, body: Body) -> bytes:
    return vault.seal(contacts.key_of(tx, contact_id), _place(contact_id, handover_id), orjson.dumps(asdict(body)))


def _body(tx: Tx, row: Row) -> Body | None:
    if row["body"] is None or row["wrapped_key"] is None:
        return None
    try:
        key = tx.vault.contact_key(row["contact_id"], row["week"], row["wrapped_key"])
        kept = orjson.loads(vault.unseal(key, _place(row["contact_id"], row["id"]), row["body"]))
    except vault.VaultError as problem:
        logs.failure("handover_does_not_open", problem)
        return None
    return Body(**kept | {"offered": tuple(kept["offered"]), "include": tuple(kept["include"])})


def _handover(tx: Tx, row: Row) -> Handover:
    consent = row["consent_hash"]
    return Handover(
        key=row["key"], id=row["id"], version=row["version"], contact=row["contact"], contact_id=row["contact_id"],
        language=row["language"], service_id=row["service"], state=row["state"], way=row["way"],
        receiver=row["receiver"], offered_at=row["offered_at"], consented_at=row["consented_at"],
        due_at=row["due_at"], remind_at=row["remind_at"], opened_at=row["opened_at"], link=row["link"],
        package_hash=bytes(row["package_hash"]), consent_hash=None if consent is None else bytes(consent),
        attempts=row["attempts"] or 0, body=_body(tx, row),
    )  # fmt: skip


def _place(contact_id: str, handover_id: str) -> bytes:
    return f"{contact_id}:handover:{handover_id}".encode()
