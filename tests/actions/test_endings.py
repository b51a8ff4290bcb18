"""Leaving, closing, erasing, thanking; and saying that one is not safe."""

import orjson
import pytest

from tests.people import new_id
from zoturi.store import contacts, vault


def story(person) -> list[str]:
    """What happened on this socket, in order: kinds of entries and names of other events."""
    return [data["entry"]["kind"] if name == "entry" else name for name, data in person.events
            if name not in ("presence_changed", "place")]  # fmt: skip


async def test_leaving_while_waiting_closes(people):
    visitor, worker = await people.visitor(), await people.on_duty()
    contact = await visitor.open_contact()
    for person in (visitor, worker):
        await person.settle()
        person.forget()
    await visitor.do("leave_contact", contact_id=contact["id"])
    await visitor.do("leave_contact", contact_id=contact["id"])
    await worker.settle()
    assert story(visitor) == ["left", "closed", "contact_changed"]
    assert story(worker) == ["contact_changed", "contact_gone"]
    assert (await worker.do("watch_desk"))["queue"] == []
    (mine,) = (await visitor.do("watch_mine"))["contacts"]
    assert mine["state"] == "closed"


async def test_leaving_while_talking_is_seen_and_the_worker_closes(people):
    visitor, worker, contact_id = await people.talking()
    await visitor.do("leave_contact", contact_id=contact_id)
    await worker.heard("entry", lambda data: data["entry"]["kind"] == "left")
    assert await visitor.refused("send_message", contact_id=contact_id, client_id=new_id(), text="vielä") == "gone"
    assert await worker.refused("release_contact", contact_id=contact_id) == "gone"
    await worker.do("add_note", contact_id=contact_id, client_id=new_id(), text="lähti kesken")
    await worker.do("close_contact", contact_id=contact_id, outcome="left")
    assert await visitor.kinds(contact_id) == ["opened", "claimed", "left", "closed"]


async def test_closing_tells_the_visitor_and_frees_the_worker(people):
    visitor, worker, contact_id = await people.talking()
    for person in (visitor, worker):
        await person.settle()
        person.forget()
    await worker.do("close_contact", contact_id=contact_id, outcome="guided", reasons=["school"])
    await visitor.settle()
    assert story(visitor) == ["closed", "contact_changed"]
    assert visitor.all_heard("entry")[0]["entry"]["data"] is None
    assert story(worker) == ["closed", "contact_changed", "contact_gone"]
    assert worker.all_heard("entry")[0]["entry"]["data"] == {"outcome": "guided", "reasons": ["school"]}
    assert (await worker.do("watch_desk"))["me"]["live"] == 0
    await worker.do("close_contact", contact_id=contact_id, outcome="advice")  # twice changes nothing
    assert await visitor.kinds(contact_id) == ["opened", "claimed", "closed"]
    assert await worker.refused("close_contact", contact_id=contact_id, outcome="dunno") == "bad_field outcome"
    assert await worker.refused("release_contact", contact_id=contact_id) == "gone"


@pytest.mark.parametrize("state", ["waiting", "claimed", "left", "closed"])
async def test_erasing_leaves_a_skeleton_in_any_state(server, people, state):
    visitor, worker, contact_id = await people.talking(
        nickname="Kettu", age_group="13-17", area="lainela", topics=["mood"], text="salaisuus"
    )
    await worker.do("add_note", contact_id=contact_id, client_id=new_id(), text="huomio")
    await visitor.do("say_not_safe", contact_id=contact_id)
    if state == "waiting":
        await worker.do("release_contact", contact_id=contact_id)
    elif state == "left":
        await visitor.do("leave_contact", contact_id=contact_id)
    elif state == "closed":
        await worker.do("close_contact", contact_id=contact_id, outcome="advice")
        await visitor.do("give_feedback", contact_id=contact_id, helped=4, text="kiitos")
    before = await visitor.kinds(contact_id)
    for person in (visitor, worker):
        await person.settle()
        person.forget()

    await visitor.do("erase_contact", contact_id=contact_id)
    await visitor.do("erase_contact", contact_id=contact_id)

    await worker.settle()
    assert story(visitor) == ["erased", "contact_changed"]
    assert story(worker) == {"waiting": ["contact_changed", "contact_gone"], "closed": []}.get(
        state, ["erased", "contact_changed", "contact_gone"]
    ) or (state == "closed" and set(story(worker)) <= {"erased"})
    (mine,) = (await visitor.do("watch_mine"))["contacts"]
    assert mine["state"] == "closed"
    assert [mine[name] for name in ("nickname", "area", "age_group")] == [None] * 3
    assert mine["topics"] == []
    entries = await visitor.entries(contact_id)
    assert [entry["kind"] for entry in entries] == [*before, "erased"]
    assert all(entry["text"] is None and entry["data"] is None for entry in entries)
    rows = await server.query("SELECT body FROM entry")
    assert {row["body"] for row in rows} == {None}
    (row,) = await server.query("SELECT wrapped_key, week, details FROM contact")
    assert set(row.values()) == {None}
    assert await server.query("SELECT * FROM feedback") == []


async def test_after_erasing_nobody_reads_or_writes(people):
    visitor, worker, contact_id = await people.talking(text="salaisuus")
    sent = {"contact_id": contact_id, "client_id": new_id(), "text": "hei"}
    first = await visitor.do("send_message", **sent)
    await visitor.do("erase_contact", contact_id=contact_id)
    assert await visitor.refused("send_message", contact_id=contact_id, client_id=new_id(), text="x") == "gone"
    assert await worker.refused("send_message", contact_id=contact_id, client_id=new_id(), text="x") == "gone"
    assert await visitor.do("send_message", **sent) == first  # a repeat is still answered
    assert await worker.refused("read_entries", contact_id=contact_id, after=0) == "not_found"
    assert await visitor.refused("say_not_safe", contact_id=contact_id) == "gone"
    assert await visitor.refused("give_feedback", contact_id=contact_id, helped=3) == "gone"
    desk = await worker.do("watch_desk")
    assert (desk["mine"], desk["queue"], desk["me"]["live"]) == ([], [], 0)


async def test_the_erased_contact_shows_its_worker_nothing_of_it(people):
    visitor, worker, contact_id = await people.talking(nickname="Kettu", topics=["violence"])
    await worker.settle()
    worker.forget()
    await visitor.do("erase_contact", contact_id=contact_id)
    last = (await worker.heard("contact_changed"))["contact"]
    assert (last["state"], last["nickname"], last["topics"]) == ("closed", None, [])


async def test_saying_not_safe_flags_and_puts_first(people):
    worker = await people.on_duty()
    first, second = await people.visitor(), await people.visitor()
    one, two = await first.open_contact(), await second.open_contact()
    await second.heard("place", lambda data: data["position"] == 2)
    await second.do("say_not_safe", contact_id=two["id"])
    flagged = await worker.heard("contact_changed", lambda data: data["contact"]["urgency"] == "flagged")
    assert (flagged["contact"]["id"], flagged["contact"]["urgency_reason"]) == (two["id"], "says_not_safe")
    assert [contact["id"] for contact in (await worker.do("watch_desk"))["queue"]] == [two["id"], one["id"]]
    await second.heard("place", lambda data: data["position"] == 1)
    await first.heard("place", lambda data: data["position"] == 2)
    assert "says_not_safe" not in str(second.events)
    assert {data["contact"]["urgency"] for data in second.all_heard("contact_changed")} == {None}


async def test_saying_not_safe_in_chat_reaches_the_worker_once(people):
    visitor, worker, contact_id = await people.talking()
    await worker.settle()
    worker.forget()
    await visitor.do("say_not_safe", contact_id=contact_id)
    await visitor.do("say_not_safe", contact_id=contact_id)
    await worker.settle()
    (changed,) = worker.all_heard("contact_changed")
    assert changed["contact"]["urgency"] == "flagged"


async def test_feedback_is_kept_sealed_and_the_last_one_counts(server, people):
    visitor, worker, contact_id = await people.talking()
    await worker.do("close_contact", contact_id=contact_id, outcome="listened")
    await visitor.do("give_feedback", contact_id=contact_id, helped=2)
    await visitor.do("give_feedback", contact_id=contact_id, helped=5, text=" kiitos avusta ")

    def read(tx):
        (row,) = tx.all("SELECT body FROM feedback")
        key = contacts.key_of(tx, contact_id)
        return orjson.loads(vault.unseal(key, f"{contact_id}:feedback".encode(), row["body"]))

    assert await server.db.read(read) == [5, "kiitos avusta"]
    for wrong in ({"helped": 0}, {"helped": 6}, {"helped": "5"}, {"helped": None}, {"helped": True}):
        assert await visitor.refused("give_feedback", contact_id=contact_id, **wrong) == "bad_field helped"
    assert await visitor.refused("give_feedback", contact_id=contact_id, helped=3, text="\x00") == "bad_text text"
    stranger = await people.visitor()
    assert await stranger.refused("give_feedback", contact_id=contact_id, helped=3) == "not_found"
