"""Return codes at rest: HMAC-SHA256 under a key outside the database; one living code a contact."""

from __future__ import annotations

import hashlib
import hmac

from zoturi.store.tx import Row, Tx


def _hash(tx: Tx, code: str) -> bytes:
    # Who has the key has everything else too, so a slow hash would add nothing.
    return hmac.new(tx.vault.derived("return code"), code.encode(), hashlib.sha256).digest()


def keep(tx: Tx, contact: int, code: str) -> None:
    """Store a contact's new code; an older one stops working."""
    tx.run(
        "INSERT INTO return_code (contact, code_hash, made_at) VALUES (?, ?, ?)"
        " ON CONFLICT (contact) DO UPDATE SET code_hash = excluded.code_hash, made_at = excluded.made_at",
        contact,
        _hash(tx, code),
        tx.now,
    )


def contact_of(tx: Tx, code: str) -> Row | None:
    """Id of the contact that a code opens, while the contact holds anything."""
    return tx.one(
        "SELECT c.id FROM return_code r JOIN contact c ON c.key = r.contact WHERE r.code_hash = ? AND c.erased = 0",
        _hash(tx, code),
    )
