"""What a page costs on the wire: all JavaScript and CSS it brings along, compressed as the server sends it."""

import gzip
import posixpath
import re
import uuid
from dataclasses import dataclass

from bench.product import Product, ask
from bench.results import Report
from bench.sockets import Loop, Refused

CHAT_SCRIPT, CHAT_STYLE, PAGE_SCRIPT = 25, 12, 5  # kB, from the issue
_LINK = re.compile(rb"<link\b[^>]*>|<script\b[^>]*>", re.I)
_ADDRESS = re.compile(rb"""\b(?:src|href)\s*=\s*["']([^"']+)["']""", re.I)
_DOOR = re.compile(rb"""href=["'](/en/[a-z-]+)["']""")
_IMPORT = re.compile(rb"""(?:^|[;}\s])(?:import|export)\b[^"'();]*?["']([^"']+)["']""")


@dataclass
class Weight:
    """Bytes on the wire by kind, and what the server sent without compression although it could have."""

    script: int = 0
    style: int = 0
    page: int = 0
    plain: tuple[str, ...] = ()


def fetch(product: Product, path: str, headers: dict[str, str]) -> tuple[bytes, bytes, bool]:
    """Body as sent, body as read, and whether it was compressed."""
    status, answer, body = product.request("GET", path, headers={"Accept-Encoding": "gzip", **headers})
    if status >= 500 or (status != 200 and path.startswith("/static/")):
        raise Refused(f"GET {path}: {status}")
    packed = answer.get("Content-Encoding") == "gzip"
    return body, gzip.decompress(body) if packed else body, packed


def weigh(product: Product, path: str, headers: dict[str, str]) -> Weight:
    """Follow a page's styles and scripts, and the modules these import at once (not those for a rainy day)."""
    sent, page, _ = fetch(product, path, headers)
    weight = Weight(page=len(sent))
    waiting: list[tuple[str, str]] = []
    for tag in _LINK.findall(page):
        address = _ADDRESS.search(tag)
        lower = tag.lower()
        if address is None:
            continue
        if lower.startswith(b"<script") or b"modulepreload" in lower:
            waiting.append(("script", address[1].decode()))
        elif b"stylesheet" in lower:
            waiting.append(("style", address[1].decode()))
    seen: set[str] = set()
    while waiting:
        kind, address = waiting.pop()
        address = address.split("?", 1)[0]
        if address in seen:
            continue
        seen.add(address)
        if not address.startswith("/"):
            raise Refused(f"{path} refers to {address}, which is not ours")
        body, text, packed = fetch(product, address, {})
        if not packed and len(body) > 1400:
            weight.plain += (address,)
        setattr(weight, kind, getattr(weight, kind) + len(body))
        if kind == "script":
            for target in (found.decode() for found in _IMPORT.findall(text)):
                if target.startswith((".", "/")):
                    waiting.append(("script", posixpath.normpath(posixpath.join(posixpath.dirname(address), target))))
    return weight


def pages(report: Report, product: Product) -> None:
    """The chat page in its faces, and the other visitor pages that the home page leads to."""
    loop = Loop()
    headers = product.visitor()
    found = {"chat, before": weigh(product, "/en/chat", headers)}
    link = product.link(loop, "/visitor", headers)
    contact = ask(link, "open_contact", {"client_id": str(uuid.uuid4()), "language": "en"})["contact"]["id"]
    found["chat, live"] = weigh(product, "/en/chat", headers)
    ask(link, "leave_contact", {"contact_id": contact})
    found["chat, afterwards"] = weigh(product, "/en/chat", headers)
    loop.close()
    doors = {door.decode() for door in _DOOR.findall(fetch(product, "/en/", {})[1])} - {"/en/chat"}
    for path in ("/en/", *sorted(doors), "/en/there-is-no-such-page"):
        found[path] = weigh(product, path, {})
    report.raw["pages"] = {name: vars(weight) for name, weight in found.items()}
    chat = [weight for name, weight in found.items() if name.startswith("chat")]
    other = [weight for name, weight in found.items() if not name.startswith("chat")]
    report.add(
        "pages", "chat page: JavaScript on the wire", max(w.script for w in chat) / 1000, "kB", at_most=CHAT_SCRIPT
    )
    report.add("pages", "chat page: CSS on the wire", max(w.style for w in chat) / 1000, "kB", at_most=CHAT_STYLE)
    report.add(
        "pages",
        "other visitor pages: JavaScript on the wire (largest)",
        max(w.script for w in other) / 1000,
        "kB",
        at_most=PAGE_SCRIPT,
    )
    report.add("pages", "other visitor pages: CSS on the wire (largest)", max(w.style for w in other) / 1000, "kB")
    report.add("pages", "home page: HTML on the wire", found["/en/"].page / 1000, "kB")
    if plain := sorted({address for weight in found.values() for address in weight.plain}):
        report.doubts.append(f"pages: sent uncompressed although the client takes gzip: {', '.join(plain)}")
