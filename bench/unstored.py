"""The product with storing switched off: `python -m bench.unstored serve --demo`. For comparison only.

Off is all that keeps a message: the statements, the savepoint, the transaction with its commit and its write to disk,
the sealing of what would be stored, and the way through the writer's thread. The rest of the road is the product's own
code: reading the frame, rate limit, validation, permission and state of the contact, numbering (from memory), the
check of the text, delivery to both sides, acknowledgement. Other deeds (opening, claiming, joining) are stored as ever.
A repeated client id is not noticed here, for noticing it is the stored index's work.
"""

import asyncio
import sys
from dataclasses import dataclass

from zoturi import cli, world
from zoturi.store import opening
from zoturi.store.database import Waiting
from zoturi.store.sqlite import SqliteEngine
from zoturi.store.timeline import HEAD_COLUMNS, INSERT, TAKE_HIDDEN, TAKE_PUBLIC
from zoturi.store.tx import Tx

_HEAD = f"SELECT {HEAD_COLUMNS} FROM contact WHERE id = ?"


@dataclass(slots=True)
class Answer:
    """What a statement answers that was never run."""

    row: dict | None = None
    rowcount: int = 1

    def fetchone(self) -> dict | None:
        return self.row


_STORED = Answer()


class Unstored(SqliteEngine):
    """Runs appends at once, from what is remembered of their contact; everything else as ever."""

    def __init__(self, *given: object) -> None:
        super().__init__(*given)
        self._heads: dict[str, dict] = {}
        self._numbers: dict[str, int] = {}  # the last seq of each contact, also where its head was forgotten
        self._changed = False  # somebody was claimed, closed …: what is remembered may no longer be so
        self._done: list[Waiting] = []

    def submit(self, waiting: Waiting) -> None:
        if not hasattr(waiting.deed, "appends_to"):
            super().submit(waiting)
            return
        if self._changed:
            self._changed = False
            self._heads.clear()
        tx = Tx(self._execute, _no_undo, self._vault, world.now())
        try:
            waiting.value = waiting.deed(tx, *waiting.args)
            waiting.told = tx.told
        except Exception as problem:  # noqa: BLE001 - the waiting caller is always answered
            waiting.fail(problem)
        if not self._done:
            asyncio.get_running_loop().call_soon(self._answer)
        self._done.append(waiting)

    def _answer(self) -> None:
        done, self._done = self._done, []
        self.database.answered(done)

    def _execute(self, sql: str, params: tuple) -> Answer:
        if sql is INSERT:
            return _STORED
        if sql is not TAKE_PUBLIC and sql is not TAKE_HIDDEN:
            raise RuntimeError(f"an append asks for more than its two statements: {sql}")
        head = self._heads.get(params[0])
        if head is None:
            head = self.read(self._vault, _load, (params[0],))
            if head is None:
                return Answer()
            head["last_seq"] = max(head["last_seq"], self._numbers.get(params[0], 0))
            self._heads[params[0]] = head
        head["last_seq"] = self._numbers[params[0]] = head["last_seq"] + 1
        return Answer(head)

    def _together(self, batch: list[Waiting]) -> None:
        super()._together(batch)
        if any(waiting.told for waiting in batch):
            self._changed = True


def _load(tx: Tx, contact_id: str) -> dict | None:
    row = tx.one(_HEAD, contact_id)
    return None if row is None else {**dict(row), "wrapped_key": None}  # without a key nothing is sealed


def _no_undo() -> None:
    """Nothing was written; a number that was taken stays taken."""


if __name__ == "__main__":
    opening.SqliteEngine = Unstored
    sys.exit(cli.main())
