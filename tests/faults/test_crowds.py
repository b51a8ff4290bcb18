"""Too many at once: everybody comes back, nobody reads, nobody joins, somebody guesses. The others are not hurt."""

import asyncio
import os
import socket
import time

import aiohttp
import pytest
from yarl import URL

from tests.crowd import People
from tests.invariants import check
from tests.mirror import mirrors
from tests.people import VisitorPerson, WorkerPerson, new_id
from zoturi.domain import return_codes
from zoturi.realtime import server as sockets

pytestmark = pytest.mark.faults

COMING_BACK = int(os.environ.get("ZOTURI_TEST_COMING_BACK", "500"))
HANDSHAKES = int(os.environ.get("ZOTURI_TEST_HANDSHAKES", "3000"))
EVENTS = 5_000
MEBIBYTE = 2**20


@pytest.fixture
def kind():
    return "sqlite"


def resident(pid: int) -> int:
    """Bytes of memory a process holds."""
    with open(f"/proc/{pid}/statm") as figures:
        return int(figures.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def small_socket(address) -> socket.socket:
    """A socket whose kernel keeps little for a reader that does not come."""
    family, kind, protocol, *_ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    return made


async def until_sockets(running, count: int) -> None:
    """Wait until the server counts so many open sockets."""
    async with asyncio.timeout(10), aiohttp.ClientSession() as http:
        while True:
            async with http.get(f"{running.origin}/metrics") as answer:
                if f"zoturi_sockets {count}.0" in await answer.text():
                    return
            await asyncio.sleep(0.1)


async def talk(origin: str, password: str, *, capacity: int = 5) -> tuple[VisitorPerson, WorkerPerson, str]:
    """A visitor who talks with Aino."""
    visitor, worker = await VisitorPerson(origin).arrive(), WorkerPerson(origin)
    assert await worker.sign_in("aino@demo.example", password) == 303
    await worker.on_duty(capacity)
    contact_id = (await visitor.open_contact())["id"]
    await worker.do("claim_contact", contact_id=contact_id)
    return visitor, worker, contact_id


@pytest.mark.parametrize("fast_lane", [True, False])
async def test_all_come_back_at_once(serve):
    """Everybody's network was gone for a moment. All are back soon, and see what is there."""
    server = await serve()
    people = People(server)
    visitor, worker, contact_id = await people.talking(text="moi")
    crowd = [await people.visitor() for _ in range(COMING_BACK)]
    opened = await asyncio.gather(
        *(each.open_contact(text=f"häkkilintu {number}") for number, each in enumerate(crowd))
    )
    everybody = [visitor, worker, *crowd]
    await asyncio.gather(*(person.hang_up() for person in everybody))
    began = time.monotonic()
    await asyncio.gather(*(person.connect() for person in everybody))
    answers = await asyncio.gather(*(person.do("watch_mine") for person in crowd))
    assert time.monotonic() - began < 30
    assert [answer["contacts"][0]["id"] for answer in answers] == [contact["id"] for contact in opened]
    assert [answer["places"][0]["position"] for answer in answers] == list(range(1, COMING_BACK + 1))
    await visitor.say(contact_id, "palasin")
    assert await worker.texts(contact_id) == ["moi", "palasin"]
    for view in await mirrors(visitor, worker, *crowd[:5]):
        await view.check()
    await check(server.db, people.all)
    await people.leave()


@pytest.mark.parametrize("fast_lane", [True, False])
async def test_who_never_reads_is_cut_and_costs_little(process):
    """A second tab of the visitor stops reading while thousands of events are due to it."""
    running = await process(ZOTURI_MESSAGES_PER_MINUTE="0").start()
    visitor, worker, contact_id = await talk(running.origin, running.password)
    deaf = VisitorPerson(running.origin)
    await deaf.http.close()
    deaf.http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True),
                                      connector=aiohttp.TCPConnector(socket_factory=small_socket))  # fmt: skip
    deaf.http.cookie_jar.update_cookies({c.key: c.value for c in visitor.http.cookie_jar}, URL(running.origin))
    await deaf.connect()
    await deaf.do("watch_mine")
    deaf._socket._conn.transport.pause_reading()
    before = resident(running.pid)
    slowest = 0.0
    for number in range(EVENTS // 50):
        began = time.monotonic()
        await asyncio.gather(*(worker.say(contact_id, f"häkkilintu {number} {'x' * 2000}") for _ in range(50)))
        slowest = max(slowest, time.monotonic() - began)
    grown = resident(running.pid) - before
    assert grown < 40 * MEBIBYTE, f"{grown / MEBIBYTE:.0f} MiB more"
    assert slowest < 5
    await until_sockets(running, 2)  # it is cut
    await visitor.settle()
    assert sum(name == "entry" for name, _ in visitor.events) >= EVENTS
    deaf._socket._conn.transport.resume_reading()
    await asyncio.wait_for(deaf.closed.wait(), 10)
    await deaf.hang_up()
    await deaf.connect()
    assert len(await deaf.entries(contact_id, limit=200)) == 200  # it reads on where it was
    for person in (visitor, worker, deaf):
        await person.leave()


async def handshake(http: aiohttp.ClientSession, origin: str) -> aiohttp.ClientWebSocketResponse | int:
    """A socket that never says who it is; the status where it is refused."""
    try:
        return await http.ws_connect(f"{origin}/socket.io/?EIO=4&transport=websocket", headers={"Origin": origin})
    except aiohttp.WSServerHandshakeError as refused:
        return refused.status


async def test_thousands_of_handshakes_lock_nobody_out(process):
    """Memory stays bounded, staff come in, and whoever does not join in time is cut."""
    running = await process(ZOTURI_MESSAGES_PER_MINUTE="0").start()
    visitor, worker, contact_id = await talk(running.origin, running.password)
    before = resident(running.pid)
    answers = []
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as http:
        began = time.monotonic()
        for _ in range(HANDSHAKES // 100):
            answers += await asyncio.gather(*(handshake(http, running.origin) for _ in range(100)))
        took = time.monotonic() - began
        opened = [answer for answer in answers if not isinstance(answer, int)]
        assert set(answers) - set(opened) <= {503}
        if took < sockets.JOIN_SECONDS:  # slower ones have been cut meanwhile and made room
            assert len(opened) <= sockets.MOST_UNJOINED
            assert 503 in answers
        grown = resident(running.pid) - before
        assert grown < 100 * MEBIBYTE, f"{grown / MEBIBYTE:.0f} MiB more"
        # The talk goes on, and staff are let in by door and by socket.
        await asyncio.wait_for(visitor.say(contact_id, "häkkilintu"), 2)
        assert await worker.texts(contact_id) == ["häkkilintu"]
        onni = WorkerPerson(running.origin)
        assert await asyncio.wait_for(onni.sign_in("onni@demo.example", running.password), 10) == 303
        await asyncio.wait_for(onni.on_duty(), 5)
        ends = [asyncio.create_task(_until_closed(each)) for each in opened]
        await asyncio.wait_for(asyncio.gather(*ends), sockets.JOIN_SECONDS + 10)
    latecomer = VisitorPerson(running.origin)
    await latecomer.arrive()
    await until_sockets(running, 4)
    for person in (visitor, worker, onni, latecomer):
        await person.leave()
    assert "Traceback" not in running.said()


async def _until_closed(ws: aiohttp.ClientWebSocketResponse) -> None:
    async for _ in ws:
        pass


async def test_guessing_return_codes_wins_nothing_and_slows_nobody(serve):
    """Two hundred at once, half of them from one place; the chat goes on, and whoever has a code comes back."""
    server = await serve(trusted_proxies="127.0.0.1")
    people = People(server)
    visitor, worker, contact_id = await people.talking()
    hidden = await people.visitor()
    theirs = (await hidden.open_contact(text="salaisuus"))["id"]
    right = (await hidden.do("make_return_code", contact_id=theirs))["code"]

    async def enter(http: aiohttp.ClientSession, code: str, place: str) -> int:
        headers = visitor.same_origin | {"X-Forwarded-For": place}
        async with http.post(f"{server.origin}/fi/return", data={"code": code}, headers=headers,
                             allow_redirects=False) as answer:  # fmt: skip
            return answer.status

    async def guess(number: int, place: str) -> int:
        code = return_codes.make(number.to_bytes(10, "big"))
        assert return_codes.shown(code) != right
        return await enter(guessers[number], code, place)

    # Their connections are open already: what is measured is the server, not two hundred clients that begin.
    guessers = [aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) for _ in range(201)]
    await asyncio.gather(*((each.get(f"{server.origin}/health/live")) for each in guessers))
    one_place = asyncio.gather(*(guess(number, "203.0.113.5") for number in range(1, 101)))
    many_places = asyncio.gather(*(guess(number, f"198.51.{number}.5") for number in range(101, 201)))
    times = []
    while not (one_place.done() and many_places.done()) or len(times) < 60:
        began = time.monotonic()
        await visitor.say(contact_id, "häkkilintu yhä")
        times.append(time.monotonic() - began)
    statuses = await one_place
    await asyncio.gather(*(each.close() for each in guessers))
    assert set(statuses) == {404, 429} and statuses.count(404) < 60, statuses
    assert set(await many_places) == {404}
    times.sort()
    # 200 ms is wanted, and there are a few on a machine of one's own; here others may be at work beside.
    assert times[int(len(times) * 0.95)] < 1.0, times[-5:]
    # One browser soon has to rest, wherever it goes; others do not.
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        await (await http.get(f"{server.origin}/fi/return")).read()
        tried = [await enter(http, return_codes.make(os.urandom(10)), f"198.51.{number}.7") for number in range(12)]
        assert tried == [404] * 10 + [429] * 2
    assert (await server.query("SELECT count(*) AS n FROM visitor"))[0]["n"] == 2  # guesses begin no sessions
    async with aiohttp.ClientSession() as http:
        assert await enter(http, right, "192.0.2.9") == 303
    assert right.replace("-", "") not in server.log and right not in server.log
    await check(server.db, people.all)
    await people.leave()


@pytest.mark.parametrize("fast_lane", [True, False])
async def test_a_full_writer_says_busy_and_what_was_taken_is_kept(serve, monkeypatch):
    """More waits to be written than may wait: the rest is refused at once, for a later try."""
    monkeypatch.setattr("zoturi.store.database.MOST_WAITING", 5)
    server = await serve()
    people = People(server)
    visitors = [await people.visitor() for _ in range(10)]
    ids = [(await visitor.open_contact())["id"] for visitor in visitors]
    sent = [(visitor, {"contact_id": contact_id, "client_id": new_id(), "text": f"häkkilintu {number}"})
            for number in range(30) for visitor, contact_id in zip(visitors, ids, strict=True)]  # fmt: skip
    answers = await asyncio.gather(*(visitor.ask("send_message", **fields) for visitor, fields in sent))
    busy = [each for each, answer in zip(sent, answers, strict=True) if not answer["ok"]]
    assert {(answer.get("code"), answer.get("retry")) for answer in answers} <= {(None, None), ("busy", True)}
    assert busy, "nobody was refused: this test proves nothing"
    for visitor, fields in busy:
        await visitor.do("send_message", **fields)
    await check(server.db, people.all)
    await people.leave()
