"""Errors in words: what a visitor sees carries the crisis lines, what staff see says what to do."""

from __future__ import annotations

from aiohttp import web

from zoturi.web.render import render
from zoturi.web.visitor import visitor_page

_REASONS = {403: "forbidden", 410: "link", 429: "too_fast"}


def error_page(request: web.Request, status: int, code: str | None = None) -> web.Response:
    """The page of an error. ``code`` is the refusal behind it, where there is one."""
    if request.path.startswith(("/desk", "/manage")):
        return render(request, "staff/refused.html", status, reason=_REASONS.get(status))
    return visitor_page(request, "visitor/error.html", status, error_status=status, error_code=code)
