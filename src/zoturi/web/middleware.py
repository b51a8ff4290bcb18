"""What every request passes: same origin, headers, errors in words, permission."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from zoturi import logs
from zoturi.domain.access import may
from zoturi.domain.refusals import Refusal
from zoturi.web import sessions
from zoturi.web.errors import error_page
from zoturi.web.keys import BLOCKS, HOUSE, ROOM_FOR_SOCKET, WORKER
from zoturi.web.refusals import STATUS

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Server": "zoturi",  # which libraries, in which versions, is nobody's business
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()",
}
FORM_SECONDS = 30.0  # for the largest form over a slow phone; slower ones only hold a connection
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The outermost one: refuses foreign origins, turns errors into pages, and sets the headers of every answer."""
    request.protocol.came = True
    try:
        _same_origin(request)
        request.app[BLOCKS].take(request)
        await _room(request)
        await _readable(request)
        response = await handler(request)
    except web.HTTPException as problem:
        response = web.Response(status=problem.status) if problem.status < 400 else _error(request, problem.status)
        response.headers.update({k: v for k, v in problem.headers.items() if k in ("Location", "Allow")})
    except Refusal as refusal:
        response = _error(request, STATUS.get(refusal.code, 500), refusal.code)
    except ConnectionResetError:
        raise
    except Exception as problem:  # noqa: BLE001 - a visitor gets a page with numbers, whatever broke
        logs.failure("request_failed", problem)
        response = _error(request, 500)
    if not response.prepared:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        sessions.write_visitor_cookie(request, response)
    return response


def _same_origin(request: web.Request) -> None:
    """A change needs ``Sec-Fetch-Site: same-origin`` or, where that header is absent, an exact ``Origin``; a WebSocket
    always needs an exact ``Origin``.
    """
    origins = request.app[HOUSE].settings.origins
    if request.headers.get("Upgrade", "").lower() == "websocket":
        if request.headers.get("Origin") not in origins:
            raise web.HTTPForbidden
    elif request.method not in _SAFE:
        site = request.headers.get("Sec-Fetch-Site")
        same = site == "same-origin" if site is not None else request.headers.get("Origin") in origins
        if not same:
            raise web.HTTPForbidden


async def _readable(request: web.Request) -> None:
    """A form that is none (bytes that are no text) is the sender's mistake, not ours.

    Only what forms of ours send is read: one request in an odd charset (punycode) can hold the whole process for
    seconds, and the parts of a multipart form may each name one.
    """
    if request.method == "POST":
        if (request.charset or "utf-8").lower() not in ("utf-8", "utf8") or request.content_type.startswith(
            "multipart/"
        ):
            raise web.HTTPUnsupportedMediaType
        try:
            async with asyncio.timeout(FORM_SECONDS):
                await request.post()  # the handlers get the same form again
        except TimeoutError:
            raise web.HTTPRequestTimeout from None
        except (ValueError, LookupError):
            raise web.HTTPBadRequest from None


async def _room(request: web.Request) -> None:
    """Refuse a handshake when sockets are many; the last places are kept for those who prove to be staff."""
    room = request.app[ROOM_FOR_SOCKET]
    if not request.path.startswith("/socket.io/") or room(staff=False):
        return
    if not room(staff=True) or await sessions.worker_of(request) is None:
        raise web.HTTPServiceUnavailable


def _error(request: web.Request, status: int, code: str | None = None) -> web.Response:
    """An error in words: a page with the crisis lines for visitors, a plain line elsewhere."""
    try:
        return error_page(request, status, code)
    except Exception as problem:  # noqa: BLE001 - an error page must never fail itself
        logs.failure("error_page_failed", problem)
        return web.Response(text="112", status=status)


def permitted(handler: Handler, permission: str) -> Handler:
    """Wrap a handler in its declared permission; staff without a session are sent to sign in."""

    async def checked(request: web.Request) -> web.StreamResponse:
        worker = None
        if permission.startswith(("staff.session", "staff.quiet", "queue.", "manage.")):
            worker = await sessions.worker_of(request)
            if worker is None:
                raise web.HTTPSeeOther("/desk/login")
            if not permission.endswith(".quiet"):
                await sessions.sign_of_life(request, worker)
        request[WORKER] = worker
        if permission.startswith("public.") and not request.app[HOUSE].doors_open:
            return error_page(request, 503, "not_open_yet")
        if permission != "own.contact" and not may(worker, permission):
            raise web.HTTPForbidden
        return await handler(request)

    return checked
