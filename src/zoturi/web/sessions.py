"""Cookies of visitors and of staff."""

from __future__ import annotations

from aiohttp import web

from zoturi.actions import accounts, devices, duty
from zoturi.domain.people import Visitor, Worker
from zoturi.domain.refusals import Refusal
from zoturi.settings import Settings
from zoturi.web.keys import HOUSE

_FRESH = web.RequestKey("fresh_visitor_token", str)
_ENDED = web.RequestKey("ended_visitor_session", bool)


def cookie_names(settings: Settings) -> tuple[str, str]:
    """The names of the visitor's and the staff's cookie; ``__Host-`` wherever browsers come over https."""
    prefix = "__Host-" if settings.secure_cookies else ""
    return f"{prefix}zoturi", f"{prefix}zoturi-desk"


def _device_cookie(settings: Settings) -> str:
    return ("__Host-" if settings.secure_cookies else "") + "zoturi-device"


def device_marks(request: web.Request) -> str | None:
    """The marks of a browser that staff signed in with before (see ``actions.devices``)."""
    return request.cookies.get(_device_cookie(request.app[HOUSE].settings))


def visitor_hash(request: web.Request) -> bytes | None:
    """The hash of the visitor's token, None without a cookie that we made."""
    house = request.app[HOUSE]
    token = request.cookies.get(cookie_names(house.settings)[0])
    return None if not token else accounts.visitor_token_hash(house.db.vault, token)


async def visitor_of(request: web.Request) -> Visitor | None:
    """The visitor's living session, where one is stored; opening a page alone stores nothing."""
    token_hash = visitor_hash(request)
    if token_hash is None:
        return None
    return await request.app[HOUSE].db.read(duty.living_visitor, token_hash)


async def is_fresh(request: web.Request) -> bool:
    """Whether the browser holds a token of ours that has opened nothing yet."""
    token_hash = visitor_hash(request)
    return token_hash is not None and not await request.app[HOUSE].db.read(duty.visitor_is_over, token_hash)


async def visitor_here(request: web.Request) -> Visitor | None:
    """The visitor's living session, with a sign of life of a page without a socket.

    A store that cannot write just now keeps nobody from reading.
    """
    visitor = await visitor_of(request)
    if visitor is None:
        return None
    try:
        return await request.app[HOUSE].db.write(duty.visitor_at_form, visitor.token_hash)
    except Refusal as refusal:
        return visitor if refusal.retry else None


async def begin_visitor(request: web.Request) -> Visitor:
    """The visitor's session, begun now where there is none; its cookie goes out with the answer."""
    house = request.app[HOUSE]
    token_hash = visitor_hash(request)
    if token_hash is None or await house.db.read(duty.visitor_is_over, token_hash):
        token_hash = accounts.visitor_token_hash(house.db.vault, give_visitor_cookie(request))
    return await house.db.write(duty.visitor_connected, token_hash)


def give_visitor_cookie(request: web.Request) -> str:
    """A fresh token for this browser; only once the browser comes back with it does a session begin."""
    request[_FRESH] = accounts.new_visitor_token(request.app[HOUSE].db.vault)
    return request[_FRESH]


async def ensure_visitor_cookie(request: web.Request) -> None:
    """See that the browser holds a token that still opens something."""
    token_hash = visitor_hash(request)
    if token_hash is None or await request.app[HOUSE].db.read(duty.visitor_is_over, token_hash):
        give_visitor_cookie(request)


async def end_visitor(request: web.Request) -> None:
    """End the visitor's session and take its cookie back."""
    token_hash = visitor_hash(request)
    if token_hash is not None:
        await request.app[HOUSE].db.write(duty.leave, token_hash)
    request[_ENDED] = True


async def worker_of(request: web.Request) -> Worker | None:
    """The member of staff behind the cookie, while the session lasts."""
    house = request.app[HOUSE]
    token = request.cookies.get(cookie_names(house.settings)[1])
    return None if not token else await house.db.read(accounts.session_of, accounts.token_hash(token))


def device_of(request: web.Request, worker: Worker) -> str | None:
    """The id of this browser, where the worker has signed in with it before."""
    return devices.known(request.app[HOUSE].db.vault, device_marks(request), worker.id)


async def sign_of_life(request: web.Request, worker: Worker) -> None:
    """Somebody asked for a page: the session's idle clock starts anew. A store that cannot write stops nobody."""
    try:
        await request.app[HOUSE].db.write(duty.still_here, worker)
    except Refusal as refusal:
        if not refusal.retry:
            raise


def set_staff_cookies(request: web.Request, response: web.StreamResponse, signed_in: accounts.SignedIn) -> None:
    """The session's cookie, and the one by which this browser is known again for 90 days."""
    settings = request.app[HOUSE].settings
    response.set_cookie(cookie_names(settings)[1], signed_in.token, path="/", httponly=True, samesite="Strict",
                        secure=settings.secure_cookies)  # fmt: skip
    response.set_cookie(_device_cookie(settings), signed_in.marks, path="/", httponly=True, samesite="Strict",
                        secure=settings.secure_cookies, max_age=devices.LASTS_SECONDS)  # fmt: skip


def drop_staff_cookie(request: web.Request, response: web.StreamResponse) -> None:
    settings = request.app[HOUSE].settings
    response.del_cookie(cookie_names(settings)[1], path="/", httponly=True, samesite="Strict",
                        secure=settings.secure_cookies)  # fmt: skip


def write_visitor_cookie(request: web.Request, response: web.StreamResponse) -> None:
    """Send a fresh visitor token, or take back the one of a session that just ended."""
    settings = request.app[HOUSE].settings
    name = cookie_names(settings)[0]
    if _ENDED in request:
        response.del_cookie(name, path="/", httponly=True, samesite="Lax", secure=settings.secure_cookies)
    elif _FRESH in request:
        response.set_cookie(name, request[_FRESH], path="/", httponly=True, samesite="Lax",
                            secure=settings.secure_cookies)  # fmt: skip
