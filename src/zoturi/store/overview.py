"""The team at one look, for its supervisor: who holds what since when. No contents are opened."""

from __future__ import annotations

from zoturi.store.tx import Row, Tx


def running(tx: Tx, team: int) -> list[Row]:
    """What is being worked on: id, channel, language, since when, by whom, and who of the two is gone."""
    return tx.all(
        "SELECT c.id, c.channel, c.language, c.opened_at, c.claimed_at, c.flagged, c.visitor_state, c.visitor_left,"
        " c.written, w.id AS owner_id, w.name AS owner_name, w.on_duty AS owner_on_duty"
        " FROM contact c JOIN worker w ON w.key = c.owner WHERE c.state = 'claimed' AND c.team = ?"
        " ORDER BY w.name, c.claimed_at, c.key",
        team,
    )  # fmt: skip


def waiting(tx: Tx, team: int) -> list[Row]:
    """The queue in its order: id, channel, language, since when, promised until when, flagged, and whether offered."""
    return tx.all(
        "SELECT c.id, c.channel, c.language, c.opened_at, c.due_at, c.flagged, c.returned, c.visitor_state, c.written,"
        " o.name AS offered_to FROM contact c LEFT JOIN worker o ON o.key = c.offered_to"
        " WHERE c.state = 'waiting' AND c.team = ? ORDER BY c.rank",
        team,
    )


def living(tx: Tx, team: int) -> list[Row]:
    """Whatever has not ended, in the order of the queue: the clocks of each, and whether its owner is on duty."""
    return tx.all(
        "SELECT c.key, c.id, c.state, c.channel, c.language, c.written, c.flagged, c.visitor_left, c.opened_at,"
        " c.due_at, c.answered_at, c.next_at, w.id AS owner_id, w.name AS owner_name,"
        " coalesce(w.on_duty, 0) AS owner_on_duty, o.name AS offered_to"
        " FROM contact c LEFT JOIN worker w ON w.key = c.owner LEFT JOIN worker o ON o.key = c.offered_to"
        " WHERE c.state IN ('waiting', 'claimed') AND c.team = ? ORDER BY c.rank",
        team,
    )  # fmt: skip


def teams_with_people_waiting(tx: Tx) -> list[Row]:
    """Teams in whose queue a chat waits for a live answer."""
    return tx.all(
        "SELECT DISTINCT t.key, t.id FROM contact c JOIN team t ON t.key = c.team"
        " WHERE c.state = 'waiting' AND c.channel = 'chat' AND c.written = 0"
    )
