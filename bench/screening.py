"""The worry test's result page: how many a core serves, how long one takes, what it weighs. No database is touched."""

import itertools
import re
import selectors
import socket
import time
import urllib.parse
from collections.abc import Iterator

from bench.processes import busy_seconds, cores, cpu_seconds, on_load_core
from bench.product import Product
from bench.results import Report

PER_CORE, P99_MS, PAGE_KB = 1000, 20, 40  # from the issue
CLIENTS = 8
WARM_UP_SECONDS = 1.0
SECONDS = {"quick": 3.0, "full": 8.0}
TOPICS = ("mood", "friends", "sleep", "school")
TAPS = {"much": "a_lot", "long": "over_two_weeks", "someone": "nobody"}
DISTURBED = 0.15


def screening(report: Report, product: Product, quick: bool) -> None:
    """Post the last safety answer again and again: each answer scores four topics and draws the whole result."""
    request = last_post(product)
    page = ask_once(product.port, request)
    done, delays, cpu, seconds, disturbed = drive(
        product, itertools.repeat(request), SECONDS["quick" if quick else "full"]
    )
    report.raw["screening"] = {"requests": done, "seconds": seconds, "cpu_seconds": cpu, "bytes": len(page)}
    delays.sort()
    report.add(
        "screening",
        "result of the worry test: pages for each second of a core",
        done / cpu,
        "1/s",
        at_least=PER_CORE,
        disturbed=disturbed,
    )
    report.add(
        "screening",
        f"result page with {CLIENTS} clients at once: p99",
        1000 * delays[int(0.99 * len(delays))],
        "ms",
        at_most=P99_MS,
        disturbed=disturbed,
    )
    report.add(
        "screening",
        "result page: everything over the wire",
        (len(page) + _beside(product)) / 1000,
        "kB",
        at_most=PAGE_KB,
    )


def last_post(product: Product, topics: tuple[str, ...] = TOPICS, headers: str = "", **taps: str) -> bytes:
    """Go through the test once; the request that leads to the result."""
    fields: dict[str, object] = {"who": "worry-13-17"}
    answers = [{"topic": topics}, *([TAPS | taps] * len(topics)), {"hurt_self": "never"}]
    for given in answers:
        status, _, body = product.request("POST", "/en/worry-test", _pairs(fields))
        if status != 200:
            raise RuntimeError(f"the worry test answered {status}")
        token = re.search(rb'name="progress" value="([^"]+)"', body)[1].decode()
        fields = {"progress": token, "go": "next", **given}
    status, _, body = product.request("POST", "/en/worry-test", _pairs(fields))
    token = re.search(rb'name="progress" value="([^"]+)"', body)[1].decode()
    content = urllib.parse.urlencode(_pairs({"progress": token, "go": "next", "danger_young": "none"})).encode()
    head = (
        f"POST /en/worry-test HTTP/1.1\r\nHost: 127.0.0.1:{product.port}\r\nSec-Fetch-Site: same-origin\r\n{headers}"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def _pairs(fields: dict[str, object]) -> list[tuple[str, str]]:
    return [(name, each) for name, value in fields.items() for each in ([value] if isinstance(value, str) else value)]


def ask_once(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as link:
        link.sendall(request)
        answer = b""
        while not _whole(answer):
            answer += link.recv(65536)
    body = answer.partition(b"\r\n\r\n")[2]
    if b'class="picture"' not in body:
        raise RuntimeError("the last post did not lead to a result")
    return body


def _whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head.lower())
    return bool(end) and length is not None and len(body) >= int(length[1])


def _beside(product: Product) -> int:
    """Bytes of the styles and scripts of the page, compressed as the server sends them."""
    _, _, body = product.request("GET", "/en/worry-test")
    addresses = set(re.findall(rb'(?:href|src)="(/static/[^"]+\.(?:css|js|svg))"', body))
    return sum(
        len(product.request("GET", address.decode(), headers={"Accept-Encoding": "gzip"})[2]) for address in addresses
    )


@on_load_core()
def drive(product: Product, requests: Iterator[bytes], seconds: float) -> tuple[int, list[float], float, float, bool]:
    """Pages answered, their delays, the server's processor seconds, the time, and whether others disturbed it."""
    core = cores()[0]
    with selectors.DefaultSelector() as ready:
        links = [socket.create_connection(("127.0.0.1", product.port)) for _ in range(CLIENTS)]
        asked: dict[socket.socket, float] = {}
        heard: dict[socket.socket, bytes] = {}
        for link in links:
            ready.register(link, selectors.EVENT_READ)
            link.sendall(next(requests))
            asked[link], heard[link] = time.perf_counter(), b""
        done, delays, began, cpu, busy = 0, [], None, 0.0, 0.0
        start = time.perf_counter()
        while True:
            for key, _ in ready.select(5):
                link = key.fileobj
                heard[link] += link.recv(262_144)
                if _whole(heard[link]):
                    now = time.perf_counter()
                    if began is not None:
                        done += 1
                        delays.append(now - asked[link])
                    link.sendall(next(requests))
                    asked[link], heard[link] = now, b""
            now = time.perf_counter()
            if began is None and now - start >= WARM_UP_SECONDS:
                began, cpu, busy = now, cpu_seconds(product.pid), busy_seconds(core)
            elif began is not None and now - began >= seconds:
                break
        spent = cpu_seconds(product.pid) - cpu
        others = busy_seconds(core) - busy - spent
        for link in links:
            link.close()
    return done, delays, spent, now - began, others / (now - began) > DISTURBED
