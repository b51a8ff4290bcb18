"""Connections that never say what they want, and bytes that are no HTTP: they cost little and learn nothing."""

import asyncio
import time

import pytest

from tests.crowd import People
from zoturi.web import arrivals, middleware

FORM = b"Content-Type: application/x-www-form-urlencoded"


@pytest.fixture
def kind():
    return "sqlite"


async def said_to(server, *parts: bytes, to_the_end: bool = True) -> bytes:
    """Send bytes with pauses, and what comes back: all until the server closes, or the first of it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        for part in parts:
            writer.write(part)
            await asyncio.sleep(0.1)
        return await asyncio.wait_for(reader.read(-1 if to_the_end else 100), 5)
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_a_request_that_never_ends_is_ended(server, people, monkeypatch):
    monkeypatch.setattr(arrivals, "FIRST_REQUEST_SECONDS", 0.3)
    head = [b"GET /fi/ HTTP/1.1\r\nHost: x\r\n", *[b"X-a: b\r\n"] * 4]
    assert await said_to(server, *head) == b""
    assert await said_to(server) == b""
    # A connection that has asked something may rest, and ask again.
    visitor = await people.visitor()
    await asyncio.sleep(0.4)
    async with visitor.http.get(f"{server.origin}/fi/") as page:
        assert page.status == 200
    await visitor.settle()


async def test_a_form_that_never_comes_whole_is_refused(server, monkeypatch):
    monkeypatch.setattr(middleware, "FORM_SECONDS", 0.2)
    origin = f"Origin: {server.origin}".encode()
    head = b"POST /fi/chat HTTP/1.1\r\nHost: x\r\n" + origin + b"\r\n" + FORM + b"\r\nContent-Length: 900\r\n"
    answer = await said_to(server, head + b"Connection: close\r\n\r\nnickname=", b"a", b"b", b"c", to_the_end=False)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert await server.query("SELECT 1 FROM visitor") == []


@pytest.mark.parametrize("rubbish", [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET /fi/ HTTP/9.9\r\n\r\n", b"GET\r\n\r\n",
    b"GET /fi/ HTTP/1.1\r\nHost: x\r\nContent-Length: salaisuus\r\n\r\n",
    b"GET /fi/ HTTP/1.1\r\nsalaisuus\r\n\r\n", b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n",
])  # fmt: skip
async def test_what_is_no_http_is_answered_barely(server, rubbish):
    answer = await said_to(server, rubbish + b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.")
    assert b" 400 " in answer.splitlines()[0]
    for telling in (b"aiohttp", b"Python", b"salaisuus", b"xxxx"):
        assert telling not in answer
    assert b"Content-Security-Policy" in answer
    assert "127.0.0.1" not in server.log and "library" not in server.log


@pytest.mark.parametrize("charset", ["punycode", "idna", "utf-7", "utf-16"])
async def test_a_form_in_an_odd_charset_stops_nobody(server, people, charset):
    """Python decodes punycode in quadratic time: sixty kilobytes of it would hold the whole process for seconds."""
    visitor = await people.visitor()
    body = b"text=" + b"a" * 60_000
    headers = visitor.same_origin | {"Content-Type": f"application/x-www-form-urlencoded; charset={charset}"}
    began = time.monotonic()
    async with visitor.http.post(f"{server.origin}/fi/chat/messages", data=body, headers=headers) as answer:
        assert answer.status == 415
    assert time.monotonic() - began < 1


async def test_a_flood_of_commands_that_do_not_exist_is_cut(serve):
    """Each is answered, slower ones are refused, and whoever does not stop loses the socket."""
    server = await serve(messages_per_minute=5)
    people = People(server)
    visitor, other = await people.visitor(), await people.visitor()
    assert await visitor.refused("open_sesame") == "unknown_command"
    for _ in range(2000):
        if visitor.closed.is_set():
            break
        try:
            await visitor.send_frame('42/visitor,1["open_sesame",{}]')
        except ConnectionError:
            break
        await asyncio.sleep(0)
    await asyncio.wait_for(visitor.closed.wait(), 5)
    assert not other.closed.is_set()
    await other.open_contact()
    await people.leave()
