"""What may not be dropped: the contacts of a team that need somebody's eyes now, and why. No contents are opened."""

from __future__ import annotations

from dataclasses import dataclass

from zoturi.domain.people import Worker
from zoturi.domain.watching import why_in_sight
from zoturi.store import handovers, overview
from zoturi.store.tx import Row, Tx


@dataclass(frozen=True, slots=True)
class Line:
    """One contact on the page, as the rule sees it. Times are milliseconds; ``why`` are codes."""

    id: str
    state: str
    channel: str
    language: str
    written: bool
    flagged: bool
    visitor_left: bool
    opened_at: int
    due_at: int
    answered_at: int | None
    next_at: int | None
    owner_id: str | None
    owner_name: str | None
    offered_to: str | None
    why: tuple[str, ...] = ()


def lines(tx: Tx, actor: Worker) -> list[Line]:
    """Everything of the supervisor's own team that is not in good hands, in the order of the queue."""
    found = []
    handed = handovers.open_contacts(tx)  # the states of a handover are its own room's affair
    for row in overview.living(tx, actor.team):
        why = why_in_sight(_line(row), tx.now, bool(row["owner_on_duty"]), row["key"] in handed)
        if why:
            found.append(_line(row, why))
    return found


def count(tx: Tx, actor: Worker) -> int | None:
    """How many there are, for a supervisor; None for everybody else."""
    return len(lines(tx, actor)) if actor.role == "supervisor" else None


def _line(row: Row, why: tuple[str, ...] = ()) -> Line:
    return Line(
        row["id"], row["state"], row["channel"], row["language"], bool(row["written"]), bool(row["flagged"]),
        bool(row["visitor_left"]), row["opened_at"], row["due_at"], row["answered_at"], row["next_at"],
        row["owner_id"], row["owner_name"], row["offered_to"], why,
    )  # fmt: skip
