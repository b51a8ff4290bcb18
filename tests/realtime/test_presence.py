"""Signs of life: here, away, gone, back; chats whose worker vanished; a day of silence; restarts that orphan nobody."""

from tests.mirror import mirrors


async def alive(server, *people):
    """These people's pages give a sign of life, then a round of the presence job."""
    for person in people:
        await person.settle()
    await server.presence()


async def state_of(worker, contact_id):
    desk = await worker.do("watch_desk")
    return next(c["visitor"] for c in (*desk["queue"], *desk["mine"]) if c["id"] == contact_id)


async def test_here_away_gone_and_here_again(server, people):
    worker, visitor = await people.on_duty(), await people.visitor()
    contact = await visitor.open_contact()
    await visitor.hang_up()
    for minutes, state in ((0.5, "here"), (1, "away"), (6, "away"), (3, "gone")):
        server.clock.move(minutes=minutes)
        await alive(server, worker)
        assert await state_of(worker, contact["id"]) == state
    seen = [data["contact"]["visitor"] for data in worker.all_heard("contact_changed")]
    assert seen == ["here", "away", "gone"]
    await visitor.connect()
    assert await state_of(worker, contact["id"]) == "here"
    assert (await visitor.do("watch_mine"))["contacts"][0]["visitor"] == "here"


async def test_who_is_away_keeps_the_place_and_who_is_gone_leaves_the_live_part(server, people):
    worker, first, second = await people.on_duty(), await people.visitor(), await people.visitor()
    one, two = await first.open_contact(), await second.open_contact()
    await first.hang_up()

    async def queue():
        await alive(server, worker, second)
        return [contact["id"] for contact in (await worker.do("watch_desk"))["queue"]]

    server.clock.move(minutes=5)
    assert await queue() == [one["id"], two["id"]]
    server.clock.move(minutes=6)
    assert await queue() == [two["id"], one["id"]]
    await second.heard("place", lambda data: data["position"] == 1)
    await first.connect()
    assert await queue() == [one["id"], two["id"]]


async def test_a_quiet_but_open_page_stays_here(server, people):
    worker, visitor = await people.on_duty(), await people.visitor()
    contact = await visitor.open_contact()
    for _ in range(20):
        server.clock.move(seconds=50)
        await visitor.send_frame("3")  # the answer to a ping is a sign of life
        await alive(server, worker, visitor)
    assert await state_of(worker, contact["id"]) == "here"


async def test_a_day_of_silence_closes_as_left(server, people):
    worker, visitor = await people.on_duty(), await people.visitor()
    contact = await visitor.open_contact()
    await visitor.hang_up()
    server.clock.move(hours=23, minutes=59)
    await alive(server, worker)
    assert [c["id"] for c in (await worker.do("watch_desk"))["queue"]] == [contact["id"]]
    server.clock.move(minutes=2)
    await alive(server, worker)
    assert (await worker.do("watch_desk"))["queue"] == []
    (row,) = await server.query("SELECT state, visitor_left FROM contact")
    assert row == {"state": "closed", "visitor_left": 1}
    kinds = await server.query("SELECT kind FROM entry ORDER BY seq")
    assert [row["kind"] for row in kinds] == ["opened", "left", "closed"]


async def test_a_vanished_workers_chat_returns_to_the_head_and_the_visitor_is_told(server, people):
    earlier = await people.visitor()
    earlier_contact = await earlier.open_contact()
    visitor, aino, contact_id = await people.talking("aino")
    onni = await people.on_duty("onni")
    await aino.hang_up()
    server.clock.move(minutes=2, seconds=50)
    await alive(server, onni, visitor, earlier)
    assert [c["id"] for c in (await onni.do("watch_desk"))["queue"]] == [earlier_contact["id"]]
    server.clock.move(seconds=20)
    await alive(server, onni, visitor, earlier)
    entry = await visitor.heard("entry", lambda data: data["entry"]["kind"] == "returned")
    assert (entry["entry"]["by"]["role"], entry["entry"]["data"]) == ("system", None)
    await visitor.heard("place", lambda data: data["position"] == 1)
    desk = await onni.do("watch_desk")
    assert [c["id"] for c in desk["queue"]] == [contact_id, earlier_contact["id"]]
    assert [c["on_duty"] for c in desk["colleagues"] if c["name"] == "Aino"] == [False]
    await onni.do("claim_next")
    await aino.connect()
    assert (await aino.do("watch_desk"))["mine"] == []
    assert await aino.refused("send_message", contact_id=contact_id, client_id="6ff5d3f3-7de0-4c6f-b2ff-04a1fbd0f9a1",
                              text="hei") == "not_found"  # fmt: skip


async def test_a_worker_who_only_listens_keeps_the_chat(server, people):
    visitor, aino, contact_id = await people.talking("aino")
    for _ in range(6):
        server.clock.move(minutes=1)
        await aino.send_frame("3")
        await alive(server, aino, visitor)
    desk = await aino.do("watch_desk")
    assert [c["id"] for c in desk["mine"]] == [contact_id]
    assert desk["me"]["on_duty"]


async def test_a_chat_whose_visitor_left_stays_to_be_closed(server, people):
    visitor, aino, contact_id = await people.talking("aino")
    await visitor.do("leave_contact", contact_id=contact_id)
    await aino.hang_up()
    server.clock.move(minutes=30)
    await server.presence()
    (row,) = await server.query("SELECT state, owner FROM contact")
    assert row["state"] == "claimed"
    assert row["owner"] is not None


async def test_a_restart_orphans_nobody(server, people):
    visitor, aino, contact_id = await people.talking("aino")
    waiting = await people.visitor()
    contact = await waiting.open_contact()
    for person in (visitor, aino, waiting):
        await person.hang_up()
    await server.stop()
    server.clock.move(minutes=25)
    await server.start()
    await server.presence()
    server.clock.move(seconds=50)
    await server.presence()
    for person in (visitor, aino, waiting):
        await person.connect()
    desk = await aino.do("watch_desk")
    assert [(c["id"], c["visitor"]) for c in desk["mine"]] == [(contact_id, "here")]
    assert [(c["id"], c["visitor"]) for c in desk["queue"]] == [(contact["id"], "here")]
    assert desk["me"]["on_duty"]
    assert await visitor.kinds(contact_id) == ["opened", "claimed"]


async def test_clocks_that_step_back_harm_nobody(server, people):
    visitor, aino, contact_id = await people.talking("aino")
    for hours in (-1, 1, -24 * 365):
        server.clock.move(hours=hours)
        await alive(server, visitor, aino)
        await visitor.say(contact_id, f"{hours} h")
    assert (await aino.do("watch_desk"))["mine"][0]["id"] == contact_id
    assert await aino.texts(contact_id) == ["-1 h", "1 h", "-8760 h"]


async def test_duty_is_seen_by_the_whole_team(people):
    aino, onni = await people.on_duty("aino"), await people.on_duty("onni")
    views = await mirrors(aino, onni)
    await onni.do("set_duty", on=True, capacity=7, languages=["sv"])
    changed = await aino.heard("presence_changed", lambda data: data["colleague"]["capacity"] == 7)
    assert (changed["colleague"]["name"], changed["colleague"]["languages"]) == ("Onni", ["sv"])
    await onni.do("set_duty", on=False)
    await aino.heard("presence_changed", lambda data: not data["colleague"]["on_duty"])
    for view in views:
        await view.check()


async def test_places_move_up_as_the_queue_does(people):
    worker = await people.on_duty()
    visitors = [await people.visitor() for _ in range(3)]
    ids = [(await visitor.open_contact())["id"] for visitor in visitors]
    for position, visitor in enumerate(visitors, 1):
        await visitor.heard("place", lambda data, position=position: data["position"] == position)
    await visitors[0].do("leave_contact", contact_id=ids[0])
    await visitors[1].heard("place", lambda data: data["position"] == 1)
    await visitors[2].heard("place", lambda data: data["position"] == 2)
    await worker.do("claim_next")
    await visitors[2].heard("place", lambda data: data["position"] == 1)
    answer = await visitors[2].do("watch_mine")
    assert [(place["contact_id"], place["position"]) for place in answer["places"]] == [(ids[2], 1)]
