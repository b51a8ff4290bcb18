"""Changing one's own password, without a one-time link."""

from __future__ import annotations

from zoturi.actions import accounts, passwords
from zoturi.actions.limits import Tries
from zoturi.domain.people import Worker
from zoturi.domain.refusals import Refusal
from zoturi.site import Site
from zoturi.store import accounts as store
from zoturi.store import people
from zoturi.store.database import Database
from zoturi.store.tx import Row, Tx


async def change(
    db: Database, tries: Tries, site: Site, actor: Worker, device: str | None, *, current: str, new: str, again: str
) -> dict[str, str]:
    """Set a new password; all other sessions end. What is wrong, by field: ``current`` (``wrong``), ``password`` (see
    ``domain.passwords``, or ``same``), ``again`` (``differs``); nothing has changed then.
    """
    row = await db.read(people.worker_row, actor.key)
    problem = "same" if new == current else passwords.problem(new, row, site)
    wrong = {"password": problem} if problem is not None else {}
    if again != new:
        wrong["again"] = "differs"
    async with tries.one(row["email"], device) as outcome:
        outcome.succeeded = await passwords.matches(row["password_hash"], current)
        outcome.failed = not outcome.succeeded
    if outcome.failed:
        await db.write(_refused, actor)
        wrong["current"] = "wrong"
    if not wrong:
        await db.write(_set, actor, row, await passwords.hashed(new))
    return wrong


def _refused(tx: Tx, actor: Worker) -> None:
    people.audit(tx, actor.key, "password_refused")


def _set(tx: Tx, actor: Worker, known: Row, password_hash: str) -> None:
    """Store the new one, unless the account was changed while Argon2 worked (``conflict``)."""
    people.lock(tx, actor.key)
    row = people.worker_row(tx, actor.key)
    if any(row[name] != known[name] for name in ("password_hash", "second_factor", "disabled")):
        raise Refusal("conflict")
    people.touch(tx, actor.key, password_hash=password_hash)
    store.end_links_of(tx, actor.key)  # whoever asked for one in the old password's name
    ended = accounts.end_sessions(tx, actor.key, besides=actor.session)
    people.audit(tx, actor.key, "password_changed", sessions=ended)
