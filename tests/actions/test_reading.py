"""Who may read what; what one may not see answers like what does not exist."""

import pytest

from tests.people import Refused, new_id

NOWHERE = "0000000000000000"
REASON = "a complaint came to the operator"


async def test_a_colleague_reads_nothing(people):
    _, _, contact_id = await people.talking("aino", text="salaisuus")
    onni = await people.on_duty("onni")
    for fields in ({}, {"reason": REASON}):
        answers = [await onni.ask("read_entries", contact_id=id_, after=0, **fields) for id_ in (contact_id, NOWHERE)]
        assert answers[0] == answers[1] == {"ok": False, "code": "not_found", "retry": False}


async def test_nobody_reads_what_still_waits(people):
    visitor, worker = await people.visitor(), await people.on_duty()
    contact = await visitor.open_contact(text="salaisuus")
    assert await worker.refused("read_entries", contact_id=contact["id"], after=0) == "not_found"


async def test_the_owner_reads_for_a_day_after_closing(server, people):
    _, worker, contact_id = await people.talking(text="moi")
    await worker.do("close_contact", contact_id=contact_id, outcome="advice")
    server.clock.move(hours=23, minutes=58)
    assert "moi" in await worker.texts(contact_id)
    server.clock.move(minutes=3)
    assert await worker.refused("read_entries", contact_id=contact_id, after=0) == "not_found"


async def test_a_supervisor_reads_with_a_reason_and_leaves_an_audit_line(server, people):
    _, _, contact_id = await people.talking("aino", text="moi")
    signe = await people.worker("signe")
    assert await signe.refused("read_entries", contact_id=contact_id, after=0) == "bad_field reason"
    for wrong in ("too short", "x" * 501, "         x         "):
        assert await signe.refused("read_entries", contact_id=contact_id, after=0, reason=wrong) == "bad_field reason"
    assert await server.query("SELECT * FROM audit WHERE deed = 'read_with_reason'") == []
    assert "moi" in [entry["text"] for entry in await signe.entries(contact_id, reason=REASON)]
    (line,) = await server.query(
        "SELECT a.object, a.facts, w.email FROM audit a JOIN worker w ON w.key = a.worker"
        " WHERE deed = 'read_with_reason'"
    )
    assert line["object"] == contact_id
    assert REASON in line["facts"]
    assert line["email"] == "signe@demo.example"
    assert await signe.refused("read_entries", contact_id=NOWHERE, after=0, reason=REASON) == "not_found"


async def test_a_supervisors_own_contact_needs_no_reason(people):
    _, signe, contact_id = await people.talking("signe", text="moi")
    assert "moi" in await signe.texts(contact_id)


async def test_an_administrator_does_not_even_join(people):
    admin = await people.worker("admin", connect=False)
    with pytest.raises(Refused, match="forbidden"):
        await admin.connect()


async def test_a_visitor_gives_no_reason_and_gets_no_more(people):
    visitor, _, contact_id = await people.talking()
    code = await visitor.refused("read_entries", contact_id=contact_id, after=0, reason=REASON)
    assert code == "bad_field reason"


VISITOR_COMMANDS = {
    "send_message": {"client_id": "6ff5d3f3-7de0-4c6f-b2ff-04a1fbd0f9a1", "text": "hei"},
    "read_entries": {"after": 0},
    "set_typing": {"typing": True},
    "mark_seen": {"seq": 1},
    "say_not_safe": {},
    "leave_contact": {},
    "erase_contact": {},
    "give_feedback": {"helped": 3},
}
DESK_COMMANDS = {
    "send_message": VISITOR_COMMANDS["send_message"], "add_note": VISITOR_COMMANDS["send_message"],
    "set_typing": {"typing": True}, "mark_seen": {"seq": 1}, "read_entries": {"after": 0}, "release_contact": {},
    "close_contact": {"outcome": "other"},
}  # fmt: skip


@pytest.mark.parametrize("state", ["waiting", "claimed", "closed"])
async def test_what_is_anothers_answers_like_what_is_not_there(server, people, state):
    visitor, worker, contact_id = await people.talking("aino", text="moi")
    if state == "waiting":
        await worker.do("release_contact", contact_id=contact_id)
    elif state == "closed":
        await worker.do("close_contact", contact_id=contact_id, outcome="other")
    kinds = await visitor.kinds(contact_id)
    stranger, colleague = await people.visitor(), await people.on_duty("onni")
    for person, commands in ((stranger, VISITOR_COMMANDS), (colleague, DESK_COMMANDS)):
        for command, fields in commands.items():
            theirs = await person.ask(command, contact_id=contact_id, **fields)
            nothing = await person.ask(command, contact_id=NOWHERE, **fields)
            assert theirs == nothing == {"ok": False, "code": "not_found", "retry": False}, command
    assert await visitor.kinds(contact_id) == kinds


async def test_commands_of_the_other_namespace_are_unknown(people):
    visitor, worker, contact_id = await people.talking()
    for command in (
        "claim_contact",
        "release_contact",
        "close_contact",
        "add_note",
        "watch_desk",
        "set_duty",
        "still_here",
    ):
        assert await visitor.refused(command, contact_id=contact_id) == "unknown_command"
    for command in ("open_contact", "erase_contact", "leave_contact", "say_not_safe", "watch_mine", "give_feedback"):
        assert await worker.refused(command, contact_id=contact_id) == "unknown_command"


async def test_typing_goes_to_the_other_side_only(people):
    visitor, worker, contact_id = await people.talking(nickname="Kettu")
    colleague = await people.on_duty("onni")
    await visitor.do("set_typing", contact_id=contact_id, typing=True)
    assert await worker.heard("typing") == {
        "contact_id": contact_id, "by": {"role": "visitor", "name": "Kettu"}, "typing": True,
    }  # fmt: skip
    await worker.do("set_typing", contact_id=contact_id, typing=False)
    assert await visitor.heard("typing") == {
        "contact_id": contact_id, "by": {"role": "worker", "name": "Aino"}, "typing": False,
    }  # fmt: skip
    await colleague.settle()
    assert [len(person.all_heard("typing")) for person in (visitor, worker, colleague)] == [1, 1, 0]
    assert await visitor.refused("set_typing", contact_id=contact_id, typing="yes") == "bad_field typing"


async def test_seen_never_goes_back_and_waits_for_who_returns(people):
    visitor, worker, contact_id = await people.talking()
    seq = (await visitor.say(contact_id, "moi"))["seq"]
    await worker.do("mark_seen", contact_id=contact_id, seq=seq)
    await worker.do("mark_seen", contact_id=contact_id, seq=1)
    await visitor.settle()
    assert [data["seq"] for data in visitor.all_heard("seen")] == [seq, seq]
    await visitor.hang_up()
    visitor.forget()
    await visitor.connect()
    await visitor.do("watch_mine")
    assert await visitor.heard("seen") == {
        "contact_id": contact_id, "by": {"role": "worker", "name": "Aino"}, "seq": seq,
    }  # fmt: skip


async def test_seen_never_tells_that_there_is_a_note(people):
    visitor, worker, contact_id = await people.talking()
    seq = (await visitor.say(contact_id, "moi"))["seq"]
    note = (await worker.do("add_note", contact_id=contact_id, client_id=new_id(), text="muistiin"))["seq"]
    await worker.do("mark_seen", contact_id=contact_id, seq=note)
    assert (await visitor.heard("seen"))["seq"] == seq < note


async def test_seen_is_stored_nowhere(server, people):
    visitor, worker, contact_id = await people.talking()
    before = await server.query("SELECT * FROM contact")
    await worker.do("mark_seen", contact_id=contact_id, seq=2)
    await visitor.do("set_typing", contact_id=contact_id, typing=True)
    assert await server.query("SELECT * FROM contact") == before


async def test_the_audit_holds_codes_and_ids_only(server, people):
    visitor, worker, contact_id = await people.talking(nickname="Kettu", text="salaisuus", topics=["violence"])
    await worker.do("add_note", contact_id=contact_id, client_id=new_id(), text="huomio")
    await worker.do("release_contact", contact_id=contact_id)
    await worker.do("claim_next")
    await worker.do("close_contact", contact_id=contact_id, outcome="advice")
    await visitor.do("erase_contact", contact_id=contact_id)
    lines = await server.query("SELECT deed, object, facts FROM audit WHERE object = ? ORDER BY key", contact_id)
    assert [line["deed"] for line in lines] == ["claimed", "released", "claimed", "closed", "erased_by_visitor"]
    for word in ("Kettu", "salaisuus", "violence", "huomio", "advice"):
        assert word not in str(lines)
