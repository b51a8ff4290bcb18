"""The receiving service's pages: a neutral door, the packet, and the answer. The link alone shows nothing."""

from __future__ import annotations

from aiohttp import web

from zoturi import world
from zoturi.actions import receiving
from zoturi.actions.receiving import GONE, OPEN, WRONG, Door
from zoturi.domain.handovers import Handover
from zoturi.domain.refusals import Refusal
from zoturi.settings import Settings
from zoturi.web.forms import text
from zoturi.web.handover_view import day_in_words, packet, today
from zoturi.web.keys import HOUSE
from zoturi.web.refusals import STATUS
from zoturi.web.render import PAGES, language_of, render
from zoturi.web.screening_view import words_for_desk
from zoturi.wire import AcceptHandover, parse


async def page(request: web.Request) -> web.Response:
    """The neutral door; for whoever opened it, what was sent."""
    token = request.match_info["token"]
    door = await request.app[HOUSE].db.read(receiving.look, token, _cookie(request, token))
    return _shown(request, door)


async def print_view(request: web.Request) -> web.Response:
    """What was sent, on paper."""
    token = request.match_info["token"]
    door = await request.app[HOUSE].db.read(receiving.look, token, _cookie(request, token))
    return _shown(request, door, template="handover/print.html")


async def open_it(request: web.Request) -> web.Response:
    """The PIN spends the link and shows what was sent; the cookie keeps it open in this browser until it is due."""
    token = request.match_info["token"]
    house = request.app[HOUSE]
    door = await house.db.read(receiving.look, token, _cookie(request, token))
    if door.state == OPEN:  # the same form sent once more
        return _shown(request, door)
    cookie = world.new_token()
    pin = text(await request.post(), "pin")
    door = await house.db.write(receiving.open_by_link, token, pin, cookie)
    response = _shown(request, door)
    if door.state == OPEN:
        seconds = max(0, (door.handover.due_at - world.now()) // 1000)
        response.set_cookie(
            _cookie_name(house.settings, token), cookie, path="/", httponly=True, samesite="Strict",
            secure=house.settings.secure_cookies, max_age=seconds,
        )  # fmt: skip
    return response


async def accept(request: web.Request) -> web.Response:
    """The service takes it on, and says by when it gets in touch."""
    form = await request.post()
    fields = {"handover_id": "x", "contact_by": text(form, "contact_by") or None}
    try:
        contact_by = parse(AcceptHandover, fields).contact_by
        return await _answer(request, contact_by=contact_by)
    except Refusal as refusal:
        return await _mend(request, refusal, contact_by=fields["contact_by"] or "")


async def decline(request: web.Request) -> web.Response:
    """The service cannot take it, and says why."""
    reason = text(await request.post(), "reason")
    try:
        return await _answer(request, reason=reason)
    except Refusal as refusal:
        return await _mend(request, refusal, reason=reason)


async def ask_for_link(request: web.Request) -> web.Response:
    """A new link to the registered address; whoever asks sees the same page, whatever the link was."""
    await request.app[HOUSE].db.write(receiving.ask_for_link, request.match_info["token"])
    return render(request, "handover/gone.html", token=_safe(request), asked=True)


async def _answer(request: web.Request, contact_by: str | None = None, reason: str | None = None) -> web.Response:
    token, house = request.match_info["token"], request.app[HOUSE]
    cookie = _cookie(request, token)
    await house.db.write(receiving.answer_by_link, token, cookie, house.zone, contact_by, reason)
    return web.Response(status=303, headers={"Location": f"/handover/{token}"})


async def _mend(request: web.Request, refusal: Refusal, **given: str) -> web.Response:
    """The page again with what was given, and what does not fit."""
    token = request.match_info["token"]
    door = await request.app[HOUSE].db.read(receiving.look, token, _cookie(request, token))
    if door.state != OPEN:  # answering needs the cookie of an opened link
        door = Door(GONE)
    return _shown(request, door, status=STATUS.get(refusal.code, 500), problem=refusal.facts.get("field"), given=given)


def _shown(
    request: web.Request, door: Door, *, template: str = "handover/packet.html", status: int = 200,
    problem: str | None = None, given: dict | None = None,
) -> web.Response:  # fmt: skip
    if door.state == GONE:
        return render(request, "handover/gone.html", 410, token=_safe(request), asked=False)
    if door.state != OPEN:
        return render(request, "handover/door.html", 422 if door.state == WRONG else 200, token=_safe(request),
                      left=door.left)  # fmt: skip
    return render(request, template, status, token=_safe(request), problem=problem,
                  given={"contact_by": "", "reason": ""} | (given or {}), **_facts(request, door.handover))  # fmt: skip


def _facts(request: web.Request, handover: Handover) -> dict:
    house, code, body = request.app[HOUSE], language_of(request), handover.body
    asked = words_for_desk(request.app[PAGES].asked_in(code).values())
    return {
        "state": handover.state,
        "reference": handover.id,
        "language": handover.language,
        "service": handover.name(code),
        "sender": body.package["from"] if body else "",
        "packet": packet(body.package, asked, code) if body and handover.state != "declined" else None,
        "erased": body is None,
        "due_at": handover.due_at,
        "today": today(house, world.now()),
        "printed_at": world.now(),
        "contact_by": body and day_in_words(code, body.contact_by),
    }


def _safe(request: web.Request) -> str:
    """The token as it may stand in an address of ours."""
    return "".join(letter for letter in request.match_info["token"] if letter.isascii() and letter.isalnum())[:128]


def _cookie_name(settings: Settings, token: str) -> str:
    """One cookie a link, so that a service may have several open side by side."""
    return f"{'__Host-' if settings.secure_cookies else ''}zoturi-handover-{token[:12]}"


def _cookie(request: web.Request, token: str) -> str | None:
    if not token.isascii() or not token.isalnum():
        return None
    return request.cookies.get(_cookie_name(request.app[HOUSE].settings, token))
