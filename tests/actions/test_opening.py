"""Opening a contact: one live chat a session, kept through every repeat, refused where it does not fit."""

from tests.crowd import People
from tests.house import demo_site
from tests.people import new_id


async def test_a_contact_is_opened_with_everything_the_visitor_told(people):
    visitor = await people.visitor()
    contact = await visitor.open_contact(nickname="  Kettu   77 ", age_group="13-17", area="lainela",
                                         topics=["school", "sleep", "school"], text="moi")  # fmt: skip
    assert contact["state"] == "waiting"
    assert contact["nickname"] == "Kettu 77"
    assert contact["topics"] == ["school", "sleep"]
    assert (contact["channel"], contact["language"], contact["visitor"]) == ("chat", "fi", "here")
    assert contact["last_seq"] == 2
    first, second = await visitor.entries(contact["id"])
    assert (first["kind"], first["seq"], first["by"]["role"]) == ("opened", 1, "visitor")
    assert (second["kind"], second["seq"], second["text"]) == ("message", 2, "moi")
    assert second["by"]["name"] == "Kettu 77"


async def test_everything_is_optional(people):
    visitor = await people.visitor()
    contact = await visitor.open_contact()
    assert [contact[name] for name in ("nickname", "age_group", "area")] == [None, None, None]
    assert contact["topics"] == []
    assert await visitor.kinds(contact["id"]) == ["opened"]


async def test_a_second_live_chat_is_a_conflict_that_names_the_first(people):
    visitor = await people.visitor()
    contact = await visitor.open_contact()
    answer = await visitor.ask("open_contact", client_id=new_id(), language="fi")
    assert answer == {"ok": False, "code": "conflict", "retry": False, "contact_id": contact["id"]}


async def test_opening_again_is_possible_once_the_first_has_ended(people):
    visitor = await people.visitor()
    first = await visitor.open_contact()
    await visitor.do("leave_contact", contact_id=first["id"])
    second = await visitor.open_contact()
    assert second["id"] != first["id"]
    await visitor.do("erase_contact", contact_id=second["id"])
    await visitor.open_contact()


async def test_one_who_left_a_claimed_chat_may_open_another(people):
    visitor, _, contact_id = await people.talking()
    await visitor.do("leave_contact", contact_id=contact_id)
    assert (await visitor.open_contact())["id"] != contact_id


async def test_two_visitors_have_a_chat_each(people):
    one, other = await people.visitor(), await people.visitor()
    assert (await one.open_contact())["id"] != (await other.open_contact())["id"]


async def test_a_repeated_opening_answers_the_same_contact(people):
    visitor = await people.visitor()
    fields = {"client_id": new_id(), "language": "fi", "nickname": "Kettu", "topics": ["school"], "text": "moi"}
    first = await visitor.open_contact(**fields)
    again = await visitor.open_contact(**fields)
    assert again == first
    assert await visitor.kinds(first["id"]) == ["opened", "message"]
    await visitor.do("leave_contact", contact_id=first["id"])
    after_closing = await visitor.open_contact(**fields)
    assert (after_closing["id"], after_closing["state"]) == (first["id"], "closed")


async def test_the_same_client_id_with_other_content_is_a_conflict(people):
    visitor = await people.visitor()
    fields = {"client_id": new_id(), "language": "fi", "nickname": "Kettu", "topics": ["school"], "text": "moi"}
    contact = await visitor.open_contact(**fields)
    for other in ({"text": "hei"}, {"text": None}, {"nickname": "Susi"}, {"topics": ["sleep"]}, {"age_group": "18-24"},
                  {"language": "sv"}):  # fmt: skip
        answer = await visitor.ask("open_contact", **{**fields, **other})
        assert (answer["code"], answer.get("contact_id")) == ("conflict", contact["id"]), other


async def test_a_client_id_belongs_to_its_session(people):
    one, other = await people.visitor(), await people.visitor()
    shared = new_id()
    assert (await one.open_contact(client_id=shared))["id"] != (await other.open_contact(client_id=shared))["id"]


WRONG = [
    ("client_id", "not-a-uuid", "bad_field client_id"),
    ("client_id", None, "bad_field client_id"),
    ("client_id", 7, "bad_field client_id"),
    ("language", "f", "bad_field language"),
    ("language", "fi; DROP TABLE", "bad_field language"),
    ("age_group", "13-18", "bad_field age_group"),
    ("age_group", 13, "bad_field age_group"),
    ("area", "helsinki", "bad_field area"),
    ("area", ["lainela"], "bad_field area"),
    ("topics", ["gossip"], "bad_field topics"),
    ("topics", "school", "bad_field topics"),
    ("topics", ["school"] * 21, "bad_field topics"),
    ("nickname", "x" * 41, "bad_text nickname"),
    ("nickname", "x" * 201, "bad_field nickname"),
    ("nickname", "a\x00b", "bad_text nickname"),
    ("text", "", "bad_text text"),
    ("text", "x" * 4001, "bad_text text"),
    ("text", 5, "bad_field text"),
    ("role", "supervisor", "bad_field role"),
    ("urgency", "flagged", "bad_field urgency"),
    ("seq", 9, "bad_field seq"),
    ("team", "other", "bad_field team"),
    ("carry", 5, "bad_field carry"),
]


async def test_what_does_not_fit_is_refused_and_nothing_is_opened(people):
    visitor = await people.visitor()
    for field, value, code in WRONG:
        fields = {"client_id": new_id(), "language": "fi", field: value}
        assert await visitor.refused("open_contact", **fields) == code, (field, value)
    assert (await visitor.do("watch_mine"))["contacts"] == []


async def test_no_command_at_all_in_the_command(people):
    visitor = await people.visitor()
    for payload in ('["open_contact"]', '["open_contact",null]', '["open_contact",[]]', '["open_contact",{},{}]'):
        answer = await visitor.ask_raw(payload)
        assert (answer["ok"], answer["code"]) == (False, "bad_field")


async def test_a_closed_chat_opens_to_nobody(serve):
    site = demo_site()
    server = await serve(site=site.model_copy(update={"hours": {"fi": site.hours["fi"]}}))
    people = People(server)
    visitor = await people.visitor()
    assert await visitor.refused("open_contact", client_id=new_id(), language="sv") == "closed_now"
    await visitor.open_contact(language="fi")  # closed_now depends on the hours of the language alone
    await people.leave()


async def test_nobody_on_duty_is_still_open_and_says_so(people):
    visitor = await people.visitor()
    contact = await visitor.open_contact()
    place = await visitor.heard("place")
    assert place == {
        "contact_id": contact["id"],
        "position": 1,
        "wait_minutes": None,
        "anyone_here": False,
        "stopped": False,
    }


async def test_the_desk_sees_it_appear_without_nickname_or_text(people):
    worker = await people.on_duty()
    visitor = await people.visitor()
    contact = await visitor.open_contact(nickname="Kettu", text="salaisuus", topics=["mood"], age_group="13-17")
    seen = (await worker.heard("contact_changed"))["contact"]
    assert (seen["id"], seen["topics"], seen["age_group"]) == (contact["id"], ["mood"], "13-17")
    assert seen["nickname"] is None
    assert "Kettu" not in str(worker.events)
    assert "salaisuus" not in str(worker.events)
    assert worker.all_heard("entry") == []
    (queued,) = (await worker.do("watch_desk"))["queue"]
    assert queued == seen
