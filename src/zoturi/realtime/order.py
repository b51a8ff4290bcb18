"""How far this process has told each contact, so that every entry leaves once and in the order of its seq, whatever
thread or process committed first, and of a contact's versions the newest.

For each contact there is one number: every entry up to it was told here. Whatever comes — an entry of our own, a
reference to another process's, rows that were read — only says that there is more; what follows that number leaves,
and what is missing before it is read from the database. Entries of a contact are committed in the order of their seq,
so nothing that will ever come is left out by reading on.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from itertools import islice

LOOK_BACK = 20  # entries before the first that is heard of in a contact that nobody here was shown
MOST_WANTED = 5000
_KEPT = 20_000


class _Contact:
    """``seq``: all after ``shown`` and up to it was told here. ``early``: entries at hand that wait for one before."""

    __slots__ = ("early", "seq", "shown", "version")

    def __init__(self) -> None:
        self.shown: int | None = None
        self.seq: int | None = None
        self.version = 0
        self.early: dict[int, Callable[[], None]] = {}


class Told:
    """What was told here of each contact, and what has to be read. ``on_wanted`` is called where there is such a thing,
    ``on_too_much`` where so much is wanted that one had better look at everything.
    """

    def __init__(self) -> None:
        self._contacts: OrderedDict[str, _Contact] = OrderedDict()
        self._entries: dict[str, int] = {}
        self._versions: dict[str, int] = {}
        self._taken: dict[str, int] = {}  # the entries that were wanted when they were last taken
        self.on_wanted: Callable[[], None] = lambda: None
        self.on_too_much: Callable[[], None] = lambda: None

    # Entries

    def entry(self, contact_id: str, seq: int, send: Callable[[], None]) -> None:
        """An entry is at hand: it leaves now, or after those before it, or not at all where it has left already."""
        one = self._heard_of(contact_id, seq)
        if seq <= one.seq:
            return
        if seq == one.seq + 1 and not one.early:
            one.seq = seq
            send()
            return
        one.early[seq] = send
        self._go_on(one)
        if one.early:
            self._want(self._entries, contact_id, max(one.early))

    def refer(self, contact_id: str, seq: int) -> None:
        """There is an entry that somebody here may see."""
        if seq > self._heard_of(contact_id, seq).seq:
            self._want(self._entries, contact_id, seq)

    def passed(self, contact_id: str, seq: int) -> None:
        """There is an entry that nobody here may see: whoever comes later reads it."""
        one = self._contacts.get(contact_id)
        if one is not None and one.seq == seq - 1:
            one.seq = seq
            one.early.pop(seq, None)
            self._go_on(one)

    def read(self, contact_id: str, after: int, entries: Iterable[tuple[int, Callable[[], None]]]) -> None:
        """Entries that were read from the database, all there are after a seq up to the last of them."""
        for seq, send in entries:
            one = self._contacts.get(contact_id)
            if one is not None and one.seq is not None and after <= one.seq:
                one.seq = max(one.seq, seq - 1)  # where there is none between, none is waited for
            self.entry(contact_id, seq, send)
            after = seq

    def shown(self, contact_id: str, seq: int) -> None:
        """Somebody here was shown a contact up to this entry and reads what is before it for themselves."""
        one = self._of(contact_id)
        if one.seq is None:
            one.shown = one.seq = seq

    def lacks(self, contact_id: str, last_seq: int) -> bool:
        """Whether something may not have been told here of a contact whose last entry is this one. What one connection
        was shown, another may not know.
        """
        one = self._contacts.get(contact_id)
        return last_seq > 0 and (one is None or one.seq is None or one.seq < last_seq or one.seq == one.shown)

    def want(self, contact_id: str, seq: int) -> None:
        """Read on, up to an entry."""
        self._want(self._entries, contact_id, seq)

    # Versions

    def version(self, contact_id: str, version: int) -> bool:
        """A version is at hand; whether it is news."""
        one = self._of(contact_id)
        if version <= one.version:
            return False
        one.version = version
        return True

    def version_of(self, contact_id: str) -> int:
        """The newest version that was told here; 0 where none was."""
        one = self._contacts.get(contact_id)
        return 0 if one is None else one.version

    def refer_version(self, contact_id: str, version: int) -> None:
        """There is a version that somebody here may see."""
        if version > self.version_of(contact_id):
            self._want(self._versions, contact_id, version)

    # What has to be read

    def take_wanted(self, most: int) -> tuple[dict[str, int], list[str]]:
        """What to read now: contacts with the seq after which entries are missing, and contacts as they are now."""
        after, changed = {}, []
        self._taken.clear()
        for contact_id in tuple(islice(self._entries, most)):
            seq = self._taken[contact_id] = self._entries.pop(contact_id)
            told = self._heard_of(contact_id, seq).seq
            if seq > told:  # else it has come in the meantime
                after[contact_id] = told
        for contact_id in tuple(islice(self._versions, most)):
            if self._versions.pop(contact_id) > self.version_of(contact_id):
                changed.append(contact_id)
        return after, changed

    def read_on(self, contact_id: str, seq: int) -> None:
        """What was taken of a contact could be read up to an entry only."""
        self.want(contact_id, max(seq + 1, self._taken[contact_id]))

    def put_back(self, after: dict[str, int], changed: Iterable[str]) -> None:
        """What was taken could not be read."""
        for contact_id in after:
            self.want(contact_id, self._taken[contact_id])
        for contact_id in changed:
            self.refer_version(contact_id, self.version_of(contact_id) + 1)

    @property
    def wants(self) -> bool:
        """Whether anything has to be read."""
        return bool(self._entries or self._versions)

    def _want(self, wanted: dict[str, int], contact_id: str, number: int) -> None:
        known = wanted.get(contact_id, 0)
        if not known and len(wanted) >= MOST_WANTED:
            self.on_too_much()
            return
        wanted[contact_id] = max(known, number)
        self.on_wanted()

    def _of(self, contact_id: str) -> _Contact:
        one = self._contacts.get(contact_id)
        if one is None:
            one = self._contacts[contact_id] = _Contact()
            if len(self._contacts) > _KEPT:
                self._contacts.popitem(last=False)
        else:
            self._contacts.move_to_end(contact_id)
        return one

    def _heard_of(self, contact_id: str, seq: int) -> _Contact:
        """A contact of which there is an entry; where nobody was told anything so far back, begin a little before."""
        one = self._of(contact_id)
        if one.seq is None or seq <= one.shown:
            one.shown = one.seq = max(0, seq - 1 - LOOK_BACK)
        return one

    @staticmethod
    def _go_on(one: _Contact) -> None:
        while one.early and (send := one.early.pop(one.seq + 1, None)) is not None:
            one.seq += 1
            send()
