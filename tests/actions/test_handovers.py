"""Handing over to a service: nothing without a yes, nothing twice, and in sight until somebody has taken it on."""

from __future__ import annotations

import re
import sqlite3
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from tests.invariants import check, letters_hold
from tests.mirror import mirrors
from tests.people import new_id
from zoturi.actions import posting
from zoturi.domain.refusals import Refusal
from zoturi.gateways.mail import MailFailed
from zoturi.jobs.runner import Leases
from zoturi.jobs.schedule import Work
from zoturi.store import handovers, services

BY_MAIL = "perheneuvola"
SECRET = "Äiti ja isä riitelevät joka ilta."
PIN = "2468"


class Post:
    """A mail server that may be down."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str, str]] = []
        self.down = False

    async def send(self, to, subject, text, mark=None) -> None:
        if self.down:
            raise MailFailed
        self.sent.append((to, subject, text, mark))

    @property
    def links(self) -> list[str]:
        return [re.search(r"/handover/([0-9a-f]{64})", text)[1] for _, _, text, _ in self.sent]


@pytest.fixture
async def post(server):
    """The post of this server: `await post()` sends what shall leave now."""
    await server.write(services.set_pin, BY_MAIL, PIN)
    mail = Post()
    work = Work(server.house, None, 0, mail, Leases(server.db))

    async def send() -> Post:
        await work.post()
        return mail

    send.mail, send.work = mail, work
    return send


async def desk_service(server) -> str:
    """A service that takes handovers at a desk, and its team."""
    found = [s for s in await server.db.read(services.everything) if s.takes_handovers == "desk"]
    return found[0].id, found[0].team


async def offered(worker, contact_id, service_id=BY_MAIL, **fields):
    fields = {"summary": "Riitoja kotona, nuori on väsynyt.", "include": ["summary"], **fields}
    return (await worker.do("offer_handover", contact_id=contact_id, service_id=service_id, **fields))["handover"]


async def agreed(visitor, handover, **fields):
    return (await visitor.do("answer_handover", handover_id=handover["id"], agree=True, **fields))["handover"]


async def state_of(server, handover) -> str:
    return (await server.query("SELECT state FROM handover WHERE id = ?", handover["id"]))[0]["state"]


async def move_worker(server, name, team):
    """A member of staff works in another team from now on."""
    await server.write(lambda tx: tx.run("INSERT INTO team (id) VALUES (?) ON CONFLICT DO NOTHING", team))
    await server.write(
        lambda tx: tx.run("UPDATE worker SET team = (SELECT key FROM team WHERE id = ?) WHERE email = ?",
                          team, f"{name}@demo.example")
    )  # fmt: skip


async def test_the_person_narrows_it_and_exactly_that_leaves(server, people, post):
    visitor, aino, contact_id = await people.talking("aino", language="sv", text=SECRET)
    await visitor.say(contact_id, "en halua kertoa tätä muille")
    made = await offered(aino, contact_id, include=["summary", "messages"], entry_seqs=[2])
    assert (made["state"], made["include"]) == ("offered", ["summary", "messages"])
    assert [said["text"] for said in made["package"]["messages"]] == [SECRET]
    assert made["due_at"] is None

    # The person sees to whom and what; before a yes nothing can leave, whatever the post does.
    (theirs,) = (await visitor.do("watch_mine"))["handovers"]
    assert (theirs["package"], theirs["service"]["name"]) == (made["package"], "Familjerådgivningen")
    assert (await post()).sent == []
    told = await visitor.heard("handover_changed")
    assert (told["contact_id"], told["handover"]["state"]) == (contact_id, "offered")

    for wrong in ([], ["callback"]):
        fields = {"handover_id": made["id"], "agree": True, "include": wrong}
        assert await visitor.refused("answer_handover", **fields) == "bad_field include"
    narrowed = await agreed(visitor, made, include=["summary"])
    assert (narrowed["state"], narrowed["include"]) == ("queued", ["summary"])
    assert "messages" not in narrowed["package"]
    # The same yes once more is the same yes; another one is none.
    assert await agreed(visitor, made, include=["summary"]) == narrowed
    fields = {"handover_id": made["id"], "agree": True, "include": ["summary", "messages"]}
    assert await visitor.refused("answer_handover", **fields) == "conflict"

    mail = await post()
    assert [to for to, *_ in mail.sent] == ["perheneuvola@lainela.example"]
    assert "Riitoja" not in str(mail.sent) and "riitelevät" not in str(mail.sent) and "Perhe" not in mail.sent[0][2]
    await aino.heard("handover_changed", lambda data: data["handover"]["state"] == "delivered")
    await post()
    assert len(mail.sent) == 1
    kinds = [(e["data"] or {}).get("state") for e in await visitor.entries(contact_id) if e["kind"] == "handover"]
    assert kinds == ["offered", "consented", "queued", "delivered"]
    consent = (await server.db.read(handovers.get, made["id"])).body.consent
    assert (consent["how"], consent["read_in"], consent["version"]) == ("here", "sv", 1)
    assert "Familjerådgivningen" in consent["text"]
    # At rest nothing of it can be read.
    rows = await server.query("SELECT * FROM handover") + await server.query("SELECT * FROM outbox")
    assert "Riitoja" not in str(rows) and mail.links[0] not in str(rows)
    await check(server.db, people.all)
    await letters_hold(server.db, mail.sent)


async def test_without_a_yes_the_database_itself_says_no(server, people, kind):
    _, aino, contact_id = await people.talking("aino")
    made = await offered(aino, contact_id)
    for state in ("queued", "delivered", "opened", "accepted"):
        with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError, Refusal)):
            await server.write(
                lambda tx, state=state: tx.run("UPDATE handover SET state = ? WHERE id = ?", state, made["id"])
            )
    assert await state_of(server, made) == "offered"
    server.expected_errors.add("deed_failed")


async def test_only_whose_matter_it_is_answers(server, people):
    visitor, aino, contact_id = await people.talking("aino")
    made = await offered(aino, contact_id)
    stranger, onni = await people.visitor(), await people.on_duty("onni")
    for handover_id in (made["id"], "0000000000000000"):
        assert await stranger.refused("answer_handover", handover_id=handover_id, agree=True) == "not_found"
        fields = {"handover_id": handover_id}
        assert await onni.refused("record_consent", how="phone", read_in="fi", **fields) == "not_found"
        for command in ("withdraw_handover", "open_handover", "accept_handover"):
            assert await onni.refused(command, **fields) == "not_found"
        assert await onni.refused("decline_handover", reason="ei", **fields) == "not_found"
    assert await state_of(server, made) == "offered"
    assert (
        await onni.refused(
            "offer_handover", contact_id=contact_id, service_id=BY_MAIL, summary="x", include=["summary"]
        )
        == "not_found"
    )


async def test_what_can_not_be_offered(server, people):
    visitor, aino, contact_id = await people.talking("aino", text="moi")
    await aino.do("add_note", contact_id=contact_id, client_id=new_id(), text="Vain meille.")
    for wrong, field in (
        ({"service_id": "no-such-service"}, "service_id"),
        ({"include": ["messages"], "entry_seqs": [4]}, "entry_seqs"),  # a note
        ({"include": ["messages"], "entry_seqs": [99]}, "entry_seqs"),
        ({"include": ["messages"]}, "entry_seqs"),
        ({"include": ["test_answers"]}, "include"),
        ({"include": ["callback"]}, "include"),
        ({"summary": "  "}, "summary"),
    ):
        fields = {"contact_id": contact_id, "service_id": BY_MAIL, "summary": "S", "include": ["summary"], **wrong}
        assert (await aino.refused("offer_handover", **fields)).endswith(field), wrong
    assert await server.query("SELECT id FROM handover") == []


async def test_a_changed_draft_needs_a_new_yes(server, people, post):
    visitor, aino, contact_id = await people.talking("aino")
    first = await offered(aino, contact_id)
    await agreed(visitor, first)
    second = await offered(aino, contact_id, summary="Toinen teksti.")
    assert [h["state"] for h in (await visitor.do("watch_mine"))["handovers"]] == ["withdrawn", "offered"]
    assert (await post()).sent == []
    assert await visitor.refused("answer_handover", handover_id=first["id"], agree=True) == "gone"

    await agreed(visitor, second)

    def forge(tx):
        # Somebody with all our keys, but without a yes.
        known = handovers.get(tx, second["id"])
        known.body.package["summary"] = "Jotain muuta."
        handovers.change(tx, known, body=known.body)

    await server.write(forge)
    assert (await post()).sent == []


async def test_a_yes_by_phone_and_a_summary_they_can_not_read(people, post):
    visitor, aino, contact_id = await people.talking("aino", language="sv")
    made = await offered(aino, contact_id, written_in="fi")
    assert await visitor.refused("answer_handover", handover_id=made["id"], agree=True) == "conflict read_in"
    said = {"handover_id": made["id"], "how": "phone", "read_in": "so"}
    first = (await aino.do("record_consent", **said))["handover"]
    assert first["state"] == "queued"
    assert (await aino.do("record_consent", **said))["handover"] == first
    assert len((await post()).sent) == 1


async def test_taken_back_until_it_is_opened(server, people, post):
    visitor, aino, contact_id = await people.talking("aino")
    onni_service, team = await desk_service(server)
    for who in (visitor, aino):
        made = await offered(aino, contact_id)
        await agreed(visitor, made)
        command = ("answer_handover", {"agree": False}) if who is visitor else ("withdraw_handover", {})
        for _ in range(2):
            done = await who.do(command[0], handover_id=made["id"], **command[1])
            assert done["handover"]["state"] == "withdrawn"
    assert (await post()).sent == []

    await move_worker(server, "onni", team)
    onni = await people.on_duty("onni")
    made = await offered(aino, contact_id, onni_service)
    assert (await onni.do("watch_desk"))["handovers"] == []
    assert (await agreed(visitor, made))["state"] == "delivered"
    (arrived,) = (await onni.do("watch_desk"))["handovers"]
    assert (arrived["package"], arrived["side"]) == (None, "receiver")
    opened = (await onni.do("open_handover", handover_id=made["id"]))["handover"]
    assert opened["package"]["summary"] == "Riitoja kotona, nuori on väsynyt."
    assert await visitor.refused("answer_handover", handover_id=made["id"], agree=False) == "conflict"
    assert await aino.refused("withdraw_handover", handover_id=made["id"]) == "conflict"
    assert (
        await aino.refused(
            "offer_handover", contact_id=contact_id, service_id=onni_service, summary="S", include=["summary"]
        )
        == "conflict"
    )


async def test_in_sight_until_a_service_says_yes(server, people, post, clock):
    visitor, aino, contact_id = await people.talking("aino", text="moi")
    service_id, team = await desk_service(server)
    await move_worker(server, "onni", team)
    onni = await people.on_duty("onni")
    watching = await mirrors(visitor, aino, onni)
    made = await offered(aino, contact_id, service_id)
    closing = await aino.ask("close_contact", contact_id=contact_id, outcome="guided")
    assert (closing["code"], closing["handover_id"]) == ("conflict", made["id"])
    await agreed(visitor, made)
    await visitor.do("leave_contact", contact_id=contact_id)
    (held,) = (await aino.do("watch_desk"))["mine"]
    assert held["written"] and (await aino.do("watch_desk"))["me"]["live"] == 0
    await onni.do("open_handover", handover_id=made["id"])
    assert (
        await onni.refused("accept_handover", handover_id=made["id"], contact_by="2020-01-01") == "bad_field contact_by"
    )
    by = clock_day(clock, 3)
    accepted = (await onni.do("accept_handover", handover_id=made["id"], contact_by=by))["handover"]
    assert (accepted["state"], accepted["contact_by"]) == ("accepted", by)
    assert (await onni.do("accept_handover", handover_id=made["id"], contact_by=by))["handover"] == accepted
    told = await visitor.heard("handover_changed", lambda data: data["handover"]["state"] == "accepted")
    assert told["handover"]["contact_by"] == by
    assert (await visitor.do("watch_mine"))["contacts"][0]["state"] == "handed_over"
    gone = await aino.heard("contact_changed", lambda data: data["contact"]["state"] == "handed_over")
    assert gone["contact"]["id"] == contact_id
    assert (await aino.do("watch_desk"))["mine"] == []
    for mirror in watching:
        await mirror.check()
    await check(server.db, people.all)


def clock_day(clock, days: int) -> str:
    return (datetime.fromtimestamp(clock() / 1000, UTC) + timedelta(days=days)).date().isoformat()


async def test_a_no_brings_it_back_with_the_reason_for_staff_alone(server, people):
    visitor, aino, contact_id = await people.talking("aino", text="moi")
    service_id, team = await desk_service(server)
    await move_worker(server, "onni", team)
    onni = await people.on_duty("onni")
    watching = await mirrors(visitor, aino, onni)
    later = (await (await people.visitor()).open_contact())["id"]
    made = await offered(aino, contact_id, service_id)
    await agreed(visitor, made)
    await onni.do("open_handover", handover_id=made["id"])
    assert await onni.refused("decline_handover", handover_id=made["id"], reason=" ") == "bad_text reason"
    await onni.do("decline_handover", handover_id=made["id"], reason="Jono on täynnä.")
    assert [c["id"] for c in (await aino.do("watch_desk"))["queue"]] == [contact_id, later]
    assert "Jono" not in str(visitor.events) and "Jono" not in str(await visitor.do("watch_mine"))
    taken = await aino.do("claim_contact", contact_id=contact_id)
    last = [(e["kind"], e["data"]) for e in taken["entries"] if e["kind"] in ("handover", "returned")][-2:]
    assert last[0][1]["reason"] == "Jono on täynnä." and last[1] == ("returned", {"reason": "handover_declined"})
    for mirror in watching:
        await mirror.check()
    await check(server.db, people.all)


async def test_an_hour_without_a_mail_server(server, people, post, clock):
    visitor, aino, contact_id = await people.talking("aino")
    made = await offered(aino, contact_id)
    await agreed(visitor, made)
    post.mail.down = True
    for _ in range(60):
        await post()
        clock.move(minutes=1)
    (mine,) = (await aino.do("watch_desk"))["handovers"]
    assert mine["state"] == "queued" and 5 <= mine["attempts"] <= 7
    post.mail.down = False
    clock.move(hours=1)
    await post()
    assert len(post.mail.sent) == 1
    assert (await aino.do("watch_desk"))["handovers"][0]["state"] == "delivered"
    await letters_hold(server.db, post.mail.sent)


async def test_whoever_dies_between_sending_and_marking_sends_it_twice_but_once_for_us(server, people, post, clock):
    visitor, aino, contact_id = await people.talking("aino")
    made = await offered(aino, contact_id)
    await agreed(visitor, made)
    parcel = await server.write(posting.take, server.house, "somebody who dies")
    await post.mail.send(parcel.letter.to, parcel.letter.subject, parcel.letter.text, parcel.mark)
    assert (await post()).sent == post.mail.sent[:1]  # it is still leased
    clock.move(minutes=3)
    await post()
    assert await server.write(posting.left, parcel) is False  # and the dead one comes back
    assert [mark for *_, mark in post.mail.sent] == [parcel.mark] * 2
    assert len({text for _, _, text, _ in post.mail.sent}) == 1
    kinds = [(e["data"] or {}).get("state") for e in await aino.entries(contact_id) if e["kind"] == "handover"]
    assert kinds.count("delivered") == 1
    await letters_hold(server.db, post.mail.sent)


async def test_half_way_a_reminder_and_at_the_end_the_head_of_the_queue(server, people, post, clock):
    visitor, aino, contact_id = await people.talking("aino", text="moi")
    made = await offered(aino, contact_id)
    queued = await agreed(visitor, made)
    await post()
    known = await server.db.read(handovers.get, made["id"])
    clock.move(seconds=(known.remind_at - clock()) / 1000 + 60)
    for _ in range(2):
        await server.jobs["handovers"]()
        await post()
    assert post.mail.links[0] == post.mail.links[1] and len(post.mail.sent) == 2
    clock.move(seconds=(known.due_at - clock()) / 1000 + 60)
    await server.jobs["handovers"]()
    assert await state_of(server, made) == "expired" and queued["due_at"] is not None
    back = await server.db.read(lambda tx: dict(tx.one("SELECT * FROM contact WHERE id = ?", contact_id)))
    assert (back["state"], back["returned"], back["owner"]) == ("waiting", 1, None)
    entry = (await visitor.entries(contact_id))[-1]
    assert (entry["kind"], entry["data"]) == ("returned", None)
    await server.presence()
    clock.move(hours=30)
    await server.presence()
    assert (await server.query("SELECT state FROM contact WHERE id = ?", contact_id))[0]["state"] == "waiting"
    await check(server.db, people.all)


async def test_a_mail_that_never_left_says_so(server, people, post, clock):
    visitor, aino, contact_id = await people.talking("aino")
    made = await offered(aino, contact_id)
    await agreed(visitor, made)
    clock.move(days=14)
    await server.jobs["handovers"]()
    reasons = await server.query("SELECT deed FROM audit WHERE deed = 'handover_undeliverable'")
    assert len(reasons) == 1 and await state_of(server, made) == "expired"
    assert (await post()).sent == []


async def test_erasing_takes_back_what_nobody_opened_and_keeps_no_word(server, people, post):
    visitor, aino, contact_id = await people.talking("aino", text=SECRET)
    made = await offered(aino, contact_id, include=["summary", "messages"], entry_seqs=[2])
    await agreed(visitor, made)
    await visitor.do("erase_contact", contact_id=contact_id)
    assert await state_of(server, made) == "withdrawn"
    assert (await post()).sent == []
    (row,) = await server.query("SELECT body FROM handover")
    assert row["body"] is None
    (mine,) = (await visitor.do("watch_mine"))["handovers"]
    assert (mine["state"], mine["package"]) == ("withdrawn", None)
    assert await visitor.refused("answer_handover", handover_id=made["id"], agree=True) == "gone"
    await check(server.db, people.all)


async def test_the_duty_to_notify_is_logged_for_staff_alone(people):
    visitor, aino, contact_id = await people.talking("aino", text="moi")
    said = {"contact_id": contact_id, "client_id": new_id(), "codes": ["notified", "told_young_person"]}
    first = await aino.do("log_notice", **said)
    assert await aino.do("log_notice", **said) == first
    assert await aino.refused("log_notice", **said | {"codes": ["police"]}) == "conflict"
    note = (await aino.entries(contact_id))[-1]
    assert (note["kind"], note["data"]) == ("note", {"notify": ["notified", "told_young_person"]})
    assert "note" not in await visitor.kinds(contact_id)


async def test_who_asked_from_outside_the_family_agrees_to_nothing_for_it(server, people, post):
    visitor, aino, contact_id = await people.talking("aino", text="moi")
    await server.write(lambda tx: tx.run("UPDATE contact SET channel = 'help_button' WHERE id = ?", contact_id))
    visitor.forget()
    made = await offered(aino, contact_id)
    assert await visitor.refused("answer_handover", handover_id=made["id"], agree=True) == "not_found"
    assert (await visitor.do("watch_mine"))["handovers"] == []
    await aino.do("record_consent", handover_id=made["id"], how="phone", read_in="fi")  # the family's own yes
    assert len((await post()).sent) == 1
    await visitor.settle()
    assert visitor.all_heard("handover_changed") == [] and visitor.all_heard("entry") == []


async def test_whoever_takes_the_contact_next_sees_its_handovers(people):
    visitor, aino, contact_id = await people.talking("aino")
    made = await offered(aino, contact_id)
    onni = await people.on_duty("onni")
    await aino.do("release_contact", contact_id=contact_id)
    assert (await aino.do("watch_desk"))["handovers"] == []
    await onni.do("claim_contact", contact_id=contact_id)
    told = await onni.heard("handover_changed")
    assert told["handover"] == made == (await onni.do("watch_desk"))["handovers"][0]
    assert (await onni.do("withdraw_handover", handover_id=made["id"]))["handover"]["state"] == "withdrawn"
