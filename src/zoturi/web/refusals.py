"""Refusals at the edge of HTTP: the same acknowledgement as on a socket, and a status."""

from __future__ import annotations

from aiohttp import web

from zoturi.domain.refusals import Refusal

STATUS = {
    "unauthorised": 401, "forbidden": 403, "not_found": 404, "bad_field": 422, "bad_text": 422, "conflict": 409,
    "gone": 410, "too_fast": 429, "busy": 503, "closed_now": 409, "storage_unavailable": 503, "internal": 500,
}  # fmt: skip


def acknowledgement(refusal: Refusal) -> web.Response:
    """A refusal for a script: the same acknowledgement as on the socket."""
    return web.json_response(refusal.answer(), status=STATUS.get(refusal.code, 500))
