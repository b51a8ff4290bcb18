"""``snapshot + events == fresh snapshot``: a story with several people, in which anything may happen next."""

import asyncio
import random

import pytest

from tests.crowd import People
from tests.invariants import check, nothing_lost
from tests.mirror import mirrors
from tests.people import new_id

STEPS = 25
TOGETHER = 6


class Story:
    """Everybody does something, several at a time; what is refused is a part of the story."""

    def __init__(self, server, visitors, workers, seed: int) -> None:
        self.server, self.visitors, self.workers = server, visitors, workers
        self.dice = random.Random(seed)
        self.ids: list[str] = []

    async def visitor_step(self, visitor) -> None:
        roll, contact_id = self.dice.random(), self._one_of(visitor)
        if contact_id is None or roll < 0.12:
            answer = await visitor.ask("open_contact", client_id=new_id(), language=self.dice.choice(["fi", "sv"]),
                                       nickname="Kettu", text=self.dice.choice([None, "moi"]))  # fmt: skip
            if answer["ok"]:
                visitor.own.append(answer["contact"]["id"])
                self.ids.append(answer["contact"]["id"])
        elif roll < 0.65:
            await visitor.ask("send_message", contact_id=contact_id, client_id=new_id(), text=f"viesti {roll}")
        elif roll < 0.75:
            await self._twice(visitor, contact_id)
        elif roll < 0.82:
            await visitor.ask("say_not_safe", contact_id=contact_id)
        elif roll < 0.88:
            await visitor.ask("leave_contact", contact_id=contact_id)
        elif roll < 0.94:
            await visitor.ask("erase_contact", contact_id=contact_id)
        else:
            await visitor.ask("give_feedback", contact_id=contact_id, helped=3, text="ok")

    async def worker_step(self, worker) -> None:
        roll = self.dice.random()
        contact_id = self.dice.choice(self.ids) if self.ids else "0000000000000000"
        if roll < 0.25:
            await worker.ask("claim_contact", contact_id=contact_id)
        elif roll < 0.4:
            await worker.ask("claim_next")
        elif roll < 0.6:
            await worker.ask("send_message", contact_id=contact_id, client_id=new_id(), text=f"vastaus {roll}")
        elif roll < 0.7:
            await worker.ask("add_note", contact_id=contact_id, client_id=new_id(), text=f"huomio {roll}")
        elif roll < 0.8:
            await worker.ask("release_contact", contact_id=contact_id)
        elif roll < 0.9:
            await worker.ask("close_contact", contact_id=contact_id, outcome="advice")
        else:
            await worker.ask("set_duty", on=self.dice.random() < 0.9, capacity=self.dice.randint(1, 9))

    async def time_step(self) -> None:
        self.server.clock.move(seconds=self.dice.choice([1, 20, 70, 200]))
        await self.server.presence()

    async def _twice(self, visitor, contact_id) -> None:
        fields = {"contact_id": contact_id, "client_id": new_id(), "text": "kahdesti"}
        answers = await asyncio.gather(*(visitor.ask("send_message", **fields) for _ in range(2)))
        assert answers[0] == answers[1]

    def _one_of(self, visitor) -> str | None:
        return self.dice.choice(visitor.own) if visitor.own else None

    async def go(self) -> None:
        for _ in range(STEPS):
            steps = []
            for _ in range(TOGETHER):
                person = self.dice.choice([*self.visitors, *self.workers])
                steps.append(self.visitor_step(person) if person in self.visitors else self.worker_step(person))
            if self.dice.random() < 0.2:
                steps.append(self.time_step())
            await asyncio.gather(*steps)


@pytest.mark.parametrize("seed", [1, 2])
async def test_what_everybody_shows_is_what_is_stored(serve, seed):
    server = await serve()
    people = People(server)
    visitors = [await people.visitor() for _ in range(4)]
    for visitor in visitors:
        visitor.own = []
    workers = [await people.on_duty(name) for name in ("aino", "onni", "signe")]
    views = await mirrors(*visitors, *workers)
    story = Story(server, visitors, workers, seed)
    await story.go()
    for view in views:
        await view.check()
    house = await check(server.db, [*visitors, *workers])
    assert sum(nothing_lost(house).values()) == len(story.ids)
    assert len(story.ids) >= 4
    assert not [answer for person in people.all for _, _, answer in person.answers if answer.get("code") == "internal"]
    await people.leave()


async def test_a_snapshot_taken_in_the_middle_of_everything_is_kept_true(server, people):
    """The events that race with the snapshot follow it, or are in it; none is lost between."""
    visitors = [await people.visitor() for _ in range(6)]
    aino, onni = await people.on_duty("aino", 9), await people.on_duty("onni", 9)

    async def chat(visitor):
        contact = await visitor.open_contact()
        for n in range(5):
            await visitor.say(contact["id"], str(n))
        await visitor.do("leave_contact", contact_id=contact["id"])
        await visitor.open_contact()

    async def claim():
        for _ in range(10):
            await onni.ask("claim_next")

    running = [asyncio.create_task(step) for step in (*(chat(visitor) for visitor in visitors), claim())]
    views = []
    for _ in range(5):
        views += await mirrors(aino)
        await asyncio.sleep(0)
    await asyncio.gather(*running)
    for view in [*views, *await mirrors(*visitors)]:
        await view.check()
