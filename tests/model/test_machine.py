"""Anything may happen next: the served house against a model of it, and everybody's view against a fresh one."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from yarl import URL

from tests.crowd import People
from tests.house import Clock, Server, copy_folder
from tests.invariants import chain_holds, check
from tests.mirror import mirrors
from tests.model.model import AWAY, GONE, LONG_AGO, ORPHANED, SILENT_DAY, Model, Talk
from tests.people import Refused, new_id
from zoturi import world
from zoturi.actions import upkeep
from zoturi.jobs import schedule
from zoturi.realtime import places
from zoturi.store import contacts
from zoturi.web.sessions import cookie_names

pytestmark = pytest.mark.faults

EXAMPLES = int(os.environ.get("ZOTURI_TEST_EXAMPLES", "20"))
STEPS = 50
CAPACITY = 1
MARGIN = 30  # seconds; no test of a time limit comes closer to it than this
STAFF = ("aino", "onni")
VISITORS = 3

visitors = st.integers(0, VISITORS - 1)
workers = st.sampled_from(STAFF)
talks = st.integers(0, 5)  # which one: mostly the newest, or the newest of one's own


class Machine(RuleBasedStateMachine):
    """Three visitors and two workers at a served house, over real sockets."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.do = self.runner.run
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock()
        self.before = world.use(world.World(now_ms=self.clock, seconds=self.clock.seconds))
        self.server = Server(copy_folder(self.template, Path(self.folder.name) / "data"), None, self.clock, {})
        self.people: dict[int | str, object] = {}
        self.views: dict[int | str, object] = {}
        self.said: list[tuple[int | str, str, str, dict, dict]] = []
        self.do(self.begin())

    async def begin(self) -> None:
        await self.server.start()
        self.crowd = People(self.server)
        for name in STAFF:
            self.people[name] = await self.crowd.on_duty(name, CAPACITY)
        self.workers = {name: (await self.people[name].do("watch_desk"))["me"]["id"] for name in STAFF}
        self.model = Model(STAFF, CAPACITY, self.now)
        for number in range(VISITORS):
            self.people[number] = await self.crowd.visitor()
            self.model.seen(number, self.now)
        self.views = dict(zip(self.people, await mirrors(*self.people.values()), strict=True))

    def teardown(self) -> None:
        try:
            self.do(self.everything_agrees())
            self.do(check(self.server.db, self.crowd.all))
            self.do(chain_holds(self.server.db))
            self.do(self.crowd.leave())
            self.do(self.server.stop())
            assert not self.server.errors(), self.server.errors()
        finally:
            if self.server.running is not None:
                self.do(self.server.stop())
            self.runner.close()
            world.use(self.before)
            self.folder.cleanup()

    # Who is there

    @property
    def now(self) -> float:
        return self.clock() / 1000

    def there(self, who: int | str) -> bool:
        return not self.people[who].closed.is_set()

    def talk(self, who: int | str, at: int) -> Talk:
        """One of one's own, two times of three, where there is one; else one of the newest."""
        own = [talk for talk in self.model.talks if who in (talk.visitor, talk.owner)]
        known = own if own and at % 3 else self.model.talks
        return known[-1 - at // 3 % len(known)]

    async def asked(self, expected: str, who: int | str, command: str, **fields) -> dict:
        """Send a command whose answer the model knows."""
        answer = await self.people[who].ask(command, **fields)
        assert ("ok" if answer["ok"] else answer["code"]) == expected, (who, command, answer, expected)
        return answer

    # What may happen

    @rule(v=visitors, text=st.sampled_from([None, "moi"]))
    @precondition(lambda self: len(self.model.talks) < 12)
    def open(self, v, text):
        async def go():
            fields = {"client_id": new_id(), "language": "fi", "nickname": "Kettu", "text": text}
            expected = self.model.open(v)
            at = self.now
            answer = await self.asked(expected, v, "open_contact", **fields)
            if expected == "ok":
                talk = Talk(answer["contact"]["id"], v, (at, len(self.model.talks)))
                if text is not None:
                    talk.tell("message", text)
                self.model.talks.append(talk)
                assert (await self.asked("ok", v, "open_contact", **fields))["contact"]["id"] == talk.id

        self.run_if(v, go)

    @rule(v=visitors, t=talks, text=st.sampled_from(["apua", "olen täällä", "🐻" * 20]))
    def visitor_says(self, v, t, text):
        self.says(v, t, "message", "send_message", text)

    @rule(w=workers, t=talks, note=st.booleans())
    def worker_says(self, w, t, note):
        self.says(w, t, "note" if note else "message", "add_note" if note else "send_message", "kuulen")

    def says(self, who, t, kind, command, text):
        async def go():
            talk = self.talk(who, t)
            fields = {"contact_id": talk.id, "client_id": new_id(), "text": text}
            answer = await self.asked(self.model.say(who, talk, kind, text), who, command, **fields)
            if answer["ok"]:
                assert answer["seq"] == len(talk.entries)
                self.said.append((who, talk.id, command, fields, answer))

        self.run_if(who, go, talks=True)

    @rule(at=st.integers(0, 30))
    @precondition(lambda self: self.said)
    def resend(self, at):
        """An acknowledgement was lost: the same pair, whatever has happened since; unless it is deleted."""
        who, talk_id, command, fields, answer = self.said[at % len(self.said)]

        async def go():
            kept = any(talk.id == talk_id for talk in self.model.talks)
            again = await self.asked("ok" if kept else "not_found", who, command, **fields)
            assert again == answer or not kept

        self.run_if(who, go)

    @rule(w=workers, t=st.integers(0, 3).map(lambda at: 3 * at))
    def claim(self, w, t):
        self.works(w, t, "claim_contact", lambda talk: self.model.claim(w, talk))

    @rule(w=workers)
    def claim_next(self, w):
        async def go():
            expected, talk = self.model.claim_next(w)
            answer = await self.asked(expected, w, "claim_next")
            assert talk is None or answer["contact"]["id"] == talk.id

        self.run_if(w, go)

    @rule(w=workers, t=talks)
    def release(self, w, t):
        self.works(w, t, "release_contact", lambda talk: self.model.release(w, talk))

    @rule(w=workers, t=talks)
    def transfer(self, w, t):
        to = STAFF[1 - STAFF.index(w)]
        self.works(w, t, "transfer_contact", lambda talk: self.model.transfer(w, talk, to, self.now),
                   worker=self.workers[to])  # fmt: skip

    @rule(w=workers, t=talks)
    def decline(self, w, t):
        self.works(w, t, "decline_transfer", lambda talk: self.model.decline(w, talk))

    @rule(w=workers, t=talks)
    def close(self, w, t):
        self.works(w, t, "close_contact", lambda talk: self.model.close(w, talk, self.now), outcome="advice")

    @rule(w=workers)
    def goes_on_duty(self, w):
        async def go():
            await self.asked("ok", w, "set_duty", on=True)
            self.model.on_duty[w] = True
            self.model.seen(w, self.now)

        self.run_if(w, go)

    def works(self, w, t, command, expected, **fields):
        async def go():
            talk = self.talk(w, t)
            await self.asked(expected(talk), w, command, contact_id=talk.id, **fields)

        self.run_if(w, go, talks=True)

    @rule(w=workers, at=st.integers(0, 2), deed=st.sampled_from(["release_contact", "transfer_contact"]))
    @precondition(lambda self: self.visited())
    def somebody_leaves_and_the_worker_gives_back(self, w, at, deed):
        """Who left has nothing to wait for: whoever has claimed the contact can only close it."""
        here = self.visited()
        talk = here[at % len(here)]
        worker = talk.owner or w
        to = STAFF[1 - STAFF.index(worker)]

        async def go():
            if talk.state == "waiting":
                taken = self.model.claim(worker, talk)
                await self.asked(taken, worker, "claim_contact", contact_id=talk.id)
                if taken != "ok":
                    return
            self.model.leave(talk, self.now)
            await self.asked("ok", talk.visitor, "leave_contact", contact_id=talk.id)
            if deed == "release_contact":
                expected, fields = self.model.release(worker, talk), {}
            else:
                expected, fields = self.model.transfer(worker, talk, to, self.now), {"worker": self.workers[to]}
            assert expected == "gone"
            await self.asked(expected, worker, deed, contact_id=talk.id, **fields)

        self.run_if(worker, go)

    def visited(self) -> list[Talk]:
        """Living ones whose visitor is connected."""
        return [
            talk
            for talk in self.model.talks
            if talk.living and talk.visitor in self.people and self.there(talk.visitor)
        ]

    @rule(v=visitors, t=talks)
    def leave(self, v, t):
        self.visitor_does(v, t, "leave_contact")

    @rule(v=visitors, t=talks, deed=st.sampled_from(["erase_contact", "say_not_safe"]))
    def visitor_erases_or_is_not_safe(self, v, t, deed):
        self.visitor_does(v, t, deed)

    def visitor_does(self, v, t, deed):
        async def go():
            talk = self.talk(v, t)
            expected = "ok" if talk.visitor == v else "not_found"
            if expected == "ok" and deed == "say_not_safe":
                expected = self.model.not_safe(talk)
            elif expected == "ok":
                (self.model.leave if deed == "leave_contact" else self.model.erase)(talk, self.now)
            await self.asked(expected, v, deed, contact_id=talk.id)

        self.run_if(v, go, talks=True)

    @rule(who=st.one_of(visitors, workers))
    def disconnect(self, who):
        self.run_if(who, self.people[who].hang_up)

    @rule(at=st.integers(0, 4))
    @precondition(lambda self: not all(map(self.there, self.people)))
    def reconnect(self, at):
        away = [who for who in self.people if not self.there(who)]
        who = away[at % len(away)]

        async def go():
            person = self.people[who]
            if isinstance(who, str):
                token = await self.server.session_of(f"{who}@demo.example")
                name = cookie_names(self.server.settings)[1]
                person.http.cookie_jar.update_cookies({name: token}, URL(person.origin))
            ended = isinstance(who, int) and LONG_AGO < self.model.signs[who] < self.now - SILENT_DAY
            try:
                await person.connect()
                assert not ended
            except Refused as refused:
                assert refused.code == "unauthorised" and ended
                self.model.forget(who)
                self.people[who] = await self.crowd.visitor()
            self.model.seen(who, self.now)
            (self.views[who],) = await mirrors(self.people[who])

        self.do(go())
        self.do(self.everything_agrees())

    @rule(seconds=st.sampled_from([20, 70, 200, 700]))
    def time_passes(self, seconds):
        self.pass_time(seconds)

    def pass_time(self, seconds: float) -> None:
        while self.near_a_limit(seconds):
            seconds += MARGIN
        self.clock.move(seconds=seconds)
        self.do(self.presence())

    @rule(v=visitors)
    def overnight(self, v):
        """A visitor's page is closed, and nobody looks for a day."""
        self.run_if(v, self.people[v].hang_up)
        self.pass_time(90_000)

    @rule(hours=st.sampled_from([-1, 1]))
    def somebody_sets_the_clock(self, hours):
        self.clock.set(hours=hours)
        self.model.clock_set(self.now)
        self.do(self.presence())

    @rule(dice=st.integers(1, 6))
    def a_month_passes(self, dice):
        """Seldom. Upkeep runs; after such a jump it deletes nothing until somebody who knows says that the clock is right."""
        if dice < 6:
            return

        async def go():
            self.clock.move(days=31)
            await self.presence()
            await self.server.jobs["purge"]()
            await self.everything_agrees()
            await check(self.server.db, self.crowd.all)
            await self.server.write(upkeep.trust_clock)
            for job in ("purge", "keys", "tidy"):
                await self.server.jobs[job]()
            self.model.purge(self.now)
            for person in self.crowd.all:  # what is deleted cannot be looked up at the end
                person.answers.clear()
                person.events.clear()
            there = [who for who in self.people if self.there(who)]
            self.views |= zip(there, await mirrors(*(self.people[who] for who in there)), strict=True)

        self.do(go())
        self.do(self.everything_agrees())

    def near_a_limit(self, seconds: float) -> bool:
        now = self.now + seconds
        limits = [(self.model.silent(who, now), (ORPHANED,) if isinstance(who, str) else (AWAY, GONE, SILENT_DAY))
                  for who in self.model.signs]  # fmt: skip
        limits += [(now - sign, (SILENT_DAY,)) for sign in self.model.signs.values()]
        limits += [(now, (talk.offered[1],)) for talk in self.model.talks if talk.offered is not None]
        return any(abs(passed - limit) < MARGIN for passed, of in limits for limit in of)

    async def presence(self) -> None:
        """Everybody whose page is open gives a sign of life, then the job comes round."""
        for who, person in self.people.items():
            if self.there(who):
                await person.settle()
                self.model.seen(who, self.now)
        await self.server.presence()
        self.model.sweep(self.now)
        await self.everything_agrees()

    def run_if(self, who, go, *, talks: bool = False) -> None:
        """Do it, if this person is connected (and there is something to do it with); then compare everything."""
        if self.there(who) and (self.model.talks or not talks):
            self.do(go())
            self.do(self.everything_agrees())

    # What must agree

    async def everything_agrees(self) -> None:
        found = await self.server.db.read(_as_stored)
        names = {key: name for name, key in self.workers.items()}
        expected = {
            talk.id: (
                talk.state,
                talk.owner,
                talk.flagged,
                talk.left,
                talk.erased,
                talk.sight if talk.living else None,
                [kind for kind, _ in talk.entries],
            )  # fmt: skip
            for talk in self.model.talks
        }
        assert {key: (row[0], names.get(row[1]), *row[2:]) for key, row in found.items()} == expected
        for name in STAFF:
            if self.there(name):
                desk = await self.people[name].do("watch_desk")
                assert [contact["id"] for contact in desk["queue"]] == [talk.id for talk in self.model.queue(name)]
                assert {contact["id"] for contact in desk["mine"]} == {
                    talk.id for talk in self.model.talks if talk.state == "claimed" and talk.owner == name
                }
                assert desk["me"]["on_duty"] == self.model.on_duty[name]
        await self.texts_agree()
        for who, view in self.views.items():
            if self.there(who):
                await view.check()

    async def texts_agree(self) -> None:
        """A visitor reads what the model remembers, save notes."""
        for talk in self.model.talks:
            if talk.visitor in self.people and self.there(talk.visitor):
                shown = [(entry["kind"], entry["text"]) for entry in await self.people[talk.visitor].entries(talk.id)]
                assert shown == [entry for entry in talk.entries if entry[0] != "note"]


def _as_stored(tx) -> dict[str, tuple]:
    found = {}
    for row in tx.all("SELECT id FROM contact"):
        contact = contacts.get(tx, row["id"])
        kinds = [row["kind"] for row in tx.all("SELECT kind FROM entry WHERE contact = ? ORDER BY seq", contact.key)]
        owner = contact.owner_id
        living = contact.state in ("waiting", "claimed")
        found[contact.id] = (contact.state, owner, contact.flagged, contact.visitor_left, contact.erased,
                             contact.visitor_state if living else None, kinds)  # fmt: skip
    return found


def test_whatever_happens_the_house_is_what_the_model_says(sqlite_template, monkeypatch):
    for beat in ("PRESENCE_SECONDS", "SESSIONS_SECONDS", "ALARMS_SECONDS", "SOCKETS_SECONDS"):
        monkeypatch.setattr(schedule, beat, 3600.0)
    monkeypatch.setattr(places, "EVERY_SECONDS", 0.02)
    Machine.template = sqlite_template
    shrink = [Phase.shrink] if os.environ.get("ZOTURI_TEST_SHRINK") else []
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, derandomize=True, database=None,
            suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate, *shrink],
        ),
    )  # fmt: skip
