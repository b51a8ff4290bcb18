"""The clock of handovers: half-way a reminder, and at the end the contact comes back to its queue."""

from __future__ import annotations

from zoturi.actions import receiving
from zoturi.store import handovers as store
from zoturi.store import outbox
from zoturi.store.tx import Tx


def watch(tx: Tx) -> dict[str, int]:
    """Remind services that have not answered by half of their time, and end what was not answered at all; counts."""
    counts = {"reminded": 0, "expired": 0}
    for handover_id in store.overdue(tx, tx.now):
        receiving.expire(tx, store.get(tx, handover_id))
        counts["expired"] += 1
    for handover_id in store.to_remind(tx, tx.now):
        if store.change(tx, store.get(tx, handover_id), remind_at=None) is not None:
            outbox.put(tx, "handover_reminder", handover_id)
            counts["reminded"] += 1
    return counts
