"""The post: letters of the outbox leave one by one. Each kind says what its letter says, and what follows when it left.

A letter is leased in one deed, sent outside any transaction and marked in a second deed. Whoever dies between the two
leaves a lease that runs out, and the letter is sent once more: at least once to the mail server, once for us.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zoturi.actions import answers, letters
from zoturi.actions.calls import ANSWER_LETTER
from zoturi.actions.house import House
from zoturi.actions.letters import Letter
from zoturi.domain.handovers import try_again_after
from zoturi.store import outbox
from zoturi.store.tx import Tx


def _nothing(tx: Tx, reference: str, number: int) -> None:
    """Nothing follows."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of letter says now (None: nothing any more), and what follows when it left or did not."""

    letter: Callable[[Tx, House, str, int], Letter | None]
    left: Callable[[Tx, str, int], None] = _nothing
    stayed: Callable[[Tx, str, int], None] = _nothing


KINDS = {
    "handover": Kind(letters.invitation, letters.delivered, letters.not_delivered),
    "handover_reminder": Kind(letters.reminder),
    ANSWER_LETTER: Kind(answers.letter),
}


@dataclass(frozen=True, slots=True)
class Parcel:
    """A leased letter. ``mark`` is the same at every try, so that a mail server can tell a repeat."""

    key: int
    kind: str
    reference: str
    number: int
    attempts: int
    letter: Letter

    @property
    def mark(self) -> str:
        return f"{self.kind}-{self.reference}-{self.number}"


def take(tx: Tx, house: House, holder: str) -> Parcel | None:
    """The next letter that shall leave now, for this holder alone; what has nothing to say any more is done with."""
    outbox.begin_now(tx)
    while (row := outbox.lease(tx, holder)) is not None:
        kind = KINDS.get(row["kind"])
        letter = kind and kind.letter(tx, house, row["reference"], row["number"])
        if letter is not None:
            return Parcel(row["key"], row["kind"], row["reference"], row["number"], row["attempts"], letter)
        outbox.done(tx, row["key"], sent=False)
    return None


def left(tx: Tx, parcel: Parcel) -> bool:
    """The mail server took it; what follows happens once, however often it was sent."""
    if not outbox.done(tx, parcel.key, sent=True):
        return False
    KINDS[parcel.kind].left(tx, parcel.reference, parcel.number)
    return True


def stayed(tx: Tx, parcel: Parcel, holder: str) -> None:
    """It did not leave: the next try comes later each time, an hour at most."""
    if outbox.later(tx, parcel.key, holder, tx.now + try_again_after(parcel.attempts)):
        KINDS[parcel.kind].stayed(tx, parcel.reference, parcel.number)
