"""The supervisor's page of this moment, and reading a colleague's contact with a reason."""

from __future__ import annotations

from aiohttp import web

from zoturi.actions import chat, closing, supervision
from zoturi.actions import records as recorded
from zoturi.domain.refusals import Refusal
from zoturi.domain.timeline import contact_for
from zoturi.web import proof, records
from zoturi.web.forms import see, text
from zoturi.web.keys import HOUSE, WORKER
from zoturi.web.render import render
from zoturi.web.visitor_view import milliseconds
from zoturi.wire import MOST_ENTRIES, ReadEntriesAsStaff, parse

_SAID = ("released", "reassigned", "closed_early", "opened_again", "gone", "at_capacity", "conflict", "bad_field")


async def page(request: web.Request) -> web.Response:
    """Who waits, how long, who works with how many. It works without a script; with one it keeps itself fresh."""
    return await _now(request, "manage/now.html")


async def live(request: web.Request) -> web.Response:
    """The same page, asked for by itself: no sign that somebody is there."""
    return await _now(request, "manage/now.html")


async def _now(request: web.Request, template: str) -> web.Response:
    house, worker = request.app[HOUSE], request[WORKER]
    now = await house.db.read(supervision.now, worker, house.site, house.zone)
    said = request.query.get("done", "")
    return render(request, template, worker=worker, here_is="now", now=now, said=said if said in _SAID else None,
                  told=_number(request.query.get("told", "")))  # fmt: skip


async def release(request: web.Request) -> web.Response:
    """Take a contact off a colleague."""
    return await _deed(request, "released", supervision.release, request.match_info["contact_id"])


async def reassign(request: web.Request) -> web.Response:
    """Give a contact to somebody on duty."""
    to = text(await request.post(), "worker")
    return await _deed(request, "reassigned", supervision.reassign, request.match_info["contact_id"], to)


async def close_early(request: web.Request) -> web.Response:
    """Take no new chats until the next opening, and tell those who wait."""
    house = request.app[HOUSE]
    told = await house.db.write(closing.close_early, request[WORKER], house.site, house.zone)
    return see("/manage/now", done="closed_early", told=str(told))


async def open_again(request: web.Request) -> web.Response:
    """Take new chats again."""
    return await _deed(request, "opened_again", closing.open_again)


async def contact(request: web.Request) -> web.Response:
    """Ask for the reason before a colleague's contact is opened."""
    return await _contact(request)


async def read(request: web.Request) -> web.Response:
    """With a reason and a fresh proof the contact is shown, and the audit keeps both."""
    form = await request.post()
    contact_id = request.match_info["contact_id"]
    try:
        wanted = parse(ReadEntriesAsStaff, {"contact_id": contact_id, "after": 0, "reason": text(form, "reason")})
    except Refusal:
        return await _contact(request, 422, reason=text(form, "reason"), wrong=True)
    db, worker = request.app[HOUSE].db, request[WORKER]
    await db.read(supervision.of_team, worker, contact_id)  # what is not there asks for no proof
    asked = await proof.asked(request)
    if asked is not None:
        return asked
    entries: list[dict] = []
    while True:
        command = wanted.model_copy(update={"after": entries[-1]["seq"] if entries else 0})
        more = (await db.write(chat.read_entries_as_staff, worker, command, wanted.reason))["entries"]
        entries += [entry | {"ms": milliseconds(entry["at"])} for entry in more]
        if len(more) < MOST_ENTRIES:
            break
    return await _contact(request, entries=entries, reason=wanted.reason)


async def print_view(request: web.Request) -> web.Response:
    """A colleague's contact on paper, for the same reasons and with the same proof as reading it."""
    form = await request.post()
    contact_id = request.match_info["contact_id"]
    try:
        wanted = parse(ReadEntriesAsStaff, {"contact_id": contact_id, "after": 0, "reason": text(form, "reason")})
    except Refusal:
        return await _contact(request, 422, reason=text(form, "reason"), wrong=True)
    db, worker = request.app[HOUSE].db, request[WORKER]
    await db.read(supervision.of_team, worker, contact_id)
    asked = await proof.asked(request)
    if asked is not None:
        return asked
    return records.sheet(request, *await db.write(recorded.printed, worker, contact_id, wanted.reason))


async def _contact(request: web.Request, status: int = 200, **said: object) -> web.Response:
    worker = request[WORKER]
    found = await request.app[HOUSE].db.read(supervision.of_team, worker, request.match_info["contact_id"])
    said = {"entries": None, "reason": "", "wrong": False, **said}
    # Facts that could point at a person show only with the entries.
    viewer = "queue" if said["entries"] is None else "owner"
    return render(request, "manage/contact.html", status, worker=worker, here_is="now", found=found,
                  contact=contact_for(viewer, found), **said)  # fmt: skip


async def _deed(request: web.Request, done: str, deed, *given: object) -> web.Response:
    try:
        await request.app[HOUSE].db.write(deed, request[WORKER], *given)
    except Refusal as refusal:
        if refusal.code not in _SAID:
            raise
        done = refusal.code
    # The page of what may not be dropped has the same buttons, and whoever pressed one there goes on there.
    from_dropped = text(await request.post(), "page") == "dropped"
    return see("/manage/dropped" if from_dropped else "/manage/now", done=done)


def _number(given: str) -> int:
    return int(given) if given.isdecimal() and len(given) < 6 else 0
