"""Who may join with a socket, and when sockets end."""

import asyncio
import gc
import weakref

import aiohttp
import pytest

from tests.crowd import People
from tests.people import Refused, VisitorPerson, WorkerPerson
from zoturi.web.sessions import cookie_names


async def test_without_a_cookie_nobody_joins(people):
    for kind in (VisitorPerson, WorkerPerson):
        with pytest.raises(Refused, match="unauthorised"):
            await people.stranger(kind).connect()


async def test_a_cookie_of_the_other_namespace_opens_nothing(server, people):
    visitor, worker = await people.visitor(connect=False), await people.worker(connect=False)
    visitor.namespace, worker.namespace = "/desk", "/visitor"
    for person in (visitor, worker):
        with pytest.raises(Refused, match="unauthorised"):
            await person.connect()
    # Neither does the right name with the other's token.
    visitor_name, desk_name = cookie_names(server.settings)
    for kind, name, token in ((VisitorPerson, visitor_name, await server.session_of("aino@demo.example")),
                              (WorkerPerson, desk_name, server.visitor_token())):  # fmt: skip
        person = people.stranger(kind)
        person.http.cookie_jar.update_cookies({name: token})
        with pytest.raises(Refused, match="unauthorised"):
            await person.connect()


@pytest.mark.parametrize("token", ["", "x", "a.b", "ab" * 32, "\u00e4" * 10, "x" * 3000, f"{'ab' * 32}.{'cd' * 16}"])
async def test_a_token_we_never_made_is_refused(server, people, token):
    for kind, name in zip((VisitorPerson, WorkerPerson), cookie_names(server.settings), strict=True):
        person = people.stranger(kind)
        header = {"Cookie": f"{name}={token}", "Origin": server.origin}
        url = f"{server.origin}/socket.io/?EIO=4&transport=websocket"
        async with person.http.ws_connect(url, headers=header) as socket:
            await socket.receive()
            await socket.send_str(f"40{person.namespace},")
            assert (await socket.receive()).data.startswith(f"44{person.namespace},")
    assert await server.query("SELECT * FROM visitor") == []


ORIGINS = [None, "null", "https://evil.example", "http://127.0.0.1", "http://127.0.0.1:1", "https://{here}", "http://{here}/",
           "http://{here}.evil.example", "HTTP://{here}", "http://{here}, http://{here}", ""]  # fmt: skip


async def test_only_an_exact_origin_gets_a_socket(server, people):
    visitor = await people.visitor(connect=False)
    here = server.origin.removeprefix("http://")
    for origin in ORIGINS:
        headers = {} if origin is None else {"Origin": origin.format(here=here)}
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await visitor.http.ws_connect(f"{server.origin}/socket.io/?EIO=4&transport=websocket", headers=headers)
        assert caught.value.status == 403, origin
    for origin in server.settings.origins:
        await visitor.connect(origin)
        await visitor.hang_up()


async def test_there_is_no_polling(server, people):
    visitor = await people.visitor(connect=False)
    url = f"{server.origin}/socket.io/?EIO=4&transport=polling"
    async with visitor.http.get(url, headers=visitor.same_origin) as answer:
        assert answer.status == 400
    async with visitor.http.post(f"{url}&sid=x", data="40", headers=visitor.same_origin) as answer:
        assert answer.status == 400


async def test_a_socket_never_offers_compression(server, people):
    visitor = await people.visitor(connect=False)
    url = f"{server.origin}/socket.io/?EIO=4&transport=websocket"
    async with visitor.http.ws_connect(url, headers={"Origin": server.origin}, compress=15) as socket:
        assert not socket.compress


async def test_closed_doors_take_no_visitor(serve):
    server = await serve(doors_open=False)
    people = People(server)
    with pytest.raises(Refused, match="unauthorised"):
        await people.visitor()
    await people.on_duty()
    await people.leave()


async def test_quick_exit_ends_the_session_and_all_its_sockets(server, people):
    visitor, worker, contact_id = await people.talking()
    other_tab = people.stranger(VisitorPerson)
    other_tab.http.cookie_jar.update_cookies({c.key: c.value for c in visitor.http.cookie_jar})
    await other_tab.connect()
    async with visitor.http.get(f"{server.origin}/exit", allow_redirects=False) as answer:
        assert answer.status == 303
        assert answer.headers["Location"] == server.site.exit_to
        assert 'zoturi=""' in answer.headers["Set-Cookie"]
    for person in (visitor, other_tab):
        assert (await person.heard("session_ended")) == {"code": "signed_out"}
        await asyncio.wait_for(person.closed.wait(), 5)
    with pytest.raises(Refused, match="unauthorised"):
        await other_tab.connect()
    assert await worker.texts(contact_id) == []  # the chat stays for the worker


async def test_a_visitor_silent_for_a_day_begins_anew(server, people):
    visitor = await people.visitor()
    await visitor.open_contact()
    await visitor.hang_up()
    server.clock.move(hours=24, minutes=1)
    with pytest.raises(Refused, match="unauthorised"):
        await visitor.connect()


async def test_a_staff_session_idles_out_after_half_an_hour(server, people):
    worker = await people.worker()
    server.clock.move(minutes=29)
    await worker.do("still_here")
    server.clock.move(minutes=29)
    await server.sessions()
    await worker.settle()
    assert not worker.closed.is_set()
    server.clock.move(minutes=2)
    await server.sessions()
    assert await worker.heard("session_ended") == {"code": "expired"}
    await asyncio.wait_for(worker.closed.wait(), 5)
    with pytest.raises(Refused, match="unauthorised"):
        await worker.connect()


async def test_a_staff_session_ends_after_twelve_hours_whatever_one_does(server, people):
    worker = await people.worker()
    for _ in range(12 * 60 // 25):
        server.clock.move(minutes=25)
        await worker.do("still_here")
        await server.sessions()
    assert not worker.closed.is_set()
    server.clock.move(minutes=25)
    await server.sessions()
    assert await worker.heard("session_ended") == {"code": "expired"}


async def test_a_revoked_session_loses_its_open_sockets(server, people):
    aino, onni = await people.worker("aino"), await people.worker("onni")

    def revoke(tx):
        tx.run("UPDATE worker_session SET ended_at = ? WHERE worker ="
               " (SELECT key FROM worker WHERE email = 'aino@demo.example')", tx.now)  # fmt: skip

    await server.write(revoke)
    await server.sessions()
    assert await aino.heard("session_ended") == {"code": "revoked"}
    await asyncio.wait_for(aino.closed.wait(), 5)
    await onni.settle()
    assert not onni.closed.is_set()


async def test_signing_out_closes_the_sockets_of_this_session_only(server, people):
    here, elsewhere = await people.worker("aino"), await people.worker("aino")
    async with here.http.post(
        f"{server.origin}/desk/logout", headers=here.same_origin, allow_redirects=False
    ) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/desk/login?ended=signed_out")
    assert await here.heard("session_ended") == {"code": "signed_out"}
    await asyncio.wait_for(here.closed.wait(), 5)
    await elsewhere.settle()
    assert not elsewhere.closed.is_set()


async def test_a_restart_is_told_and_nothing_is_lost(server, people):
    visitor, worker, contact_id = await people.talking(text="moi")
    await server.restart()
    for person in (visitor, worker):
        assert (await person.heard("restarting"))["retry_in_seconds"] >= 1
        await asyncio.wait_for(person.closed.wait(), 5)
        await person.connect()
    await visitor.say(contact_id, "olen yhä täällä")
    assert await worker.texts(contact_id) == ["moi", "olen yhä täällä"]


async def test_nobody_has_a_room_of_their_own_in_the_library(server, people):
    """It looks through every room whenever somebody leaves."""
    visitor, worker = await people.visitor(), await people.worker()
    rooms = server.running.sockets.server.manager.rooms
    assert [list(rooms[person.namespace]) for person in (visitor, worker)] == [[None], [None]]
    await visitor.leave()
    await worker.leave()
    async with asyncio.timeout(10):
        while rooms:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("end", ["says so", "is gone"])
async def test_a_connection_that_is_over_holds_no_memory(server, people, end):
    """Not even until the collector comes round."""
    visitor = await people.visitor()
    (connection,) = server.running.sockets.hub.connections.values()
    held = weakref.ref(connection.socket.transport.web_socket)
    del connection
    gc.disable()
    try:
        if end == "is gone":
            visitor._socket._conn.transport.close()
        await visitor.hang_up()
        async with asyncio.timeout(10):
            while held() is not None:
                await asyncio.sleep(0.02)
    finally:
        gc.enable()
