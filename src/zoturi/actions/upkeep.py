"""Upkeep: what is kept no longer than the site says is deleted, slice by slice."""

from __future__ import annotations

import orjson

from zoturi.actions import audits
from zoturi.domain import sessions
from zoturi.site import Site
from zoturi.store import outbox, people, retention, weeks
from zoturi.store.tx import Tx

_DAY_MS = 24 * 3_600_000


def purge_slice(tx: Tx, site: Site) -> dict[str, int]:
    """Delete one slice of everything whose time is over; counts by kind, all zero when nothing is left to do."""
    keep = site.retention
    return {
        "contacts": retention.delete_closed(tx, *_closed_before(tx, site, 0)),
        "audit": audits.purge(tx, tx.now - keep.audit_days * _DAY_MS),
        "visitors": retention.delete_visitors(tx, tx.now - 2 * sessions.VISITOR_SILENT_MS),
        "letters": outbox.purge(tx, tx.now - 30 * _DAY_MS, retention.SLICE),
        "staff": retention.delete_staff_leftovers(tx, tx.now - 30 * _DAY_MS),
    }


def renew_keys(tx: Tx) -> int:
    """Move one slice of living contact keys to the present week's key; how many."""
    return weeks.rewrap_slice(tx)


def destroy_old_keys(tx: Tx, backup_days: int) -> list[str]:
    """Destroy week keys that no contact needs and whose last backup is older than ``BACKUP_DAYS``; which weeks."""
    gone = tx.vault.destroy_weeks(tx.now - backup_days * _DAY_MS, weeks.in_use(tx))
    if gone:
        people.audit(tx, None, "week_keys_destroyed", weeks=gone)
    return gone


def clock_may_purge(tx: Tx) -> bool:
    """Whether the clock moved as clocks do since it was last seen.

    After a jump of more than a day nothing is deleted until an operator says so with ``zoturi purge``: a wrong clock
    must not erase what people still need. A server that was off for longer waits for the same word.
    """
    seen = people.setting(tx, "clock_seen_at")
    if seen is not None and not 0 - _DAY_MS <= tx.now - int(seen) <= _DAY_MS:
        return False
    people.set_setting(tx, "clock_seen_at", str(tx.now))
    return True


def trust_clock(tx: Tx) -> None:
    """The operator's word that the clock is right."""
    people.set_setting(tx, "clock_seen_at", str(tx.now))


def backlog(tx: Tx, site: Site) -> int:
    """How many closed contacts are kept longer than a day past their time; for health and metrics."""
    return retention.count_closed(tx, *_closed_before(tx, site, 1))


def _closed_before(tx: Tx, site: Site, days_more: int) -> tuple[int, int]:
    """Closed before when a chat, and when anything else, is over its time by so many days."""
    keep = site.retention
    return tuple(tx.now - (days + days_more) * _DAY_MS for days in (keep.chats_days, keep.help_requests_days))


def note_backup(tx: Tx, keys_file: str) -> None:
    """Remember when the last copy was made and where its keys went, so that ``doctor`` can remind."""
    known = _known_keys_files(tx)
    known[keys_file] = tx.now
    people.set_setting(tx, "last_backup_at", str(tx.now))
    people.set_setting(tx, "keys_files", orjson.dumps(known).decode())


def _known_keys_files(tx: Tx) -> dict[str, int]:
    return orjson.loads(people.setting(tx, "keys_files") or "{}")
