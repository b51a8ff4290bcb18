"""Signing in and out, and the one-time link that makes an account one's own."""

from __future__ import annotations

import segno
from aiohttp import web
from markupsafe import Markup

from zoturi.actions import accounts, factors, passwords
from zoturi.domain.refusals import Refusal
from zoturi.web import sessions
from zoturi.web.keys import HOUSE, WORKER
from zoturi.web.render import render

_ENDED = ("signed_out", "expired", "replaced", "revoked")


async def login_page(request: web.Request) -> web.Response:
    ended = request.query.get("ended")
    return render(request, "staff/login.html", error=False, email="", ended=ended if ended in _ENDED else None)


async def sign_in(request: web.Request) -> web.StreamResponse:
    """303 to the desk; 401 with the same words for every wrong pair; 200 with the code page when only it is missing."""
    house = request.app[HOUSE]
    form = await request.post()
    email, password, code, ticket = (_text(form, name) for name in ("email", "password", "code", "ticket"))
    try:
        outcome = await accounts.sign_in(
            house.db, house.limits.tries, email=email, password=password, code=code or None, ticket=ticket or None,
            second_factor=house.settings.require_second_factor, marks=sessions.device_marks(request),
        )  # fmt: skip
    except Refusal as refusal:
        if refusal.code != "unauthorised":
            raise
        if ticket:
            return render(request, "staff/code.html", 401, ticket=ticket, error=True)
        return render(request, "staff/login.html", 401, error=True, email=email[:254], ended=None)
    if isinstance(outcome, accounts.CodeWanted):
        return render(request, "staff/code.html", ticket=outcome.ticket, error=False)
    response = web.Response(status=303, headers={"Location": "/desk"})
    sessions.set_staff_cookies(request, response, outcome)
    return response


async def sign_out(request: web.Request) -> web.StreamResponse:
    worker = request[WORKER]
    await request.app[HOUSE].db.write(accounts.sign_out, worker)
    response = web.Response(status=303, headers={"Location": "/desk/login?ended=signed_out"})
    sessions.drop_staff_cookie(request, response)
    return response


async def welcome_page(request: web.Request) -> web.Response:
    """The page of a one-time link; 410 once it is used or too old."""
    return await _welcome(request, 200, {}, factors.new_secret())


async def welcome(request: web.Request) -> web.StreamResponse:
    """Set the password and the second factor, spend the link and sign in. Recovery codes are shown here, once."""
    house = request.app[HOUSE]
    form = await request.post()
    password, code = _text(form, "password"), _text(form, "code")
    link_hash = accounts.token_hash(request.match_info["token"])
    row = await house.db.read(accounts.link, link_hash)
    if row is None:
        raise web.HTTPGone
    needed = house.settings.require_second_factor
    secret = factors.open_carried(house.db.vault, link_hash, _text(form, "factor")) if needed else None
    errors = {}
    problem = passwords.problem(password, row, house.site)
    if problem is not None:
        errors["password"] = problem
    if needed and secret is None:
        errors["code"] = "old"
    elif needed and factors.step_of(secret, code) is None:
        errors["code"] = "wrong"
    if errors:
        return await _welcome(request, 422, errors, secret or factors.new_secret())
    codes = [] if secret is None else factors.new_recovery_codes()
    hashes = factors.recovery_hashes(house.db.vault, codes)
    await house.db.write(accounts.set_up, link_hash, await passwords.hashed(password), secret, hashes)
    try:
        outcome = await accounts.sign_in(
            house.db, house.limits.tries, email=row["email"], password=password, code=code or None, ticket=None,
            second_factor=secret is not None, marks=sessions.device_marks(request),
        )  # fmt: skip
    except Refusal:
        outcome = None  # the code grew old in between: the account is ready, and signing in is the next step
    if codes:
        response = render(request, "staff/codes.html", codes=codes)
    else:
        response = web.Response(status=303, headers={"Location": "/desk"})
    if isinstance(outcome, accounts.SignedIn):
        sessions.set_staff_cookies(request, response, outcome)
    return response


async def _welcome(request: web.Request, status: int, errors: dict[str, str], secret: str) -> web.Response:
    house = request.app[HOUSE]
    token = request.match_info["token"]
    link_hash = accounts.token_hash(token)
    row = await house.db.read(accounts.link, link_hash)
    if row is None:
        raise web.HTTPGone
    context: dict[str, object] = {"second_factor": house.settings.require_second_factor}
    if house.settings.require_second_factor:
        context["factor"] = factors.carried(house.db.vault, link_hash, secret)
        context["secret"] = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
        address = factors.address(secret, row["email"])
        drawing = segno.make(address, error="m").svg_inline(scale=4, border=3, dark="#000", light="#fff", omitsize=True)
        context["qr"] = Markup(drawing)
    return render(request, "staff/welcome.html", status, name=row["name"], email=row["email"], token=token,
                  errors=errors, **context)  # fmt: skip


def _text(form, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""
