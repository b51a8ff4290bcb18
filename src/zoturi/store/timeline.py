"""The append-only timeline of a contact. The one hot path of the house: two statements for each entry."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from zoturi import logs
from zoturi.domain.contacts import Audience, Contact
from zoturi.domain.timeline import Entry
from zoturi.store import vault
from zoturi.store.contacts import is_own_words_only, nickname
from zoturi.store.tx import Row, Tx

HEAD_COLUMNS = (
    "key, id, state, channel, written, visitor, owner, companions, visitor_left, last_seq, week, wrapped_key, details"
)
_HEAD = f" WHERE id = ? RETURNING {HEAD_COLUMNS}"
TAKE_PUBLIC = "UPDATE contact SET last_seq = last_seq + 1, public_seq = last_seq + 1" + _HEAD
TAKE_HIDDEN = "UPDATE contact SET last_seq = last_seq + 1" + _HEAD
INSERT = (
    "INSERT INTO entry (contact, seq, at, kind, role, author, client_id, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT DO NOTHING"
)
# For each contact on its own, so that what is read is what is new, however long a timeline has become.
_AFTER_EACH = (
    "SELECT c.id, c.channel, c.visitor, c.owner, c.companions, c.week, c.wrapped_key, c.details, e.seq, e.at, e.kind,"
    " e.role, e.author, e.client_id, e.body, w.name"
    " FROM unnest(?::text[], ?::int[]) AS wanted(id, after) JOIN contact c ON c.id = wanted.id CROSS JOIN LATERAL"
    " (SELECT * FROM entry WHERE contact = c.key AND seq > wanted.after ORDER BY seq LIMIT ?) e"
    " LEFT JOIN worker w ON w.key = e.author ORDER BY e.contact, e.seq"
)


def take_seq(tx: Tx, contact_id: str, *, public: bool) -> Row | None:
    """Count up a contact's seq and return what is needed to decide; its row stays locked until the deed ends."""
    return tx.one(TAKE_PUBLIC if public else TAKE_HIDDEN, contact_id)


def add(
    tx: Tx, head: Row, kind: str, role: str, *, author: int | None = None, name: str | None = None,
    text: str | None = None, data: dict | None = None, client_id: str | None = None,
) -> Entry | None:  # fmt: skip
    """Store an entry under the seq just taken; None where this ``client_id`` is stored already."""
    body = None
    if (text is not None or data is not None) and head["wrapped_key"] is not None:
        key = tx.vault.contact_key(head["id"], head["week"], head["wrapped_key"])
        body = vault.seal(key, _place(head["id"], head["last_seq"]), orjson.dumps([text, data]))
    stored = tx.run(INSERT, head["key"], head["last_seq"], tx.now, kind, role, author, client_id, body)
    if stored != 1:
        return None
    if role == "visitor":
        name = nickname(tx, head)
    return Entry(head["last_seq"], tx.now, kind, role, author, name, text, data, client_id)


def append(
    tx: Tx, contact: Contact, kind: str, role: str = "system", *, author: int | None = None, name: str | None = None,
    text: str | None = None, data: dict | None = None, client_id: str | None = None, public: bool = True,
) -> Entry:  # fmt: skip
    """Append an entry that a deed makes itself, such as ``claimed``; it carries no visitor's client id."""
    head = take_seq(tx, contact.id, public=public)
    return add(tx, head, kind, role, author=author, name=name, text=text, data=data, client_id=client_id)


def stored(tx: Tx, contact_key: int, contact_id: str, client_id: str) -> Entry | None:
    """The entry stored under a client id."""
    row = tx.one(
        "SELECT e.*, w.name FROM entry e LEFT JOIN worker w ON w.key = e.author"
        " WHERE e.contact = ? AND e.client_id = ?",
        contact_key, client_id,
    )  # fmt: skip
    return None if row is None else _entry(tx, row, contact_id, *_keys(tx, contact_key))


def read(
    tx: Tx, contact: Contact, after: int, limit: int, *, hidden: bool, own_only: bool = False
) -> list[Entry]:  # fmt: skip
    """Entries with a seq above ``after``, oldest first; ``hidden`` adds what only staff may see, ``own_only`` leaves
    the visitor's own.
    """
    rows = tx.all(
        "SELECT e.*, w.name FROM entry e LEFT JOIN worker w ON w.key = e.author WHERE e.contact = ? AND e.seq > ?"
        + ("" if hidden else " AND e.kind NOT IN ('note', 'call')")
        + (" AND e.role = 'visitor'" if own_only else "")
        + " ORDER BY e.seq LIMIT ?",
        contact.key, after, limit,
    )  # fmt: skip
    week, wrapped = _keys(tx, contact.key)
    entries = []
    for row in rows:
        entries.append(_entry(tx, row, contact.id, week, wrapped, contact.details.nickname))
    return entries


def calls(tx: Tx, contact: Contact) -> list[Entry]:
    """The calls that were tried, oldest first."""
    rows = tx.all(
        "SELECT e.*, w.name FROM entry e LEFT JOIN worker w ON w.key = e.author"
        " WHERE e.contact = ? AND e.kind = 'call' ORDER BY e.seq",
        contact.key,
    )  # fmt: skip
    return [_entry(tx, row, contact.id, *_keys(tx, contact.key)) for row in rows]


def last_own_seq(tx: Tx, contact: Contact) -> int:
    """The last entry that is the visitor's own; 0 where there is none."""
    row = tx.one("SELECT max(seq) AS seq FROM entry WHERE contact = ? AND role = 'visitor'", contact.key)
    return row["seq"] or 0


def after_each(tx: Tx, after: Mapping[str, int], most: int) -> list[tuple[Audience, list[Entry]]]:
    """Entries of several contacts, each after a seq of its own and at most so many, oldest first, in one query; and
    who hears of them. PostgreSQL only.
    """
    found: dict[str, tuple[Audience, list[Entry]]] = {}
    for row in tx.all(_AFTER_EACH, list(after), list(after.values()), most):
        one = found.get(row["id"])
        if one is None:
            companions = tuple(map(int, row["companions"].split()))
            audience = Audience(row["id"], row["visitor"], row["owner"], companions, is_own_words_only(tx, row))
            one = found[row["id"]] = (audience, [])
        nick = nickname(tx, row) if row["role"] == "visitor" else None
        one[1].append(_entry(tx, row, row["id"], row["week"], row["wrapped_key"], nick))
    return list(found.values())


def _keys(tx: Tx, contact_key: int) -> tuple[str | None, bytes | None]:
    row = tx.one("SELECT week, wrapped_key FROM contact WHERE key = ?", contact_key)
    return row["week"], row["wrapped_key"]


def _entry(
    tx: Tx, row: Row, contact_id: str, week: str | None, wrapped: bytes | None, nick: str | None = None
) -> Entry:
    text = data = None
    if row["body"] is not None and wrapped is not None:
        try:
            key = tx.vault.contact_key(contact_id, week, wrapped)
            text, data = orjson.loads(vault.unseal(key, _place(contact_id, row["seq"]), row["body"]))
        except vault.VaultError as problem:
            # Changed or moved bytes are never shown as if they were what was said.
            logs.failure("entry_does_not_open", problem)
            data = {"unreadable": True}
    name = nick if row["role"] == "visitor" else row["name"]
    return Entry(row["seq"], row["at"], row["kind"], row["role"], row["author"], name, text, data, row["client_id"])


def _place(contact_id: str, seq: int) -> bytes:
    return f"{contact_id}:{seq}".encode()
