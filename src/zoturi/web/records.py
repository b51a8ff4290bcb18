"""A contact on paper, for the client record where the law asks for one."""

from __future__ import annotations

from aiohttp import web

from zoturi import world
from zoturi.actions import records
from zoturi.domain.contacts import Contact
from zoturi.domain.refusals import Refusal
from zoturi.domain.timeline import Entry
from zoturi.web.keys import HOUSE, WORKER
from zoturi.web.render import render


async def print_view(request: web.Request) -> web.Response:
    """What was said, noted and done in one contact; foreign and missing ones answer the same. A supervisor is led to
    where the reason is asked for.
    """
    contact_id = request.match_info["contact_id"]
    try:
        return sheet(request, *await request.app[HOUSE].db.write(records.printed, request[WORKER], contact_id))
    except Refusal as refusal:
        if refusal.code == "bad_field":
            raise web.HTTPSeeOther(f"/manage/contacts/{contact_id}") from None
        if refusal.code != "not_found":
            raise
        raise web.HTTPNotFound from None


def sheet(request: web.Request, contact: Contact, entries: list[Entry]) -> web.Response:
    """A contact that was allowed to be printed, on its page."""
    ending = next((entry for entry in reversed(entries) if entry.kind == "closed"), None)
    return render(
        request, "staff/record.html", contact=contact, entries=entries, ending=ending and ending.data or {},
        worker=request[WORKER], printed_at=world.now(),
    )  # fmt: skip
