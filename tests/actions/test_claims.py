"""Claiming: exactly one wins, within what one can take, in the order of the queue."""

import asyncio

from tests.house import demo_site
from tests.people import new_id
from zoturi.actions import accounts, chat
from zoturi.store import people as people_store
from zoturi.wire import OpenContact


async def test_the_claimer_sees_all_and_the_others_see_it_go(people):
    visitor = await people.visitor()
    aino, onni = await people.on_duty("aino"), await people.on_duty("onni")
    contact = await visitor.open_contact(nickname="Kettu", text="moi")
    claimed = await aino.do("claim_contact", contact_id=contact["id"])
    assert claimed["contact"]["nickname"] == "Kettu"
    assert claimed["contact"]["claimed_by"]["name"] == "Aino"
    assert [(entry["kind"], entry["text"]) for entry in claimed["entries"]] == [
        ("opened", None), ("message", "moi"), ("claimed", None),
    ]  # fmt: skip
    assert await onni.heard("contact_gone") == {"contact_id": contact["id"]}
    changed = await visitor.heard("contact_changed", lambda data: data["contact"]["state"] == "claimed")
    assert changed["contact"]["claimed_by"] == {"name": "Aino"}
    assert (await visitor.heard("entry", lambda data: data["entry"]["kind"] == "claimed"))["entry"]["data"] is None
    await aino.settle()
    assert aino.all_heard("contact_gone") == []


async def test_the_second_is_told_who_was_first(people):
    _, _, contact_id = await people.talking("aino")
    onni = await people.on_duty("onni")
    answer = await onni.ask("claim_contact", contact_id=contact_id)
    assert answer == {"ok": False, "code": "already_claimed", "retry": False, "by": "Aino"}


async def test_claiming_ones_own_again_answers_it_again(people):
    visitor, worker, contact_id = await people.talking(text="moi")
    again = await worker.do("claim_contact", contact_id=contact_id)
    assert [entry["kind"] for entry in again["entries"]] == ["opened", "message", "claimed"]
    assert await visitor.kinds(contact_id) == ["opened", "message", "claimed"]


async def test_what_has_ended_is_gone_and_what_never_was_is_not_found(people):
    visitor, worker = await people.visitor(), await people.on_duty()
    contact = await visitor.open_contact()
    await visitor.do("leave_contact", contact_id=contact["id"])
    assert await worker.refused("claim_contact", contact_id=contact["id"]) == "gone"
    assert await worker.refused("claim_contact", contact_id="0000000000000000") == "not_found"


async def test_off_duty_nobody_claims(people):
    visitor, worker = await people.visitor(), await people.worker()
    contact = await visitor.open_contact()
    assert await worker.refused("claim_contact", contact_id=contact["id"]) == "forbidden"
    assert await worker.refused("claim_next") == "forbidden"


async def test_capacity_counts_live_chats_and_a_flagged_one_may_be_one_above(people):
    worker = await people.on_duty(capacity=2)
    visitors = [await people.visitor() for _ in range(5)]
    ids = [(await visitor.open_contact())["id"] for visitor in visitors]
    for contact_id in ids[:2]:
        await worker.do("claim_contact", contact_id=contact_id)
    assert await worker.refused("claim_contact", contact_id=ids[2]) == "at_capacity"
    assert await worker.refused("claim_next") == "at_capacity"
    await visitors[3].do("say_not_safe", contact_id=ids[3])
    await visitors[4].do("say_not_safe", contact_id=ids[4])
    assert (await worker.do("claim_next"))["contact"]["id"] == ids[3]
    assert await worker.refused("claim_contact", contact_id=ids[4]) == "at_capacity"
    await worker.do("close_contact", contact_id=ids[0], outcome="advice")
    assert await worker.refused("claim_contact", contact_id=ids[2]) == "at_capacity"
    await worker.do("claim_contact", contact_id=ids[4])
    me = (await worker.do("watch_desk"))["me"]
    assert (me["live"], me["capacity"]) == (3, 2)


async def test_capacity_can_be_changed_at_work(people):
    worker = await people.on_duty(capacity=1)
    ids = [(await (await people.visitor()).open_contact())["id"] for _ in range(2)]
    await worker.do("claim_contact", contact_id=ids[0])
    assert await worker.refused("claim_next") == "at_capacity"
    me = (await worker.do("set_duty", on=True, capacity=2))["me"]
    assert (me["capacity"], me["live"], me["on_duty"]) == (2, 1, True)
    await worker.do("claim_next")
    for wrong in ({"capacity": 0}, {"capacity": 10}, {"on": 1}, {"on": None}, {"languages": []}, {"role": "admin"}):
        field = next(iter(wrong))
        assert await worker.refused("set_duty", **{"on": True, **wrong}) == f"bad_field {field}"


async def test_next_is_the_first_in_a_language_one_speaks(people):
    worker = await people.on_duty()
    swedish, finnish = await people.visitor(), await people.visitor()
    first = await swedish.open_contact(language="sv")
    second = await finnish.open_contact(language="fi")
    await worker.do("set_duty", on=True, languages=["fi", "en"])
    assert (await worker.do("claim_next"))["contact"]["id"] == second["id"]
    assert await worker.refused("claim_next") == "nothing_waiting"
    await worker.do("set_duty", on=True, languages=["sv"])
    assert (await worker.do("claim_next"))["contact"]["id"] == first["id"]


async def test_next_follows_the_queue(people):
    worker = await people.on_duty(capacity=9)
    visitors = [await people.visitor() for _ in range(4)]
    ids = [(await visitor.open_contact())["id"] for visitor in visitors]
    await visitors[2].do("say_not_safe", contact_id=ids[2])
    taken = [(await worker.do("claim_next"))["contact"]["id"] for _ in range(4)]
    assert taken == [ids[2], ids[0], ids[1], ids[3]]


async def test_a_released_contact_returns_to_the_head(people):
    """Before those who came earlier, too: its visitor has waited once already."""
    earlier = [(await (await people.visitor()).open_contact())["id"] for _ in range(2)]
    visitor, aino, contact_id = await people.talking("aino")
    onni = await people.on_duty("onni")
    await aino.do("release_contact", contact_id=contact_id)
    assert [contact["id"] for contact in (await onni.do("watch_desk"))["queue"]] == [contact_id, *earlier]
    entry = await visitor.heard("entry", lambda data: data["entry"]["kind"] == "released")
    assert entry["entry"]["data"] is None
    await visitor.heard("contact_changed", lambda data: data["contact"]["state"] == "waiting")
    place = await visitor.heard("place", lambda data: data["position"] == 1)
    assert place["contact_id"] == contact_id
    assert (await onni.do("claim_next"))["contact"]["id"] == contact_id
    await aino.settle()
    seen = [data["contact"]["nickname"] for data in aino.all_heard("contact_changed")
            if data["contact"]["state"] == "waiting"]  # fmt: skip
    assert set(seen) == {None}


async def test_who_gave_it_back_holds_it_no_more(people):
    _, aino, contact_id = await people.talking("aino")
    await aino.do("release_contact", contact_id=contact_id)
    for command, fields in (
        ("release_contact", {}),
        ("close_contact", {"outcome": "other"}),
        ("read_entries", {"after": 0}),
        ("set_typing", {"typing": True}),
        ("mark_seen", {"seq": 1}),
    ):
        assert await aino.refused(command, contact_id=contact_id, **fields) == "not_found", command
    assert (await aino.do("watch_desk"))["mine"] == []


async def test_many_workers_and_two_hundred_contacts_each_is_claimed_once(server, people):
    """No contact is taken twice and none is left, however the claims fall."""
    names = [f"tyontekija{n}" for n in range(8)]

    def hire(tx):
        for name in names:
            accounts.add_worker(tx, demo_site(), email=f"{name}@demo.example", name=name, role="worker",
                                team=server.site.teams[0].id, languages=["fi"])  # fmt: skip

    await server.write(hire)
    await server.write(_two_hundred_contacts, server)
    workers = [await people.on_duty(name, capacity=9) for name in names]
    ids = [contact["id"] for contact in (await workers[0].do("watch_desk"))["queue"]]
    assert len(ids) == 200

    async def work(worker):
        won = []
        for contact_id in ids:
            answer = await worker.ask("claim_contact", contact_id=contact_id)
            if answer["ok"]:
                won.append(contact_id)
            elif answer["code"] == "at_capacity":
                break
            else:
                assert answer["code"] == "already_claimed"
        while True:
            answer = await worker.ask("claim_next")
            if not answer["ok"]:
                assert answer["code"] in ("at_capacity", "nothing_waiting")
                return won
            won.append(answer["contact"]["id"])

    won = await asyncio.gather(*(work(worker) for worker in workers))
    flat = [contact_id for each in won for contact_id in each]
    assert len(flat) == len(set(flat)) == 8 * 9
    rows = await server.query("SELECT owner, count(*) AS n FROM contact WHERE state = 'claimed' GROUP BY owner")
    assert [row["n"] for row in rows] == [9] * 8
    claims = await server.query("SELECT contact, count(*) AS n FROM entry WHERE kind = 'claimed' GROUP BY contact")
    assert [row["n"] for row in claims] == [1] * 72


def _two_hundred_contacts(tx, server):
    for n in range(200):
        visitor = people_store.begin_visitor(tx, n.to_bytes(32, "big"))
        command = OpenContact(client_id=new_id(), language="fi")
        chat.open_contact(tx, visitor, server.site, server.settings.zone, command)
