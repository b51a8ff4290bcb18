"""Behind the return code of a help request: where it stands, what was said, the way to take it back. Plain forms."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from zoturi import world
from zoturi.actions import chat as deeds
from zoturi.actions import duty, leaving, returning
from zoturi.domain import return_codes
from zoturi.domain.contacts import Contact
from zoturi.domain.people import Visitor
from zoturi.domain.refusals import Refusal
from zoturi.domain.standing import goes_on, promised, standing
from zoturi.store import contacts
from zoturi.web import sessions
from zoturi.web.chat_forms import actor_of
from zoturi.web.forms import text
from zoturi.web.handover_view import cards_of, stays_outside
from zoturi.web.keys import HOUSE
from zoturi.web.refusals import STATUS
from zoturi.web.render import language_of
from zoturi.web.visitor import entries_of, lang_of, visitor_page
from zoturi.wire import OfContact, SendMessage, parse

_PART_OF = "help/answer"


async def page(request: web.Request) -> web.Response:
    """The newest help request of this session, or the one named; without any, the page that asks for the code."""
    return await _answer_page(request, request.query.get("contact_id"))


async def message(request: web.Request) -> web.StreamResponse:
    """Write more. What was written comes back in the box when it could not be stored."""
    lang_of(request)
    form = await request.post()
    fields = {name: str(form.get(name, "")) for name in ("contact_id", "client_id", "text")}
    try:
        actor = await actor_of(request)
        request.app[HOUSE].limits.messages.take(actor.key)
        if "anyway" not in form and return_codes.found_in(fields["text"]):
            raise Refusal("bad_text", why="return_code")
        await request.app[HOUSE].db.write(deeds.send_message, actor, parse(SendMessage, fields))
    except Refusal as refusal:
        # What may have been stored after all goes out under the same id, so that it cannot stand there twice.
        again = {"client_id": fields["client_id"]} if refusal.retry else {}
        return await _answer_page(
            request, fields["contact_id"], STATUS.get(refusal.code, 500), kept=fields["text"],
            refused=refusal.facts.get("why", refusal.code), **again,
        )  # fmt: skip
    return _see(await address_of(request, actor, fields["contact_id"]) + "#end")


async def code(request: web.Request) -> web.StreamResponse:
    """Make a new return code; the page shows it once."""
    contact_id = await _contact_id(request)
    actor = await actor_of(request)
    request.app[HOUSE].limits.messages.take(actor.key)
    made = await request.app[HOUSE].db.write(returning.make_return_code, actor, contact_id)
    return await _answer_page(request, contact_id, code=made["code"])


async def shared(request: web.Request) -> web.StreamResponse:
    """Others use this phone: the session becomes a short one, and the page shows the code that leads back. Or not."""
    contact_id = await _contact_id(request)
    actor = await actor_of(request)
    if text(await request.post(), "on") == "no":
        await request.app[HOUSE].db.write(duty.set_shared_device, actor, False)
        return _see(await address_of(request, actor, contact_id))
    request.app[HOUSE].limits.messages.take(actor.key)
    made = await request.app[HOUSE].db.write(returning.share_device, actor, contact_id)
    return await _answer_page(request, contact_id, code=made["code"])


async def ask_withdraw(request: web.Request) -> web.StreamResponse:
    return await _ask(request, "withdraw", lambda contact: goes_on(contact))


async def withdraw(request: web.Request) -> web.StreamResponse:
    """Take the request back: it closes where nobody has it yet; whoever has it is told."""
    return await _done(request, leaving.leave_contact)


async def ask_erase(request: web.Request) -> web.StreamResponse:
    return await _ask(request, "erase", lambda contact: not contact.erased)


async def erase(request: web.Request) -> web.StreamResponse:
    """Erase everything that was said, in any state."""
    return await _done(request, leaving.erase_contact)


async def back(request: web.Request) -> web.Response:
    """The address of a form, opened as a page: the answer is one step back."""
    return _see(f"/{lang_of(request)}/{_PART_OF}")


async def address_of(request: web.Request, actor: Visitor, contact_id: str) -> str:
    """Where a help request is read; an id stands in the address only where the session holds several."""
    path = f"/{language_of(request)}/{_PART_OF}"
    mine = await _requests(request, actor)
    return path if mine and mine[0].id == contact_id else f"{path}?contact_id={contact_id}"


async def _requests(request: web.Request, visitor: Visitor | None) -> list[Contact]:
    """This session's help requests, newest first."""
    if visitor is None:
        return []
    mine = await request.app[HOUSE].db.read(contacts.of_visitor, visitor.key)
    return [contact for contact in reversed(mine) if contact.channel == "help_button"]


async def _wanted(request: web.Request, contact_id: str | None) -> tuple[Visitor | None, Contact | None, list[Contact]]:
    """Whose session this is, the help request that is asked for, and the others of the same session."""
    visitor = await sessions.visitor_of(request)
    mine = await _requests(request, visitor)
    found = next((each for each in mine if contact_id in (None, "", each.id)), None)
    if mine and found is None:
        raise web.HTTPNotFound
    return visitor, found, [each for each in mine if each is not found]


async def _answer_page(
    request: web.Request, contact_id: str | None, status: int = 200, **said: object
) -> web.StreamResponse:
    lang = lang_of(request)
    visitor, contact, others = await _wanted(request, contact_id)
    if contact is None:
        return _see(f"/{lang}/return")
    is_shared, covered = await request.app[HOUSE].db.read(duty.device_of, visitor)
    await sessions.visitor_here(request)
    if covered and not said:
        return visitor_page(request, "visitor/covered.html", to=_PART_OF)
    shown = {"kept": "", "refused": None, "code": None, "client_id": world.new_uuid()} | said
    return visitor_page(
        request, "visitor/help_answer.html", status, contact=contact, others=others, shared=is_shared,
        standing=standing(contact), promised=promised(contact), late=world.now() > contact.due_at,
        goes_on=goes_on(contact), entries=await entries_of(request, visitor, contact),
        handovers=await cards_of(request, contact), stays_outside=await stays_outside(request, contact), **shown,
    )  # fmt: skip


async def _ask(request: web.Request, what: str, possible: Callable[[Contact], bool]) -> web.StreamResponse:
    """A page that says what a step means before it is taken; where it means nothing any more, the answer itself."""
    lang = lang_of(request)
    visitor, contact, _ = await _wanted(request, request.query.get("contact_id"))
    if contact is None:
        return _see(f"/{lang}/return")
    await sessions.visitor_here(request)
    if not possible(contact):
        return _see(await address_of(request, visitor, contact.id))
    return visitor_page(request, f"visitor/help_{what}.html", contact=contact, goes_on=goes_on(contact))


async def _done(request: web.Request, deed: Callable[..., dict]) -> web.StreamResponse:
    contact_id = await _contact_id(request)
    actor = await actor_of(request)
    await request.app[HOUSE].db.write(deed, actor, contact_id)
    return _see(await address_of(request, actor, contact_id))


async def _contact_id(request: web.Request) -> str:
    lang_of(request)
    return parse(OfContact, {"contact_id": text(await request.post(), "contact_id")}).contact_id


def _see(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address})
