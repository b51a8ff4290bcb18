"""A file becomes the directory, or the directory a file: compared first, then written in slices, never deleting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import orjson

from zoturi import world
from zoturi.actions.directory import HANDOVERS_GO_BY
from zoturi.service_files import Entry
from zoturi.site_hours import DAYS
from zoturi.store import people
from zoturi.store import services as store
from zoturi.store.database import Database
from zoturi.store.tx import Tx

SLICE = 100
"""Rows a deed: some milliseconds, so that a message which comes meanwhile waits no longer."""
SHORTEST_PAUSE = 0.02


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do. ``changed`` names the fields; ``absent`` are shown now but not in the file."""

    added: tuple[Entry, ...]
    changed: tuple[tuple[Entry, tuple[str, ...]], ...]
    unchanged: int
    absent: tuple[str, ...]
    retire: bool

    @property
    def empty(self) -> bool:
        """True when the directory says already what the file says."""
        return not (self.added or self.changed or (self.retire and self.absent))


def plan(known: dict[str, tuple[str, bool]], entries: Sequence[Entry], *, retire: bool) -> Plan:
    """Compare a file with what is stored (``store.services.contents``)."""
    added, changed, unchanged = [], [], 0
    for entry in entries:
        before = known.get(entry.id)
        if before is None:
            added.append(entry)
        elif before != (entry.content(), entry.active):
            changed.append((entry, _differences(before, entry)))
        else:
            unchanged += 1
    named = {entry.id for entry in entries}
    absent = tuple(each for each, (_, active) in known.items() if active and each not in named)
    return Plan(tuple(added), tuple(changed), unchanged, absent, retire)


def _differences(before: tuple[str, bool], entry: Entry) -> tuple[str, ...]:
    was, now = orjson.loads(before[0]), orjson.loads(entry.content())
    fields = [name for name in sorted({*was, *now}) if was.get(name) != now.get(name)]
    return tuple(fields + (["active"] if before[1] != entry.active else []))


async def carry_out(db: Database, made: Plan, progress: Callable[[float], None]) -> None:
    """Write a plan slice by slice, with a pause after each; every process reads the directory anew at the end."""
    # All that costs thought is done before: a deed of another process holds the lock that a message waits for.
    entries = (*made.added, *(entry for entry, _ in made.changed))
    work: list[tuple[str, str | None, bool]] = [(entry.id, entry.content(), entry.active) for entry in entries]
    if made.retire:
        work += [(each, None, False) for each in made.absent]
    for at in range(0, len(work), SLICE):
        began = world.monotonic()
        await db.write(_put_slice, work[at : at + SLICE])
        progress(min(1.0, (at + SLICE) / len(work)))
        await asyncio.sleep(max(SHORTEST_PAUSE, world.monotonic() - began))
    await db.write(_finish, made)


def _put_slice(tx: Tx, rows: Sequence[tuple[str, str | None, bool]]) -> None:
    for service_id, content, active in rows:
        if content is None:
            store.hide(tx, service_id)
        else:
            store.keep(tx, service_id, content, active=active)


def _finish(tx: Tx, made: Plan) -> None:
    hidden = len(made.absent) if made.retire else 0
    store.changed(tx)
    rerouted = sum(not set(HANDOVERS_GO_BY).isdisjoint(fields) for _, fields in made.changed)
    people.audit(
        tx, None, "services_imported", added=len(made.added), changed=len(made.changed), hidden=hidden,
        rerouted=rerouted,
    )  # fmt: skip


def in_file(known: dict[str, tuple[str, bool]]) -> Iterator[dict]:
    """The stored services as entries of a file."""
    for service_id, (content, active) in known.items():
        held = orjson.loads(content)
        windows = held.pop("windows", None)
        entry = {"id": service_id, **{name: held.pop(name) for name in ("name", "summary") if name in held}}
        if windows is not None:
            entry["hours"] = _hours(windows)
        for name in ("areas", "languages", "age_groups", "topics"):
            if name in held:
                held[name] = ", ".join(held[name])
        entry |= held
        yield entry if active else entry | {"active": False}


def _hours(windows: list) -> str | list[dict]:
    if windows == [[list(range(7)), "00:00", "00:00", None]]:
        return "always"
    return [
        {"days": _days(days), "opens": opens, "closes": "24:00" if closes == "00:00" else closes}
        | ({"weeks": weeks} if weeks else {})
        for days, opens, closes, weeks in windows
    ]


def _days(days: Sequence[int]) -> str:
    """`mon-fri, sun`: days in a row as their first and last."""
    runs: list[list[int]] = []
    for day in days:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(DAYS[run[0]] + (f"-{DAYS[run[-1]]}" if len(run) > 1 else "") for run in runs)
