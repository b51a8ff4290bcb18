"""What other processes wrote: read by those who were only told where to look, many contacts in one go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from zoturi.domain.contacts import Audience, Contact
from zoturi.domain.timeline import Entry
from zoturi.store import contacts, timeline
from zoturi.store.tx import Row, Tx

MOST_ENTRIES = 50  # of one contact in one read
_SLICE = 500


def news(
    tx: Tx, after: Mapping[str, int], changed: list[str]
) -> tuple[list[tuple[Audience, list[Entry]]], list[Contact]]:  # fmt: skip
    """Entries of contacts, each after a seq of its own, and who hears of them; and contacts as they are now."""
    return timeline.after_each(tx, after, MOST_ENTRIES) if after else [], contacts.some(tx, changed)


def concerning(
    tx: Tx, visitors: Sequence[int], workers: Sequence[int], teams: Sequence[int], ids: Sequence[str]
) -> list[Row]:
    """Id, version and last seq of every contact that these visitors and workers see, or that is named."""
    names = "SELECT id, version, last_seq, companions, owner FROM contact WHERE "
    found: dict[str, Row] = {}

    def add(rows: Iterable[Row]) -> None:
        found.update((row["id"], row) for row in rows)

    for some in _slices(visitors):
        add(tx.all(f"{names} visitor IN ({_marks(some)})", *some))
    for some in _slices(ids):
        add(tx.all(f"{names} id IN ({_marks(some)})", *some))
    for some in _slices(teams):
        add(tx.all(f"{names} state = 'waiting' AND team IN ({_marks(some)})", *some))
    if workers:
        here = set(workers)
        held = tx.all(f"{names} state = 'claimed' AND owner IS NOT NULL")
        add(row for row in held if here & {row["owner"], *map(int, row["companions"].split())})
    return list(found.values())


def handovers(tx: Tx, contact_ids: Sequence[str], teams: Sequence[int]) -> dict[str, int]:
    """Versions of the handovers of these contacts, and of those that went to these teams and are not over."""
    names = "SELECT h.id, h.version FROM handover h"
    rows: list[Row] = []
    for some in _slices(contact_ids):
        rows += tx.all(f"{names} JOIN contact c ON c.key = h.contact WHERE c.id IN ({_marks(some)})", *some)
    for some in _slices(teams):
        rows += tx.all(f"{names} WHERE h.receiver IN ({_marks(some)}) AND h.state <> 'withdrawn'", *some)
    return {row["id"]: row["version"] for row in rows}


def over(tx: Tx, visitors: Sequence[int]) -> set[int]:
    """Which of these visitor sessions have ended, are gone, or hold no living contact that they could be shown."""
    here: set[int] = set()
    for some in _slices(visitors):
        rows = tx.all(
            f"SELECT key FROM visitor v WHERE key IN ({_marks(some)}) AND ended_at IS NULL AND EXISTS"
            " (SELECT 1 FROM contact c WHERE c.visitor = v.key AND c.state IN ('waiting', 'claimed'))", *some,
        )  # fmt: skip
        here |= {row["key"] for row in rows}
    return set(visitors) - here


def ended(tx: Tx, visitors: Sequence[int]) -> list[int]:
    """Which of these visitor sessions were ended."""
    return [
        row["key"]
        for some in _slices(visitors)
        for row in tx.all(f"SELECT key FROM visitor WHERE key IN ({_marks(some)}) AND ended_at IS NOT NULL", *some)
    ]


def without_key(tx: Tx, ids: Sequence[str]) -> set[str]:
    """Which of these contacts were erased or deleted, so that nothing of them may be kept in memory."""
    living = {
        row["id"]
        for some in _slices(ids)
        for row in tx.all(
            f"SELECT id FROM contact WHERE wrapped_key IS NOT NULL AND id IN ({_marks(some)})", *some
        )
    }  # fmt: skip
    return set(ids) - living


def _slices(values: Sequence) -> Iterator[Sequence]:
    for at in range(0, len(values), _SLICE):
        yield values[at : at + _SLICE]


def _marks(values: Sequence) -> str:
    return ", ".join("?" * len(values))
