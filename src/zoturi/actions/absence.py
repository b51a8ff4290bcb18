"""Being away: until the end of a day one's deputy answers for a named worker, and then the team."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from zoturi.domain import promises
from zoturi.domain.people import Worker
from zoturi.domain.refusals import Refusal
from zoturi.store import people
from zoturi.store.tx import Tx

_LONGEST = timedelta(days=3 * 366)


def mine(tx: Tx, actor: Worker, zone: ZoneInfo) -> date | None:
    """The last day one is away; None where one is not."""
    return day_of(people.worker_row(tx, actor.key)["absent_until"], tx.now, zone)


def day_of(until: int | None, now: int, zone: ZoneInfo) -> date | None:
    """The day an absence ends with; None where there is none, or it is over."""
    return None if until is None or until < now else promises.local_day(until, zone)


def set_mine(tx: Tx, actor: Worker, zone: ZoneInfo, last_day: date | None) -> None:
    """Say that one is away until the end of a day, today or later, or (None) that one is back."""
    _set(tx, actor, zone, actor.key, actor.id, last_day)


def set_of(tx: Tx, actor: Worker, zone: ZoneInfo, worker_id: str, last_day: date | None) -> None:
    """The same by an administrator for somebody of the staff; refuses ``not_found``."""
    row = people.worker_by_id(tx, worker_id)
    if row is None:
        raise Refusal("not_found")
    _set(tx, actor, zone, row["key"], row["id"], last_day)


def _set(tx: Tx, actor: Worker, zone: ZoneInfo, key: int, worker_id: str, last_day: date | None) -> None:
    until = None
    if last_day is not None:
        today = promises.local_day(tx.now, zone)
        if not today <= last_day <= today + _LONGEST:
            raise Refusal("bad_field", field="until")
        until = promises.end_of_day(last_day, zone)
    people.set_absence(tx, key, until)
    people.audit(tx, actor.key, "absence_set", worker_id, until=until)
