"""Malformed and forged frames: the server goes on serving, logs nothing of them, and nobody gains anything."""

import asyncio
import json
import socket

import aiohttp
import pytest

from tests.people import new_id
from zoturi.realtime import lane, transport


@pytest.fixture
def kind():
    """Frames end before any database begins."""
    return "sqlite"


DEEP = "[" * 7000 + "]" * 7000
EVENTS = [
    "[]",
    '[""]',
    "[1]",
    "[null]",
    "[{}]",
    '"x"',
    "{}",
    '["send_message"',
    '["send_message",}',
    '["send_message",NaN]',
    '["send_message",{"contact_id":NaN}]',
    '["send_message",{"contact_id":1e400}]',
    '["send_message",{"contact_id":Infinity}]',
    f'["send_message",{DEEP}]',
    f'["send_message",{{"text":{DEEP}}}]',
    '["send_message",' + "9" * 5000 + "]",
    '["a","b","c"]',
    '["send_message",{"text":"\\ud800' + '"' * 3,
    '["\\u0063onnect",{}]',
    '["connect_error",{}]',
    '["message","x"]',
    '["send_message",{"_placeholder":true,"num":0}]',
    '["*",{}]',
    '["__class__",{}]',
    '["' + "x" * 65 + '",{}]',
]
FRAMES = [
    "",
    " ",
    "0",
    "1",
    "2",
    "2probe",
    "3",
    "3probe",
    "4",
    "5",
    "6",
    "7",
    "9",
    "x",
    "-1",
    "40",
    "40,",
    "40/",
    "40/admin,",
    '40/admin,{"token":"x"}',
    "40/visitor",
    "40/visitor,x",
    "41",
    "41/admin,",
    "42",
    "42x",
    '42["hi"]',
    "42/visitor",
    "42/visitor,",
    '42/admin,["watch_desk",{}]',
    '42/desk,1["watch_desk",{}]',
    "43/visitor,1[]",
    '43/visitor,99999999999["x"]',
    "44/visitor,",
    '451-/visitor,["send_message",{"_placeholder":true,"num":0}]',
    '4599999999999-/visitor,["x"]',
    "45",
    "461-/visitor,1[]",
    "46",
    "47",
    "b4AAAA",
    "\ufeff4",
    "4\x00",
    '42/visitor,99999999999999999999["x"]',
    '٤٢/visitor,["x"]',
]


async def test_each_way_serves_where_it_is_asked_for(server, people, fast_lane):
    """With other versions of the libraries the fast lane would give way silently, and be tested nowhere."""
    await people.visitor()
    (connection,) = server.running.sockets.hub.connections.values()
    assert type(connection.socket.transport) is (lane.Lane if fast_lane else transport.Transport)


async def still_serves(people):
    """Somebody new is helped as if nothing had happened."""
    visitor = await people.visitor()
    contact = await visitor.open_contact(text="moi")
    assert len(await visitor.entries(contact["id"])) == 2


async def test_no_frame_harms_the_server(server, people):
    visitor = await people.visitor()
    for frame in [*FRAMES, *(f"42/visitor,{event}" for event in EVENTS), *(f"42/visitor,7{event}" for event in EVENTS)]:
        if visitor.closed.is_set():
            await visitor.connect()
        try:
            await visitor.send_frame(frame)
        except aiohttp.ClientError:
            await visitor.connect()
    await still_serves(people)
    assert server.errors() == []
    assert "library" not in server.log
    assert "Traceback" not in server.log


async def test_a_frame_that_is_no_text_or_too_big_ends_its_socket_only(server, people):
    other = await people.visitor()
    for send in (lambda socket: socket.send_bytes(b"\x00\x01"), lambda socket: socket.send_bytes(b""),
                 lambda socket: socket.send_str('42/visitor,["send_message",{"text":"' + "x" * 17_000 + '"}]'),
                 lambda socket: socket.send_str("42/visitor,[\"send_message\"," + "\\u0041" * 4500 + "]" * 8000),
                 lambda socket: socket.send_str("x" * 1_000_000)):  # fmt: skip
        visitor = await people.visitor()
        await send(visitor._socket)
        await asyncio.wait_for(visitor.closed.wait(), 5)
    await other.settle()
    await still_serves(people)


async def test_the_longest_text_in_any_script_fits_in_a_frame(people):
    visitor = await people.visitor()
    contact = await visitor.open_contact()
    for letter in ("x", "ä", "م", "🥲"):
        await visitor.say(contact["id"], letter * 4000)
        answer = await visitor.ask("send_message", contact_id=contact["id"], client_id=new_id(), text=letter * 4001)
        assert answer["code"] == "bad_text", letter
        # Many clients write all but ASCII as escapes; that makes no other text of it.
        fields = {"contact_id": contact["id"], "client_id": new_id(), "text": letter * 4000}
        assert (await visitor.ask_raw(json.dumps(["send_message", fields])))["ok"], letter
    assert len(await visitor.texts(contact["id"])) == 8


async def test_reserved_events_are_refused_whatever_they_carry(server, people):
    visitor, worker, contact_id = await people.talking()
    forged = '{"aiohttp.request":{"cookies":{"zoturi-desk":"x"}},"HTTP_COOKIE":"zoturi=x","role":"admin"}'
    for person in (visitor, worker):
        for event in (f'["connect",{forged},{{"role":"admin"}}]', '["connect"]', '["connect","x"]', '["connect",{}]',
                      '["disconnect"]', '["disconnect","x"]', '["disconnect","server disconnect"]'):  # fmt: skip
            answer = await person.ask_raw(event)
            assert (answer["ok"], answer["code"]) == (False, "unknown_command"), event
    await visitor.say(contact_id, "olen yhä minä")
    assert await worker.texts(contact_id) == ["olen yhä minä"]
    assert await visitor.refused("watch_desk") == "unknown_command"


async def test_many_joins_on_one_socket_join_once(server, people):
    visitor, worker, contact_id = await people.talking()
    for _ in range(20):
        await visitor.send_frame("40/visitor,")
        await visitor.send_frame("40/desk,")
    await visitor.settle()
    assert len(server.running.sockets.hub.connections) == 2
    await worker.say(contact_id, "kerran")
    await visitor.settle()
    assert [data["entry"]["text"] for data in visitor.all_heard("entry")].count("kerran") == 1


async def test_leaving_the_namespace_and_going_on_talking(server, people):
    visitor, worker, contact_id = await people.talking()
    await visitor.send_frame("41/visitor,")
    await visitor.send_frame(
        f'42/visitor,1["send_message",{{"contact_id":"{contact_id}","client_id":"{new_id()}","text":"x"}}]'
    )
    await still_serves(people)
    assert await worker.texts(contact_id) == []


async def test_a_command_before_joining_is_nothing(server, people):
    visitor = await people.visitor()
    contact = await visitor.open_contact()
    stranger = people.stranger()
    url = f"{server.origin}/socket.io/?EIO=4&transport=websocket"
    async with stranger.http.ws_connect(url, headers={"Origin": server.origin}) as socket:
        await socket.receive()
        await socket.send_str(f'42/visitor,1["erase_contact",{{"contact_id":"{contact["id"]}"}}]')
        await socket.send_str('42/desk,2["watch_desk",{}]')
    await visitor.settle()
    assert await visitor.kinds(contact["id"]) == ["opened"]


async def test_a_socket_that_never_joins_is_cut(server, people, monkeypatch):
    stranger, visitor = people.stranger(), await people.visitor()
    url = f"{server.origin}/socket.io/?EIO=4&transport=websocket"
    async with stranger.http.ws_connect(url, headers={"Origin": server.origin}) as socket:
        await socket.receive()
        monkeypatch.setattr("zoturi.realtime.server.JOIN_SECONDS", -1.0)
        await server.jobs["unjoined"]()
        frame = await asyncio.wait_for(socket.receive(), 5)
        assert frame.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.ERROR)
    await visitor.settle()
    assert not visitor.closed.is_set()


async def test_a_reader_too_slow_is_cut_and_finds_all_when_it_returns(server, people, monkeypatch):
    monkeypatch.setattr(transport, "MOST_QUEUED", 20)
    monkeypatch.setattr(lane, "MOST_UNSENT_BYTES", 50_000)
    visitor, worker, contact_id = await people.talking()
    visitor._socket.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    (ours,) = [c for c in server.running.sockets.hub.connections.values() if c.namespace == "/visitor"]
    ours.socket.transport._tcp.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    visitor._socket._conn.transport.pause_reading()
    texts = []
    while len(server.running.sockets.hub.connections) > 1:
        assert len(texts) < 1500, "a client that does not read is kept for ever"
        texts.append("🥲" * 3990 + str(len(texts)))
        await worker.say(contact_id, texts[-1])
    assert not worker.closed.is_set()
    visitor._socket._conn.transport.abort()
    await visitor.hang_up()
    await visitor.connect()
    found, after = [], 0
    while entries := await visitor.entries(contact_id, after=after):
        found += [entry["text"] for entry in entries if entry["kind"] == "message"]
        after = entries[-1]["seq"]
    assert found == texts


async def test_the_acknowledgement_always_comes(server, people):
    visitor, worker, contact_id = await people.talking()
    for person in (visitor, worker):
        for payload in (
            '["nope",{}]',
            '["send_message"]',
            '["send_message",1]',
            '["send_message",[]]',
            '["send_message",{},1]',
            '["read_entries",{"contact_id":"x","after":99999999999999999999}]',
            '["read_entries",{"contact_id":"x","after":-0.0}]',
            '["*",{}]',
            '["*"]',
            '["*","x"]',
            '["send_message",{"\\ud800":1}]',
            '["send_message",{"contact_id":"\\ud800"}]',
            '["send_message",{"contact_id":"a\\u0000b"}]',
            '["set_typing",{"contact_id":"x","typing":"\\udfff"}]',
        ):
            answer = await person.ask_raw(payload)
            assert answer["ok"] is False, payload
            assert answer["code"] in ("bad_field", "bad_text", "unknown_command", "not_found"), (payload, answer)


@pytest.mark.parametrize("name", ["connect", "disconnect"])
async def test_a_forged_event_with_a_real_looking_environ_joins_nobody(server, people, name):
    visitor = await people.visitor()
    hub = server.running.sockets.hub
    before = dict(hub.connections)
    await visitor.ask_raw(f'["{name}",{{"aiohttp.request":null}},{{"token":"x"}}]')
    await visitor.ask_raw(f'["{name}",null,null,null]')
    assert dict(hub.connections) == before
