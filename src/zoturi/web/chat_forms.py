"""The chat without a socket: plain forms, and a question that waits for news. The same deeds, the same answers.

A browser that sends a form gets a page; a script that asks for anything but HTML gets the command's acknowledgement.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

from aiohttp import web

from zoturi.actions import chat as deeds
from zoturi.actions import duty, leaving, returning
from zoturi.domain import return_codes
from zoturi.domain.people import Visitor
from zoturi.domain.refusals import Refusal
from zoturi.web import sessions
from zoturi.web.keys import HOUSE, LISTENING, PLACE_OF
from zoturi.web.refusals import STATUS, acknowledgement
from zoturi.web.render import language_of
from zoturi.web.visitor import chat_page
from zoturi.wire import OfContact, ReadEntries, SendMessage, parse

WAIT_SECONDS = 25.0
_PLAIN_NUMBER = re.compile("[0-9]{1,10}")


async def message(request: web.Request) -> web.StreamResponse:
    """Send a message. What was written comes back in the box when it could not be stored."""
    form = await request.post()
    fields = {name: str(form.get(name, "")) for name in ("contact_id", "client_id", "text")}

    async def send(actor: Visitor) -> dict:
        request.app[HOUSE].limits.messages.take(actor.key)
        if "anyway" not in form and _wants_page(request) and return_codes.found_in(fields["text"]):
            raise Refusal("bad_text", field="text", why="return_code")
        return await request.app[HOUSE].db.write(deeds.send_message, actor, parse(SendMessage, fields))

    return await _answer(request, send, kept=fields["text"], to="#end")


async def entries(request: web.Request) -> web.Response:
    """Entries after a seq, and the contact as it is. Without any, waits 25 seconds for news, but not with ``now``."""
    query = request.query
    house = request.app[HOUSE]
    try:
        actor = await actor_of(request)
        after = query.get("after", "0")
        wanted = {
            "contact_id": query.get("contact_id", ""),
            "after": int(after) if _PLAIN_NUMBER.fullmatch(after) else -1,
        }
        command = parse(ReadEntries, wanted)
        with request.app[LISTENING](actor.key) as news:
            contact, answer = await house.db.read(deeds.read_news, actor, command)
            if not answer["entries"] and "now" not in query:
                await asyncio.wait([news], timeout=WAIT_SECONDS)
                contact, answer = await house.db.read(deeds.read_news, actor, command)
        in_line = contact.channel == "chat" and contact.state == "waiting"
        place = await request.app[PLACE_OF](contact) if in_line else None
    except Refusal as refusal:
        return acknowledgement(refusal)
    return web.json_response({"ok": True, **answer, "place": place})


async def not_safe(request: web.Request) -> web.StreamResponse:
    """One tap: the contact is flagged, and the page comes back with the danger panel and what was being written."""
    form = await request.post()

    async def say(actor: Visitor) -> dict:
        return await request.app[HOUSE].db.write(deeds.say_not_safe, actor, await _contact_id(request))

    written = str(form.get("text", "")).strip()
    if not written or not _wants_page(request):
        return await _answer(request, say, to="?danger=1")
    await say(await actor_of(request))
    return await chat_page(request, kept=written, danger=True)


async def leave(request: web.Request) -> web.StreamResponse:
    """Leave the line, or end the talk."""

    async def go(actor: Visitor) -> dict:
        return await request.app[HOUSE].db.write(leaving.leave_contact, actor, await _contact_id(request))

    return await _answer(request, go)


async def erase(request: web.Request) -> web.StreamResponse:
    """Erase everything said, during the talk or after it."""

    async def wipe(actor: Visitor) -> dict:
        return await request.app[HOUSE].db.write(leaving.erase_contact, actor, await _contact_id(request))

    return await _answer(request, wipe)


async def code(request: web.Request) -> web.StreamResponse:
    """Make a return code; the page shows it once."""

    async def make(actor: Visitor) -> dict:
        request.app[HOUSE].limits.messages.take(actor.key)
        return await request.app[HOUSE].db.write(returning.make_return_code, actor, await _contact_id(request))

    return await _answer(request, make)


async def shared(request: web.Request) -> web.StreamResponse:
    """Others use this phone: the session becomes a short one, the page shows the code that leads back. Or not so."""
    form = await request.post()

    async def share(actor: Visitor) -> dict:
        house = request.app[HOUSE]
        if form.get("on") == "no":
            return await house.db.write(duty.set_shared_device, actor, False)
        house.limits.messages.take(actor.key)
        return await house.db.write(returning.share_device, actor, await _contact_id(request))

    return await _answer(request, share)


async def back_to_chat(request: web.Request) -> web.Response:
    """The address of a form, opened as a page: the talk is one step back."""
    return _to_chat(request)


async def _answer(
    request: web.Request, run: Callable[[Visitor], Awaitable[dict]], *, kept: str = "", to: str = ""
) -> web.StreamResponse:
    try:
        answer = await run(await actor_of(request))
    except Refusal as refusal:
        if not _wants_page(request):
            return acknowledgement(refusal)
        if not kept:
            raise
        return await chat_page(
            request, STATUS.get(refusal.code, 500), refused=refusal.facts.get("why", refusal.code), kept=kept
        )
    if not _wants_page(request):
        return web.json_response({"ok": True, **answer})
    if "code" in answer:
        return await chat_page(request, code=answer["code"])
    return _to_chat(request, to)


def _to_chat(request: web.Request, to: str = "") -> web.Response:
    return web.Response(status=303, headers={"Location": f"/{language_of(request)}/chat{to}"})


def _wants_page(request: web.Request) -> bool:
    return "text/html" in request.headers.get("Accept", "")


async def _contact_id(request: web.Request) -> str:
    form = await request.post()
    return parse(OfContact, {"contact_id": str(form.get("contact_id", ""))}).contact_id


async def actor_of(request: web.Request) -> Visitor:
    """The session behind the cookie, with a sign of life; none, or one that ended, is ``unauthorised``.

    To somebody whose first page is open and who has no chat yet, every chat is a foreign one: ``not_found``.
    Forms count against the same limits as the commands of a socket.
    """
    visitor = await sessions.visitor_here(request)
    if visitor is None:
        raise Refusal("not_found" if await sessions.is_fresh(request) else "unauthorised")
    request.app[HOUSE].limits.others.take(visitor.key)
    return visitor
