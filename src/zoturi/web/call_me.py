""" "Call me, I speak …": the help button as one screen in the reader's own language."""

from __future__ import annotations

from aiohttp import web

from zoturi import world
from zoturi.domain import help_requests
from zoturi.domain.help_requests import NEEDED_TO_CALL
from zoturi.web import help_view, sessions
from zoturi.web.forms import see, text
from zoturi.web.help_button import read, send, wrongs
from zoturi.web.keys import HOUSE
from zoturi.web.refusals import STATUS
from zoturi.web.visitor import lang_of, visitor_page

_ASKED = ("phone", "best_time", "voicemail_ok", "interpreter", "area", "unit")


async def page(request: web.Request) -> web.Response:
    """The screen in the language asked for, else the languages to choose from."""
    lang_of(request)
    await sessions.ensure_visitor_cookie(request)
    known = help_view.known(request.app[HOUSE].site)
    brought = {name: tuple(request.query.getall(name, [])) for name in ("area", "unit")}
    return _screen(request, request.query.get("speak", ""), world.new_uuid(), help_requests.presets(brought, known))


async def press(request: web.Request) -> web.Response:
    """Store the request to be rung and go to the receipt; else the same screen, with what has to be mended."""
    lang = lang_of(request)
    house = request.app[HOUSE]
    form = await request.post()
    speak, client_id = text(form, "language"), text(form, "client_id")
    if speak not in house.call_me:
        return see(f"/{lang}/call-me")
    known = help_view.known(house.site)
    answers = read(form, _ASKED) | {"contact_by": "phone", "language": speak}
    wrong, refused = wrongs(answers, known, NEEDED_TO_CALL), None
    if not wrong:
        refused = await send(request, client_id, help_requests.tidy(answers, known))
        if refused in (None, "conflict"):
            return see(f"/{lang}/help/receipt")
    status = 422 if refused is None else STATUS.get(refused, 500)
    return _screen(
        request, speak, client_id if refused != "bad_field" else world.new_uuid(), answers, wrong, refused, status
    )


def _screen(
    request: web.Request, speak: str, client_id: str, given: dict, wrong: dict | None = None,
    refused: str | None = None, status: int = 200,
) -> web.Response:  # fmt: skip
    languages = request.app[HOUSE].call_me
    shown = languages.get(speak)
    if shown is None:
        return visitor_page(request, "visitor/call_me_languages.html")
    return visitor_page(
        request, "visitor/call_me.html", status, shown=shown, beside=languages.beside(shown), client_id=client_id,
        given=given, wrong=wrong or {}, refused=refused,
    )  # fmt: skip
