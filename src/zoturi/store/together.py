"""Appends that wait at the same moment, run together by the same rules as each alone.

The heads of their contacts are read at once, each deed runs against them in memory, and what all of them append is
written in one go. A deed that asks for more than the two statements of an append runs alone, as every other deed does.
"""

from __future__ import annotations

from collections.abc import Callable

from zoturi.domain.refusals import Refusal
from zoturi.store.database import Waiting
from zoturi.store.timeline import INSERT, TAKE_HIDDEN, TAKE_PUBLIC
from zoturi.store.tx import Tx
from zoturi.store.vault import Vault


class _Alone(Exception):
    """This deed needs a transaction of its own."""


class _Answer:
    """What a statement answers that was not sent to the database."""

    __slots__ = ("row", "rowcount")

    def __init__(self, row: dict | None) -> None:
        self.row = row
        self.rowcount = 1

    def fetchone(self) -> dict | None:
        return self.row


_DONE = _Answer(None)


class Together:
    """Contacts as they were read at the beginning, and what the deeds run so far make of them.

    ``heads``: rows of ``timeline.HEAD_COLUMNS`` and ``public_seq``, by contact id; they are changed in place.
    ``known``: pairs of contact and client id that are stored already, as far as they were asked for. ``read`` runs a
    SELECT of a deed that appends nothing after all; with it a contact without a head is one that does not exist.
    """

    def __init__(
        self, vault: Vault, heads: dict[str, dict], *, known: set[tuple[str, str]], read: Callable | None = None
    ) -> None:
        self.rows: list[tuple] = []  # the parameters of ``timeline.INSERT``
        self.changed: dict[int, dict] = {}  # the heads of these rows: their seqs are to be written too
        self._vault = vault
        self._heads = heads
        self._known = known
        self._read = read
        self._head: dict | None = None
        self._before: tuple[int, int] | None = None
        self._own = 0

    def run(self, waiting: Waiting, contact_id: str, client_id: str, now: int) -> bool:
        """Run the next deed; False, and nothing done, where it has to run alone."""
        head = self._head = self._heads.get(contact_id)
        if (head is None and self._read is None) or (contact_id, client_id) in self._known:
            return False
        self._before = None if head is None else (head["last_seq"], head["public_seq"])
        self._own = len(self.rows)
        tx = Tx(self._execute, self._undo, self._vault, now)
        try:
            waiting.value = waiting.deed(tx, *waiting.args)
        except Refusal as refusal:
            self._undo()
            waiting.fail(refusal)
            return True
        except Exception:  # noqa: BLE001 - alone it meets the same and is answered
            self._undo()
            return False
        waiting.told = tx.told
        self._known.add((contact_id, client_id))
        return True

    def _undo(self) -> None:
        """Take back what this deed did; from here on it may read."""
        if self._before is not None:
            self._head["last_seq"], self._head["public_seq"] = self._before
            self._before = None
        del self.rows[self._own :]

    def _execute(self, sql: str, params: tuple):
        """The two statements of an append, answered from memory."""
        head = self._head
        if sql is INSERT and params[0] == head["key"]:
            self.rows.append(params)
            self.changed[head["key"]] = head
            return _DONE
        if (sql is TAKE_PUBLIC or sql is TAKE_HIDDEN) and (head is None or params[0] == head["id"]):
            if head is not None:
                head["last_seq"] += 1
                if sql is TAKE_PUBLIC:
                    head["public_seq"] = head["last_seq"]
            return _Answer(head)
        if self._before is None and self._read is not None and sql.startswith("SELECT "):
            return self._read(sql, params)
        raise _Alone
