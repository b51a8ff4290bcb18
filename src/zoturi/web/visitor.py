"""The pages of a visitor: home, chat in its four faces, thanks, privacy, accessibility, exit."""

from datetime import UTC, datetime

from aiohttp import web
from multidict import MultiDictProxy

from zoturi import i18n, world
from zoturi.actions import chat as deeds
from zoturi.actions import duty, figures, routing
from zoturi.domain.contacts import CLAIMED, WAITING, Contact
from zoturi.domain.people import Visitor
from zoturi.domain.refusals import Refusal
from zoturi.domain.timeline import contact_for
from zoturi.store import contacts
from zoturi.web import sessions, visitor_view
from zoturi.web.handover_view import cards_of, stays_outside
from zoturi.web.keys import HOUSE, PLACE_OF
from zoturi.web.render import PAGES, language_of, render, same_for_all
from zoturi.wire import MOST_ENTRIES, GiveFeedback, OpenContact, ReadEntries, parse

_REFUSED_STATUS = {"busy": 503, "storage_unavailable": 503, "too_fast": 429}


async def front_door(request: web.Request) -> web.Response:
    """To the home page in the browser's language."""
    code = i18n.choose(request.headers.get("Accept-Language"), request.app[PAGES].locales)
    return _see(f"/{code}/", status=302)


async def without_slash(request: web.Request) -> web.Response:
    """The home page's address as people type it."""
    return _see(f"/{lang_of(request)}/", status=302)


async def home(request: web.Request) -> web.Response:
    lang_of(request)
    stopped = await _stopped(request)
    return same_for_all(request, "visitor/home.html", stopped, lambda now: visitor_view.without(now, stopped))


async def chat(request: web.Request) -> web.Response:
    """One address, four faces: before the chat, closed, the chat itself, and its end."""
    return await chat_page(request)


async def chat_page(request: web.Request, status: int = 200, **said: object) -> web.Response:
    """The face of the chat that fits this session now. ``said`` are words for a page that forms alone drive."""
    lang_of(request)
    await sessions.ensure_visitor_cookie(request)
    visitor = await sessions.visitor_of(request)
    contact = await _latest(request, visitor)
    if contact is not None and _goes_on(contact):
        return await _talk(request, visitor, contact, status, **said)
    if contact is not None and (contact.rest_until or 0) > world.now():
        return _rest(request, contact)
    if contact is not None and "read" in request.query:
        return await _read_again(request, visitor, contact)
    if contact is not None and "again" not in request.query:
        return await _end(request, contact, thanked="thanks" in request.query)
    return await _before(request)


async def open_chat(request: web.Request) -> web.Response:
    """Open a contact and go to the chat; what was given is kept when something does not fit."""
    house = request.app[HOUSE]
    lang = lang_of(request)
    form = await request.post()
    command = None
    try:
        visitor = await sessions.begin_visitor(request)
        house.limits.messages.take(visitor.key)
        command = parse(OpenContact, _opening(form, lang))
        opened = await house.db.write(deeds.open_contact, visitor, house.site, house.zone, command)
        await _say_not_safe(request, form, visitor, opened["contact"]["id"])
        if form.get("shared") == "yes":
            await house.db.write(duty.set_shared_device, visitor, True)
            return _see(f"/{lang}/chat?shared=1")
    except Refusal as refusal:
        if refusal.code == "conflict" and command is not None and command.carry:
            # A chat is open already: a safety fact told in the test must still reach whoever answers it.
            await house.db.write(deeds.bring_safety, visitor, refusal.facts["contact_id"], command.carry)
        if refusal.code == "conflict":
            await _say_not_safe(request, form, visitor, refusal.facts["contact_id"])
        if refusal.code not in ("conflict", "closed_now") and "retry_in_seconds" not in refusal.facts:
            return await _before(request, form, refusal.code)
    # Closed in the meantime, a chat is open already, or the session rests: the chat's own address shows which.
    return _see(f"/{lang}/chat")


async def _say_not_safe(request: web.Request, form: MultiDictProxy, visitor: Visitor, contact_id: str) -> None:
    """The panel of the help button opens a chat of somebody in danger."""
    if form.get("not_safe") == "yes":
        await request.app[HOUSE].db.write(deeds.say_not_safe, visitor, contact_id)


async def feedback(request: web.Request) -> web.Response:
    """Keep whether it helped, then thank."""
    lang = lang_of(request)
    form = await request.post()
    visitor = await sessions.visitor_of(request)
    contact = await _latest(request, visitor)
    if contact is None:
        return _see(f"/{lang}/chat")
    helped = _text(form, "helped") or ""
    said = {
        "contact_id": _text(form, "contact_id"),
        "helped": int(helped) if helped in {"1", "2", "3", "4", "5"} else None,
        "text": _text(form, "text"),
    }
    try:
        request.app[HOUSE].limits.others.take(visitor.key)
        await request.app[HOUSE].db.write(deeds.give_feedback, visitor, parse(GiveFeedback, said))
    except Refusal as refusal:
        if refusal.code not in ("bad_field", "bad_text", *_REFUSED_STATUS):
            raise
        return await _end(request, contact, given=said | {"helped": helped}, refused=refusal.code)
    return _see(f"/{lang}/chat?thanks=1")


async def privacy(request: web.Request) -> web.Response:
    lang_of(request)
    return same_for_all(request, "visitor/privacy.html")


async def accessibility(request: web.Request) -> web.Response:
    lang_of(request)
    return same_for_all(request, "visitor/accessibility.html")


async def exit_help(request: web.Request) -> web.Response:
    """How to leave fast, and what stays behind all the same; read before one needs it."""
    lang_of(request)
    return same_for_all(request, "visitor/exit_help.html")


async def leave(request: web.Request) -> web.Response:
    """Quick exit: the session ends here, and the browser goes to an everyday page."""
    await sessions.end_visitor(request)
    return _see(request.app[HOUSE].site.exit_to)


async def theme(request: web.Request) -> web.Response:
    """The operator's colours, where the site has some."""
    colours = request.app[HOUSE].site.theme
    if colours is None:
        raise web.HTTPNotFound
    return web.Response(text=visitor_view.theme_css(colours), content_type="text/css", charset="utf-8")


def visitor_page(request: web.Request, template: str, status: int = 200, **context: object) -> web.Response:
    """A page with the help that is there now; of errors too, so its address may be in no language of ours."""
    return render(request, template, status, **request.app[PAGES].help_now(language_of(request)), **context)


def lang_of(request: web.Request) -> str:
    """The language in the address; an address in a language we do not have is no address."""
    lang = request.match_info["lang"]
    if not any(lang == known.code for known in request.app[PAGES].locales):
        raise web.HTTPNotFound
    return lang


def _see(address: str, status: int = 303) -> web.Response:
    return web.Response(status=status, headers={"Location": address})


async def _latest(request: web.Request, visitor: Visitor | None) -> Contact | None:
    """The chat of this session that goes on, else the newest one."""
    if visitor is None:
        return None
    mine = await request.app[HOUSE].db.read(contacts.of_visitor, visitor.key)
    chats = [contact for contact in reversed(mine) if contact.channel == "chat"]
    return next(filter(_goes_on, chats), chats[0] if chats else None)


def _goes_on(contact: Contact) -> bool:
    return contact.state in (WAITING, CLAIMED) and not contact.visitor_left and not contact.erased


async def _talk(request: web.Request, visitor: Visitor, contact: Contact, status: int, **said: object) -> web.Response:
    shared, covered = await request.app[HOUSE].db.read(duty.device_of, visitor)
    await sessions.visitor_here(request)
    if covered and not said:
        return visitor_page(request, "visitor/covered.html")
    place = await request.app[PLACE_OF](contact) if contact.state == WAITING else None
    shown = {
        "kept": "", "refused": None, "code": None, "client_id": world.new_uuid(), "danger": "danger" in request.query,
        "fresh": "shared" in request.query,
    } | said  # fmt: skip
    return visitor_page(
        request, "visitor/chat.html", status, contact=contact_for("visitor", contact), flagged=contact.flagged,
        shared=shared, place=place, entries=await entries_of(request, visitor, contact),
        handovers=await cards_of(request, contact), **shown,
    )  # fmt: skip


async def _read_again(request: web.Request, visitor: Visitor, contact: Contact) -> web.Response:
    """What was said in a talk that has ended, for the one who comes back to it."""
    if contact.erased:
        return _see(f"/{lang_of(request)}/chat")
    await sessions.visitor_here(request)
    entries = await entries_of(request, visitor, contact)
    return visitor_page(
        request, "visitor/read_again.html", entries=entries, handovers=await cards_of(request, contact)
    )  # fmt: skip


async def entries_of(request: web.Request, visitor: Visitor, contact: Contact) -> list[dict]:
    """Everything a visitor may see of a contact, each with its time in milliseconds too."""
    db = request.app[HOUSE].db
    entries: list[dict] = []
    while True:
        after = entries[-1]["seq"] if entries else 0
        more = await db.read(deeds.read_entries, visitor, ReadEntries(contact_id=contact.id, after=after))
        entries += more["entries"]
        if len(more["entries"]) < MOST_ENTRIES:
            break
    return [entry | {"ms": visitor_view.milliseconds(entry["at"])} for entry in entries]


async def _open_doors(request: web.Request, lang: str) -> dict[str, object]:
    """What every page shows, with the chat's door as it stands this moment: a team may have stopped early."""
    stopped = await _stopped(request)
    return visitor_view.without(request.app[PAGES].help_now(lang), stopped)


async def _stopped(request: web.Request) -> frozenset[str]:
    house = request.app[HOUSE]
    return await house.db.read(routing.stopped_languages, house.site)


async def _before(
    request: web.Request, form: MultiDictProxy | None = None, refused: str | None = None
) -> web.Response:  # fmt: skip
    """Before the chat while somebody answers, else when that is and who answers now."""
    lang = lang_of(request)
    found = await _open_doors(request, lang)
    _count_turned_away(request, lang, found["speakable"])
    if not found["speakable"]:
        return render(request, "visitor/closed.html", **found)
    given = {} if form is None else {name: _text(form, name) for name in ("nickname", "age_group", "area", "language")}
    if form is not None:
        given["topics"] = form.getall("topics", [])
        given["shared"] = form.get("shared") == "yes"
        given["carry"] = form.getall("carry", [])
    status = 200 if refused is None else _REFUSED_STATUS.get(refused, 422)
    client_id = form and _text(form, "client_id") or world.new_uuid()
    return render(
        request, "visitor/before_chat.html", status, given=given, refused=refused, client_id=client_id, **found
    )  # fmt: skip


def _count_turned_away(request: web.Request, lang: str, speakable: list[str]) -> None:
    """One more who found the door closed, by the hours or in their language; each session once."""
    spoken = visitor_view.spoken(lang)
    if spoken not in speakable and request.method != "HEAD":
        mark = sessions.visitor_hash(request)
        figures.turned_away(request.app[HOUSE].tally, by_language=bool(speakable), language=spoken,
                            session=mark.hex() if mark else world.new_id(), now=world.now())  # fmt: skip


def _rest(request: web.Request, contact: Contact) -> web.Response:
    """After a talk that was ended for abuse: calm words, and when a new one can begin."""
    zone = request.app[HOUSE].zone
    local, again = (datetime.fromtimestamp(at / 1000, UTC).astimezone(zone) for at in (world.now(), contact.rest_until))
    return visitor_page(request, "visitor/rest.html", again=visitor_view.moment(again, local))


async def _end(
    request: web.Request, contact: Contact, *, thanked: bool = False, given: dict | None = None,
    refused: str | None = None,
) -> web.Response:  # fmt: skip
    status = 200 if refused is None else _REFUSED_STATUS.get(refused, 422)
    return visitor_page(
        request, "visitor/end.html", status, contact_id=contact.id, erased=contact.erased,
        talked=contact.claimed_at is not None, thanked=thanked, given=given or {}, refused=refused,
        handovers=await cards_of(request, contact), stays_outside=await stays_outside(request, contact),
    )  # fmt: skip


def _opening(form: MultiDictProxy, lang: str) -> dict[str, object]:
    """The posted fields as the command knows them; a field left empty was not answered."""
    fields: dict[str, object] = {
        "client_id": _text(form, "client_id"),
        "language": _text(form, "language") or visitor_view.spoken(lang),
    }
    for name in ("nickname", "age_group", "area"):
        if value := _text(form, name):
            fields[name] = value
    if topics := [topic for topic in form.getall("topics", []) if isinstance(topic, str)]:
        fields["topics"] = topics
    if carry := [token for token in form.getall("carry", []) if isinstance(token, str) and token]:
        fields["carry"] = ".".join(carry)
    return fields


def _text(form: MultiDictProxy, name: str) -> str | None:
    value = form.get(name)
    return value if isinstance(value, str) else None
