"""What was erased or deleted is forgotten in memory too, in every process."""

from __future__ import annotations

from zoturi.store import elsewhere
from zoturi.store.database import Database


async def forget_lost(db: Database) -> None:
    """Drop from memory the keys and opened details of contacts that have no key any more, and destroyed week keys.

    A read that began before an erasure may have put them back after it; and another process may have done it.
    """
    kept = db.vault.remembered()
    for contact_id in await db.read(elsewhere.without_key, kept) if kept else ():
        db.vault.forget(contact_id)
    db.vault.forget_destroyed_weeks()
