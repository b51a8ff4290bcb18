"""Who comes to the evening of `bench.crowd`: visitors and workers. Nobody makes the others wait."""

from __future__ import annotations

import itertools
import json
import random
import re
import socket
import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

from bench.sockets import Link, Refused, frame, upgrade_request

if TYPE_CHECKING:
    from bench.crowd_load import Crowd

LOOK_SECONDS = 20.0  # every page asks so often for a fresh snapshot, in case an event was lost
_ID = re.compile(rb'"id":"([^"]+)"')
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
_COOKIE = re.compile(rb"\r\nset-cookie: ([^;\r]+)", re.IGNORECASE)


class Talker:
    """Commands over a link, each with what follows its answer."""

    def __init__(self, crowd: Crowd, namespace: str) -> None:
        self.crowd, self.spot = crowd, namespace
        self._numbers = itertools.count(1)
        self._open: dict[bytes, Callable[[dict], None] | None] = {}

    def ask(self, link: Link, event: str, data: dict, then: Callable[[dict], None] | None = None) -> None:
        number = str(next(self._numbers))
        self._open[number.encode()] = then
        self.crowd.unanswered += 1
        link.send(frame(f"42{self.spot},{number}{json.dumps([event, data])}".encode()))

    def heard(self, payload: bytes) -> bool:
        """Whether it was an answer."""
        if not payload.startswith(b"43"):
            return False
        bracket = payload.index(b"[")
        then = self._open.pop(payload[payload.index(b",") + 1 : bracket])
        self.crowd.unanswered -= 1
        if then is not None:
            then(json.loads(payload[bracket + 1 : -1]))
        return True

    def forget(self) -> None:
        self.crowd.unanswered -= len(self._open)
        self._open.clear()

    def look(self, link: Link, snapshot: str) -> None:
        """Ask for the snapshot now and again, as every page does, as long as there is a connection."""
        if not link.closed and not self.crowd.ending:
            self.ask(link, snapshot, {})
            self.crowd.later(LOOK_SECONDS, lambda: self.look(link, snapshot))


class Visitor(Link):
    """Comes as a browser does: the page, the upgrade, the namespace, then opens a chat. On one connection, unwaited."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd, self.talker = crowd, Talker(crowd, "/visitor")
        self.contact: str | None = None
        self.ended = False
        self._page = b""
        self._stage = "page"
        self._begin(crowd.loop, socket.create_connection(("127.0.0.1", crowd.job["port"]), timeout=10))
        self.sock.setblocking(False)
        crowd.loop.add(self)
        host = f"127.0.0.1:{crowd.job['port']}"
        self.send(
            f"GET /en/chat HTTP/1.1\r\nHost: {host}\r\nSec-Fetch-Site: none\r\nAccept: text/html\r\n\r\n".encode()
        )

    def _cut(self, data: bytes) -> None:
        if self._stage == "frames":
            super()._cut(data)
            return
        self._page += data
        head, end, body = self._page.partition(b"\r\n\r\n")
        if not end:
            return
        if self._stage == "page":
            if len(body) < int(_LENGTH.search(head)[1]):
                return
            headers = {"Cookie": b"; ".join(_COOKIE.findall(head)).decode(), "Origin": self.crowd.job["origin"]}
            self._page, self._stage = b"", "upgrade"
            self.send(upgrade_request(self.crowd.job["port"], self.crowd.job["path"], headers))
            return
        if b" 101 " not in head[:20]:
            raise Refused(f"no upgrade: {head[:60]!r}")
        self._stage, self.on_text = "frames", self._text
        self.send(frame(b"40/visitor,"))
        super()._cut(body)

    def _text(self, link: Link, payload: bytes) -> None:
        if self.talker.heard(payload):
            return
        if payload.startswith(b"40/visitor"):
            self.talker.ask(self, "watch_mine", {}, self._open)
        elif payload.startswith(b'42/visitor,["contact_changed"') and b'"state":"closed"' in payload:
            self.ended = True
            self.crowd.later(0.5, self.leave)

    def _open(self, told: dict) -> None:
        asked = {"client_id": str(uuid.uuid4()), "language": "en", "nickname": "Kettu", "topics": ["sleep"]}
        began = time.perf_counter()
        self.talker.ask(self, "open_contact", asked, lambda told: self._opened(told, began))

    def _opened(self, told: dict, began: float) -> None:
        if not told["ok"]:
            self.crowd.refuse("open_contact", told)
            return
        self.contact = told["contact"]["id"]
        self.crowd.visitors[self.contact] = self
        self.crowd.opened[self.contact] = began
        self.crowd.later(LOOK_SECONDS, lambda: self.talker.look(self, "watch_mine"))

    def say(self) -> None:
        if not self.closed:
            self.crowd.say(self.talker, self, self.contact)

    def leave(self) -> None:
        """Close the page; what it had still asked for is nobody's any more."""
        self.talker.forget()
        self.close()


class Desk:
    """One worker: takes, writes, closes, and takes again."""

    def __init__(self, crowd: Crowd, number: int, headers: dict[str, str]) -> None:
        self.crowd, self.number, self.talker = crowd, number, Talker(crowd, "/desk")
        self.queue: dict[str, None] = {}  # what waits, in the order in which it came
        self.link = Link(crowd.loop, crowd.job["port"], crowd.job["path"], headers, namespace="/desk")
        told = self.link.call("watch_desk", {})
        self.queue.update(dict.fromkeys(contact["id"] for contact in told["queue"]))
        if not self.link.call("set_duty", {"on": True, "capacity": crowd.job["capacity"]})["ok"]:
            raise Refused("set_duty")
        self.link.on_text = self._text

    def _text(self, link: Link, payload: bytes) -> None:
        if self.talker.heard(payload):
            return
        if payload.startswith(b'42/desk,["contact_changed"'):
            contact = _ID.search(payload)[1].decode()
            if b'"state":"waiting"' in payload:
                self.queue[contact] = None
                self.crowd.shown.setdefault(contact, {}).setdefault(self.number, time.perf_counter())
            else:
                self.queue.pop(contact, None)
        elif payload.startswith(b'42/desk,["contact_gone"'):
            self.queue.pop(json.loads(payload[8:])[1]["contact_id"], None)
        self.crowd.desk_events += 1

    def take(self) -> None:
        if self.crowd.ending:
            return
        began = time.perf_counter()
        if self.queue and random.random() < 0.5:
            first = next(iter(self.queue))
            wish = {"contact_id": first}
            self.talker.ask(self.link, "claim_contact", wish, lambda told: self._took(told, began, first))
        else:
            self.talker.ask(self.link, "claim_next", {}, lambda told: self._took(told, began))

    def _took(self, told: dict, began: float, wanted: str | None = None) -> None:
        crowd = self.crowd
        crowd.claim_spans.append(time.perf_counter() - began)
        if told["ok"]:
            contact = told["contact"]["id"]
            winners = crowd.won.setdefault(contact, set())
            if self.number in winners:  # both hands reached for it at once; it is theirs, and was before
                self.take()
                return
            winners.add(self.number)
            self._talk(contact)
        elif told["code"] in ("already_claimed", "gone"):
            crowd.lost_races += 1
            self.queue.pop(wanted, None)
            self.take()
        else:
            if told["code"] != "nothing_waiting":
                crowd.refuse("claim", told)
            crowd.later(1.0, self.take)

    def _talk(self, contact: str) -> None:
        """Three words and three answers, then the end, after ten seconds give or take a few."""
        crowd = self.crowd
        seconds = crowd.job["chat_seconds"] * random.uniform(0.7, 1.3)
        for part in (0.1, 0.4, 0.7):
            crowd.later(part * seconds, lambda: crowd.say(self.talker, self.link, contact))
            if contact in crowd.visitors:
                crowd.later((part + 0.15) * seconds, crowd.visitors[contact].say)
        crowd.later(seconds, lambda: self._end(contact))

    def _end(self, contact: str) -> None:
        if not self.crowd.ending:
            asked = {"contact_id": contact, "outcome": "listened"}
            self.talker.ask(self.link, "close_contact", asked, self._ended)

    def _ended(self, told: dict) -> None:
        if not told["ok"]:
            self.crowd.refuse("close_contact", told)
        self.take()
