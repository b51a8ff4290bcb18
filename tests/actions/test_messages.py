"""Saying something: kept once whatever is repeated, refused where it is no text, heard by those who may hear it."""

import asyncio

from yarl import URL

from tests.people import new_id

NO_TEXTS = ["", "   \n", "x" * 4001, "a\x00b", "\x1b[2J", "a\x7fb", "a\x85b"]


async def test_both_sides_hear_each_other_at_once(people):
    visitor, worker, contact_id = await people.talking(nickname="Kettu")
    told = await visitor.say(contact_id, "apua")
    heard = await worker.heard("entry", lambda data: data["entry"]["text"] == "apua")
    assert heard["contact_id"] == contact_id
    assert heard["entry"] == {"seq": told["seq"], "at": told["at"], "kind": "message", "text": "apua", "data": None,
                              "by": {"role": "visitor", "name": "Kettu"}, "client_id": None}  # fmt: skip
    await worker.say(contact_id, "kerro lisää")
    heard = await visitor.heard("entry", lambda data: data["entry"]["text"] == "kerro lisää")
    assert heard["entry"]["by"] == {"role": "worker", "name": "Aino"}


async def test_the_author_hears_it_too_with_the_client_id(people):
    visitor, worker, contact_id = await people.talking()
    for person in (visitor, worker):
        mine = new_id()
        await person.do("send_message", contact_id=contact_id, client_id=mine, text="minä")
        await person.heard("entry", lambda data, mine=mine: data["entry"]["client_id"] == mine)
    for person in (visitor, worker):
        ids = [entry["client_id"] for entry in await person.entries(contact_id) if entry["kind"] == "message"]
        assert ids.count(None) == 1


async def test_one_can_write_while_waiting(people):
    visitor = await people.visitor()
    contact = await visitor.open_contact()
    await visitor.say(contact["id"], "oletko siellä")
    worker = await people.on_duty()
    claimed = await worker.do("claim_contact", contact_id=contact["id"])
    assert [entry["text"] for entry in claimed["entries"]] == [None, "oletko siellä", None]


async def test_a_repeat_answers_the_same_pair_and_stores_nothing(people):
    visitor, worker, contact_id = await people.talking()
    for person, command in ((visitor, "send_message"), (worker, "send_message"), (worker, "add_note")):
        fields = {"contact_id": contact_id, "client_id": new_id(), "text": "kerran"}
        first = await person.do(command, **fields)
        assert await person.do(command, **fields) == first
        assert await person.do(command, **{**fields, "text": "  kerran\n"}) == first
        assert await person.refused(command, **{**fields, "text": "toisin"}) == "conflict"
    assert (await worker.texts(contact_id)) == ["kerran"] * 3


async def test_a_repeat_is_the_same_after_closing_too(people):
    visitor, worker, contact_id = await people.talking()
    mine, theirs = new_id(), new_id()
    first = await visitor.do("send_message", contact_id=contact_id, client_id=mine, text="moi")
    second = await worker.do("send_message", contact_id=contact_id, client_id=theirs, text="moi moi")
    await worker.do("close_contact", contact_id=contact_id, outcome="listened")
    assert await visitor.do("send_message", contact_id=contact_id, client_id=mine, text="moi") == first
    assert await worker.do("send_message", contact_id=contact_id, client_id=theirs, text="moi moi") == second
    assert await visitor.refused("send_message", contact_id=contact_id, client_id=mine, text="muuta") == "conflict"
    assert await visitor.refused("send_message", contact_id=contact_id, client_id=new_id(), text="vielä") == "gone"
    assert await worker.refused("send_message", contact_id=contact_id, client_id=new_id(), text="vielä") == "gone"
    assert await worker.refused("add_note", contact_id=contact_id, client_id=new_id(), text="vielä") == "gone"


async def test_a_client_id_of_somebody_else_or_of_another_kind_is_a_conflict(people):
    visitor, worker, contact_id = await people.talking()
    fields = {"contact_id": contact_id, "client_id": new_id(), "text": "sama"}
    await visitor.do("send_message", **fields)
    assert await worker.refused("send_message", **fields) == "conflict"
    assert await worker.refused("add_note", **fields) == "conflict"


async def test_many_repeats_at_once_are_one(people):
    visitor, worker, contact_id = await people.talking()
    await visitor.hang_up()
    copies = [await _same(people, visitor) for _ in range(4)]
    fields = {"contact_id": contact_id, "client_id": new_id(), "text": "yksi"}
    answers = await asyncio.gather(*(copy.do("send_message", **fields) for copy in copies for _ in range(5)))
    assert all(answer == answers[0] for answer in answers)
    assert await worker.texts(contact_id) == ["yksi"]
    await worker.settle()
    assert [data["entry"]["text"] for data in worker.all_heard("entry")].count("yksi") == 1


async def _same(people, person):
    """The same browser in another tab."""
    other = people.stranger(type(person))
    other.http.cookie_jar.update_cookies({c.key: c.value for c in person.http.cookie_jar}, URL(person.origin))
    await other.connect()
    return other


async def test_what_is_no_text_is_refused_with_its_field(people):
    visitor, worker, contact_id = await people.talking()
    for person, command in ((visitor, "send_message"), (worker, "send_message"), (worker, "add_note")):
        for text in NO_TEXTS:
            fields = {"contact_id": contact_id, "client_id": new_id(), "text": text}
            assert await person.refused(command, **fields) == "bad_text text"
        alone = f'["{command}",{{"contact_id":"{contact_id}","client_id":"{new_id()}","text":"\\ud83d"}}]'
        answer = await person.ask_raw(alone)
        assert (answer["code"], answer["field"]) == ("bad_text", "text")
    assert await worker.texts(contact_id) == []


async def test_fields_that_are_wrong_or_too_many_are_named(people):
    visitor, worker, contact_id = await people.talking()
    right = {"contact_id": contact_id, "client_id": new_id(), "text": "moi"}
    for wrong, field in (
        ({"text": 7}, "text"),
        ({"text": None}, "text"),
        ({"client_id": "x"}, "client_id"),
        ({"contact_id": 5}, "contact_id"),
        ({"contact_id": ""}, "contact_id"),
        ({"contact_id": "x" * 65}, "contact_id"),
        ({"seq": 1}, "seq"),
        ({"at": "now"}, "at"),
        ({"owner": "me"}, "owner"),
        ({"role": "worker"}, "role"),
        ({"kind": "note"}, "kind"),
    ):
        for person in (visitor, worker):
            assert await person.refused("send_message", **{**right, **wrong}) == f"bad_field {field}"
    without = {"contact_id": contact_id, "text": "moi"}
    assert await visitor.refused("send_message", **without) == "bad_field client_id"
    assert await worker.texts(contact_id) == []


async def test_somebody_elses_contact_and_none_at_all_answer_the_same(people):
    _, worker, contact_id = await people.talking()
    stranger = await people.visitor()
    colleague = await people.on_duty("onni")
    for person, commands in ((stranger, ("send_message",)), (colleague, ("send_message", "add_note"))):
        for command in commands:
            answers = [await person.ask(command, contact_id=id_, client_id=new_id(), text="hei")
                       for id_ in (contact_id, "0000000000000000")]  # fmt: skip
            assert answers[0] == answers[1] == {"ok": False, "code": "not_found", "retry": False}
    assert await worker.texts(contact_id) == []


async def test_a_note_never_reaches_the_visitor(people):
    visitor, worker, contact_id = await people.talking()
    await worker.say(contact_id, "ennen")
    note = await worker.do("add_note", contact_id=contact_id, client_id=new_id(), text="sisäinen huomio")
    await worker.say(contact_id, "jälkeen")
    await visitor.settle()
    assert "sisäinen" not in str(visitor.events)
    seqs = [entry["seq"] for entry in await visitor.entries(contact_id)]
    assert note["seq"] not in seqs
    assert seqs == [1, 2, 3, 5]
    assert "sisäinen" not in str(await visitor.do("watch_mine"))
    answer = await visitor.do("read_entries", contact_id=contact_id, after=3)
    assert [entry["seq"] for entry in answer["entries"]] == [5]
    assert await worker.texts(contact_id) == ["ennen", "sisäinen huomio", "jälkeen"]


async def test_the_last_visible_seq_skips_a_note_at_the_end(people):
    visitor, worker, contact_id = await people.talking()
    await worker.say(contact_id, "viesti")
    await worker.do("add_note", contact_id=contact_id, client_id=new_id(), text="huomio")
    assert (await visitor.do("read_entries", contact_id=contact_id, after=0))["last_seq"] == 3
    assert (await worker.do("read_entries", contact_id=contact_id, after=0))["last_seq"] == 4
    (mine,) = (await visitor.do("watch_mine"))["contacts"]
    assert mine["last_seq"] == 3


async def test_long_timelines_are_read_in_pages(people):
    visitor, worker, contact_id = await people.talking()
    await asyncio.gather(*(visitor.say(contact_id, f"rivi {n}") for n in range(210)))
    first = await visitor.do("read_entries", contact_id=contact_id, after=0)
    assert len(first["entries"]) == 200
    rest = await visitor.do("read_entries", contact_id=contact_id, after=first["entries"][-1]["seq"])
    assert len(rest["entries"]) == 12
    assert rest["last_seq"] == 212
    few = await worker.do("read_entries", contact_id=contact_id, after=5, limit=3)
    assert [entry["seq"] for entry in few["entries"]] == [6, 7, 8]
    for wrong in ({"limit": 0}, {"limit": 201}, {"after": -1}, {"after": 2**31}, {"after": "1"}, {"after": True},
                  {"after": 1.5}, {"limit": None, "role": "admin"}):  # fmt: skip
        code = await visitor.refused("read_entries", **{"contact_id": contact_id, "after": 0, **wrong})
        assert code.startswith("bad_field")


async def test_messages_of_one_person_keep_their_order(people):
    visitor, worker, contact_id = await people.talking()
    await asyncio.gather(*(visitor.say(contact_id, str(n)) for n in range(50)))
    assert await worker.texts(contact_id) == [str(n) for n in range(50)]
    await worker.settle()
    heard = [data["entry"]["text"] for data in worker.all_heard("entry") if data["entry"]["kind"] == "message"]
    assert heard == [str(n) for n in range(50)]


async def test_a_text_stays_as_it_was_written(people):
    visitor, worker, contact_id = await people.talking()
    texts = [
        "<script>alert(1)</script>",
        "=1+1",
        "rivi\n\n  sisennys\t!",
        "👩‍👩‍👧 مرحبا \u200fשלום",
        "x" * 4000,
        "\\u0000 \"'`",
    ]
    for text in texts:
        await visitor.say(contact_id, text)
    assert await worker.texts(contact_id) == texts
