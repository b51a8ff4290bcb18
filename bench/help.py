"""The help button among many contacts: how many requests a core stores and answers, and how long it takes."""

import re
import selectors
import shutil
import socket
import time
import urllib.parse
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from bench.processes import busy_seconds, cores, cpu_seconds
from bench.product import Product
from bench.results import Report
from bench.shelf import Shelf

PER_CORE, P99_MS, STORED = 300, 60, 100_000  # from the issue
CLIENTS = 8
WARM_UP_SECONDS, SECONDS = 1.0, 8.0
DISTURBED = 0.15
FORM = [
    ("for_whom", "my_child"), ("role", "parent"), ("child_ages", "3-6"), ("child_ages", "7-12"), ("area", "lainela"),
    ("unit", "kuusimaen-koulu"), ("topics", "sleep"), ("topics", "parenting"), ("contact_by", "phone"),
    ("text", "Lapsi ei nuku, enkä minä. Illat ovat yhtä huutoa, ja aamulla pitäisi jaksaa töihin."),
    ("phone", "040 000 0000"), ("best_time", "evening"), ("voicemail_ok", "no"), ("who_may_know", "vain minä"),
    ("language", "fi"), ("interpreter", "no"), ("name", "Maija"),
]  # fmt: skip
_HEAD = "Host: 127.0.0.1:{port}\r\nSec-Fetch-Site: same-origin\r\n"


@dataclass(eq=False)
class Family:
    """One connection on which one family after another presses the button and reads its receipt."""

    port: int
    began: float = 0.0
    heard: bytes = b""
    pressed: bool = False
    link: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self.link = socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def press(self) -> None:
        """A family nobody knows yet: no cookie, a fresh client id."""
        content = urllib.parse.urlencode([("client_id", str(uuid.uuid4())), *FORM]).encode()
        self._ask(
            "POST /fi/help",
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(content)}\r\n",
            content,
        )
        self.began, self.pressed = time.perf_counter(), True

    def goes_on(self) -> bool:
        """Whether a receipt has come whole; after the redirect it is asked for."""
        self.heard += self.link.recv(262_144)
        head, end, body = self.heard.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head.lower())
        if not end or (length is not None and len(body) < int(length[1])):
            return False
        if self.pressed:
            cookie = re.search(rb"\r\nset-cookie: ([^;]+);", head, re.IGNORECASE)
            if b" 303 " not in head[:16] or cookie is None:
                raise RuntimeError(f"the help button answered {head[:60]!r}")
            self.pressed = False
            self._ask("GET /fi/help/receipt", f"Cookie: {cookie[1].decode()}\r\n")
            return False
        if b'class="promise"' not in body:
            raise RuntimeError("the receipt did not show a promise")
        return True

    def _ask(self, what: str, headers: str, content: bytes = b"") -> None:
        self.heard = b""
        self.link.sendall(f"{what} HTTP/1.1\r\n{_HEAD.format(port=self.port)}{headers}\r\n".encode() + content)


def help_button(report: Report, folder: Path) -> None:
    """Families press the button as fast as they are answered, beside 100,000 contacts that are stored already."""
    place = folder / "help"
    place.mkdir()
    product = Product(core=cores()[0], folder=place)
    try:
        product.prepare(1)
        (contact,) = product.contact_ids(range(1))
        product.end()
        shelf = Shelf(product)
        shelf.add_closed(contact, STORED)
        shelf.put_back()
        product.start()
        delays, cpu, seconds, disturbed = _drive(product)
    finally:
        product.end()
        shutil.rmtree(place, ignore_errors=True)
    delays.sort()
    report.raw["help"] = {"requests": len(delays), "seconds": seconds, "cpu_seconds": cpu, "stored": STORED}
    report.add("help", "help requests stored, receipts shown, for each second of a core", len(delays) / cpu, "1/s",
               at_least=PER_CORE, disturbed=disturbed)  # fmt: skip
    report.add("help", f"… with {CLIENTS} families at once and {STORED // 1000} 000 contacts stored: p99",
               1000 * delays[int(0.99 * len(delays))], "ms", at_most=P99_MS, disturbed=disturbed)  # fmt: skip


def _drive(product: Product) -> tuple[list[float], float, float, bool]:
    """From press to receipt, the server's processor seconds, the time, and whether others disturbed it."""
    core = cores()[0]
    families = [Family(product.port) for _ in range(CLIENTS)]
    with selectors.DefaultSelector() as ready:
        for family in families:
            ready.register(family.link, selectors.EVENT_READ, family)
            family.press()
        delays, began, cpu, busy = [], None, 0.0, 0.0
        start = time.perf_counter()
        while True:
            for key, _ in ready.select(5):
                family = key.data
                if family.goes_on():
                    if began is not None:
                        delays.append(time.perf_counter() - family.began)
                    family.press()
            now = time.perf_counter()
            if began is None and now - start >= WARM_UP_SECONDS:
                began, cpu, busy = now, cpu_seconds(product.pid), busy_seconds(core)
            elif began is not None and now - began >= SECONDS:
                break
        spent = cpu_seconds(product.pid) - cpu
        others = busy_seconds(core) - busy - spent
    for family in families:
        family.link.close()
    return delays, spent, now - began, others / (now - began) > DISTURBED
