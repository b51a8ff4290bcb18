"""What must hold, whatever happens: the checker behind every fault and every randomised story (I1–I8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from tests.people import Person
from zoturi import world
from zoturi.actions import audits
from zoturi.store import contacts, timeline

_TAKES = {"claimed"}
_GIVES = {"released", "returned", "transferred", "closed", "erased"}


async def stored(db) -> dict[str, tuple]:
    """Every contact with all its entries, opened."""

    def everything(tx):
        found = {}
        for row in tx.all("SELECT id FROM contact"):
            contact = contacts.get(tx, row["id"])
            found[contact.id] = (contact, timeline.read(tx, contact, 0, 1_000_000, hidden=True))
        return found

    return await db.read(everything)


async def check(db, people: Iterable[Person]) -> dict[str, tuple]:
    """I1, I2, I4 and I5 over a database and everything these people sent and saw; returns what is stored."""
    house = await stored(db)
    for contact, entries in house.values():
        assert [entry.seq for entry in entries] == list(range(1, contact.last_seq + 1)), f"I2: holes in {contact.id}"
        shown = [entry.seq for entry in entries if entry.kind not in ("note", "call")]
        assert contact.public_seq == (shown[-1] if shown else 0), f"I2: public_seq of {contact.id}"
        one_owner(contact, entries)
    for person in people:
        acknowledged(person, house)
        nothing_invented(person, house)
    return house


def one_owner(contact, entries) -> None:
    """I4: somebody takes only what nobody holds."""
    owner = None
    for entry in entries:
        if entry.kind in _TAKES or (entry.kind == "opened" and entry.role == "worker"):
            assert owner is None, f"I4: {contact.id} was taken twice"
            owner = entry.author
        elif entry.kind in _GIVES:
            owner = None
    if contact.state in ("waiting", "claimed"):
        assert contact.owner == owner, f"I4: the owner of {contact.id} is not the one who took it"


def acknowledged(person: Person, house: dict[str, tuple]) -> None:
    """I1: every acknowledged client id is stored exactly once, under the acknowledged seq, with the text sent."""
    for command, fields, answer in person.answers:
        if not answer["ok"] or command not in ("send_message", "add_note", "open_contact", "log_contact"):
            continue
        contact, entries = house[answer["contact"]["id"] if "contact" in answer else fields["contact_id"]]
        if command == "open_contact" and fields.get("text") is None:
            continue
        mine = [entry for entry in entries if entry.client_id == fields["client_id"]]
        assert len(mine) == 1, f"I1: {fields['client_id']} is stored {len(mine)} times"
        assert mine[0].seq == answer.get("seq", 2), "I1: stored under another seq than acknowledged"
        assert contact.erased or mine[0].text == fields["text"].strip(), "I1: another text than acknowledged"


def nothing_invented(person: Person, house: dict[str, tuple]) -> None:
    """I5: every entry this person was ever shown is stored as it was shown."""
    for contact_id, shown in _shown(person):
        contact, entries = house[contact_id]
        entry = entries[shown["seq"] - 1]
        assert (entry.kind, entry.role) == (shown["kind"], shown["by"]["role"]), "I5: shown, but stored otherwise"
        assert contact.erased or entry.text == shown["text"], "I5: a text was shown that is not stored"


def _shown(person: Person) -> Iterable[tuple[str, dict]]:
    for name, data in person.events:
        if name == "entry":
            yield data["contact_id"], data["entry"]
    for _, fields, answer in person.answers:
        for entry in answer.get("entries", ()):
            yield fields.get("contact_id") or answer["contact"]["id"], entry


async def letters_hold(db, sent: Iterable[tuple]) -> None:
    """I6: every letter that is marked as sent was handed to the mail server at least once, and counted once for us;
    nothing left that nobody asked for. ``sent`` are (to, subject, text, mark).
    """
    rows = await db.read(lambda tx: [dict(row) for row in tx.all("SELECT * FROM outbox")])
    marks = Counter(mark for *_, mark in sent)
    known = {f"{row['kind']}-{row['reference']}-{row['number']}": row for row in rows}
    assert len(known) == len(rows), "I6: a letter stands twice in the outbox"
    assert marks.keys() <= known.keys(), "I6: a letter left that nobody asked for"
    for mark, row in known.items():
        assert row["attempts"] >= marks[mark], f"I6: {mark} left more often than it was tried"
        assert not row["sent"] or marks[mark] >= 1, f"I6: {mark} counts as sent, but never left"
    delivered = await db.read(
        lambda tx: tx.all(
            "SELECT h.id FROM handover h WHERE h.way = 'mail' AND h.state IN ('delivered', 'opened', 'accepted')"
        )
    )
    for row in delivered:
        assert any(mark.startswith(f"handover-{row['id']}-") for mark in marks), "I6: delivered, but nothing left"


def nothing_lost(house: dict[str, tuple]) -> Counter:
    """How many contacts stand in which state."""
    return Counter(contact.state for contact, _ in house.values())


async def chain_holds(db) -> None:
    """I7: once the last lines are old enough to be sealed, the chain of the audit verifies from its start to its mark."""
    problem = await audits.keep_mark(db)  # after a restore it leaves a line of its own, which must settle too
    ours = world.use(world.World())
    later = audits.SETTLED_MS + 60_000
    world.use(replace(ours, now_ms=lambda: ours.now_ms() + later, seconds=lambda: ours.seconds() + later / 1000))
    try:
        while await db.write(audits.seal):
            pass
        problem = problem or await audits.keep_mark(db)
        verdict = await db.read(audits.verify)
    finally:
        world.use(ours)
    assert problem is None and verdict.problem is None, f"I7: {problem or verdict.problem}"
    assert verdict.unsealed == 0, "I7: lines that nobody sealed"


def canaries_in(words: Iterable[str], *places: Path | bytes | str) -> list[str]:
    """I8: which planted words stand in these files, folders or texts, in UTF-8, UTF-16 or as JSON escapes."""
    found = []
    for place in places:
        for name, content in _contents(place):
            for word in words:
                escaped = word.encode("ascii", "backslashreplace")
                forms = {word.encode(), word.encode("utf-16-le"), word.encode("utf-16-be"), escaped}
                found += [f"{word} in {name}" for form in forms if form in content]
    return found


def _contents(place: Path | bytes | str) -> Iterable[tuple[str, bytes]]:
    if isinstance(place, Path):
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.is_file():
                yield path.name, path.read_bytes()
    else:
        yield "a text", place.encode() if isinstance(place, str) else place
