"""People for the tests: visitors and workers who go through the real doors, over real sockets."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable

import aiohttp
import orjson


def new_id() -> str:
    """A client id as browsers make them."""
    return str(uuid.uuid4())


class Refused(Exception):
    """The server did not let the socket join."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Person:
    """A browser: a cookie jar and, once joined, one socket with all events it heard."""

    namespace = ""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self.events: list[tuple[str, dict]] = []
        self.acked_at = 0  # how many events had come when the last answer came
        self.answers: list[tuple[str, dict, dict]] = []  # every command with its fields and its answer
        self._acks: dict[int, asyncio.Future] = {}
        self._next = 0
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task | None = None
        self._heard = asyncio.Event()
        self.closed = asyncio.Event()

    @property
    def same_origin(self) -> dict[str, str]:
        return {"Origin": self.origin, "Sec-Fetch-Site": "same-origin"}

    async def connect(self, origin: str | None = None) -> None:
        """Open the socket and join the namespace; raises :class:`Refused`."""
        headers = {"Origin": self.origin if origin is None else origin}
        url = f"{self.origin}/socket.io/?EIO=4&transport=websocket"
        self.closed.clear()
        self._socket = await self.http.ws_connect(url, headers=headers, max_msg_size=0)
        await self._socket.receive()
        await self._socket.send_str(f"40{self.namespace},")
        while True:
            frame = await asyncio.wait_for(self._socket.receive(), 10)
            if frame.type is not aiohttp.WSMsgType.TEXT:
                raise Refused("closed")
            if frame.data.startswith("44"):
                raise Refused(orjson.loads(frame.data.split(",", 1)[1])["message"])
            if frame.data.startswith("40"):
                break
            if frame.data == "2":
                await self._socket.send_str("3")
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for frame in self._socket:
            if frame.type is not aiohttp.WSMsgType.TEXT:
                break
            text = frame.data
            if text == "2":
                await self._socket.send_str("3")
            elif text.startswith("42"):
                name, data = orjson.loads(text.split(",", 1)[1])
                self.events.append((name, data))
            elif text.startswith("43"):
                rest = text.split(",", 1)[1]
                number, _, payload = rest.partition("[")
                future = self._acks.pop(int(number), None)
                self.acked_at = len(self.events)
                if future is not None and not future.done():
                    future.set_result(orjson.loads("[" + payload)[0])
            self._heard.set()
        self.closed.set()
        self._heard.set()
        for future in self._acks.values():
            if not future.done():
                future.set_exception(ConnectionError("closed"))
        self._acks.clear()

    async def ask(self, command: str, **fields: object) -> dict:
        """Send a command and return its acknowledgement, whatever it says."""
        answer = await self.ask_raw(orjson.dumps([command, fields]).decode())
        self.answers.append((command, fields, answer))
        return answer

    async def ask_raw(self, payload: str) -> dict:
        """Send a frame's payload as it is, with an ack id, and return the acknowledgement."""
        self._next += 1
        future = self._acks[self._next] = asyncio.get_running_loop().create_future()
        await self._socket.send_str(f"42{self.namespace},{self._next}{payload}")
        return await asyncio.wait_for(future, 15)

    async def do(self, command: str, **fields: object) -> dict:
        """Send a command that must be accepted."""
        answer = await self.ask(command, **fields)
        assert answer["ok"], (command, answer)
        return answer

    async def refused(self, command: str, **fields: object) -> str:
        """Send a command that must be refused; the code, with the field where one is named (`bad_field text`)."""
        answer = await self.ask(command, **fields)
        assert not answer["ok"], (command, answer)
        return " ".join(filter(None, (answer["code"], answer.get("field"))))

    async def settle(self) -> None:
        """Wait until everything that deeds told before now has arrived here."""
        await self.ask("are_you_there")

    async def entries(self, contact_id: str, **fields: object) -> list[dict]:
        """The timeline as this person may read it."""
        return (await self.do("read_entries", contact_id=contact_id, **{"after": 0, **fields}))["entries"]

    async def texts(self, contact_id: str) -> list[str]:
        """What was said and noted, as far as this person may read it."""
        return [entry["text"] for entry in await self.entries(contact_id) if entry["kind"] in ("message", "note")]

    async def kinds(self, contact_id: str) -> list[str]:
        return [entry["kind"] for entry in await self.entries(contact_id)]

    def forget(self) -> None:
        """Look at later events only."""
        self.events.clear()

    async def send_frame(self, text: str) -> None:
        await self._socket.send_str(text)

    async def heard(self, name: str, match: Callable[[dict], bool] = lambda data: True, seconds: float = 10) -> dict:
        """The first event of this name that matches, now or within some seconds."""
        async with asyncio.timeout(seconds):
            while True:
                for event, data in self.events:
                    if event == name and match(data):
                        return data
                self._heard.clear()
                await self._heard.wait()

    def all_heard(self, name: str) -> list[dict]:
        return [data for event, data in self.events if event == name]

    async def hang_up(self) -> None:
        """Lose the socket, keep the cookies."""
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            await self._reader
            self._reader = None

    async def leave(self) -> None:
        await self.hang_up()
        await self.http.close()


class VisitorPerson(Person):
    """Somebody on the public side."""

    namespace = "/visitor"

    async def arrive(self, language: str = "fi") -> VisitorPerson:
        """Open the chat page (which gives the cookie) and connect."""
        async with self.http.get(f"{self.origin}/{language}/chat") as page:
            assert page.status == 200
        await self.connect()
        return self

    async def open_contact(self, **fields: object) -> dict:
        """Open a chat; the contact."""
        fields = {"client_id": new_id(), "language": "fi", **fields}
        return (await self.do("open_contact", **fields))["contact"]

    async def say(self, contact_id: str, text: str) -> dict:
        return await self.do("send_message", contact_id=contact_id, client_id=new_id(), text=text)


class WorkerPerson(Person):
    """Somebody on the staff side."""

    namespace = "/desk"

    async def sign_in(self, email: str, password: str, code: str | None = None) -> int:
        """Sign in through the form; the status."""
        form = {"email": email, "password": password} | ({"code": code} if code else {})
        async with self.http.post(f"{self.origin}/desk/login", data=form, headers=self.same_origin,
                                  allow_redirects=False) as answer:  # fmt: skip
            return answer.status

    async def on_duty(self, capacity: int = 3) -> WorkerPerson:
        """Connect, watch and go on duty."""
        if self._reader is None:
            await self.connect()
        await self.do("watch_desk")
        await self.do("set_duty", on=True, capacity=capacity)
        return self

    async def say(self, contact_id: str, text: str) -> dict:
        return await self.do("send_message", contact_id=contact_id, client_id=new_id(), text=text)
