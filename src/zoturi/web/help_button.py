"""The help button: one question a page, all answers once more, and a receipt. One complete post does the same.

Every page is the answer to a form; what was given so far travels in a sealed field, never in the address.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web
from multidict import MultiDictProxy

from zoturi import world
from zoturi.actions import duty, screening
from zoturi.actions import help_button as deeds
from zoturi.domain import help_requests
from zoturi.domain.help_requests import DANGER, FIELDS, SEVERAL, Known
from zoturi.domain.refusals import Refusal
from zoturi.web import help_progress, help_view, safety, screening_view, sessions
from zoturi.web.blocks import PRESS
from zoturi.web.forms import see
from zoturi.web.help_progress import Progress
from zoturi.web.keys import BLOCKS, HOUSE
from zoturi.web.refusals import STATUS
from zoturi.web.render import PAGES, framed
from zoturi.web.visitor import lang_of, visitor_page
from zoturi.web.visitor_view import spoken
from zoturi.wire import LONGEST_CARRY, HelpRequest, parse

Answers = Mapping[str, str | tuple[str, ...]]
_TOO_MUCH = ("too_long", "too_many")


async def start(request: web.Request) -> web.Response:
    """The first question. What the address brings along (a poster's topics, area, unit) is kept through the pages."""
    lang_of(request)
    await sessions.ensure_visitor_cookie(request)
    return _page(request, _begin(request))


async def press(request: web.Request) -> web.Response:
    """Take what one page gave and show the next; or take everything, store it and go to the receipt.

    The result of a worry test leads to the first question with nothing but answers to carry along.
    """
    lang_of(request)
    form = await request.post()
    token = _text(form, "progress")
    if not token and _only_begins(form):
        await sessions.ensure_visitor_cookie(request)
        return _page(request, _begin(request, _carry(form)))
    if not token:
        return await _send(request, _text(form, "client_id"), read(form, FIELDS), _carry(form))
    before = help_progress.unseal(request.app[HOUSE].db.vault, token, world.now())
    if before is None:
        return _page(request, _begin(request), again=True)
    return await _go_on(request, before, form)


async def receipt(request: web.Request) -> web.Response:
    """What was promised, with the code that leads back; only in the session that pressed the button."""
    lang = lang_of(request)
    house = request.app[HOUSE]
    visitor = await sessions.visitor_of(request)
    found = None if visitor is None else await house.db.read(deeds.receipt, visitor)
    if found is None:
        return see(f"/{lang}/help")
    _, covered = await house.db.read(duty.device_of, visitor)
    await sessions.visitor_here(request)
    if covered:
        return visitor_page(request, "visitor/covered.html", to="help/receipt")
    paper = help_view.on_paper(house.site, found, house.zone)
    # Who came by "Call me, I speak …" reads the promise in the language they chose, too.
    spoken_to = house.call_me.get(paper["spoken"]) if paper["asked_role"] is None else None
    return _render(
        request, "help_receipt.html", paper=paper, sent_before="sent" in request.query, dangers=paper["dangers"],
        spoken_to=spoken_to, others=house.call_me.beside(spoken_to) if spoken_to else (),
        told_day=spoken_to and spoken_to.day(help_view.local_day(paper["due"], house.zone)),
    )  # fmt: skip


async def _go_on(request: web.Request, before: Progress, form: MultiDictProxy) -> web.Response:
    known = _known(request)
    go = _text(form, "go")
    if before.step is None:
        if go == "send":
            return await _send(request, before.client_id, before.answers, before.carry)
        if go == "alone":
            return _page(request, before.carry_nothing())
        return _page(request, before.back(known) if go == "back" else before.change(go))
    progress = before.answer(read(form, before.step.fields))
    wrong = wrongs(progress.answers, known, carried=_opened(request, progress.carry) is not None)
    here = {name: fault for name, fault in wrong.items() if name in before.step.fields}
    if go == "back":
        here = {name: fault for name, fault in here.items() if fault in _TOO_MUCH}
    if here:
        return _page(request, progress, here)
    return _page(request, progress.back(known) if go == "back" else progress.on(known, wrong))


async def _send(request: web.Request, client_id: str, answers: Answers, carry: str) -> web.Response:
    """Store it and go to the receipt; else everything on one page, with what has to be mended."""
    lang, known = lang_of(request), _known(request)
    carried = _opened(request, carry)
    wrong, refused = wrongs(answers, known, carried=carried is not None), None
    if not wrong:
        refused = await send(request, client_id, help_requests.tidy(answers, known), carry)
        if refused in (None, "conflict"):
            return see(f"/{lang}/help/receipt", **({"sent": "before"} if refused else {}))
    if not client_id or refused == "bad_field":
        client_id = world.new_uuid()
    return _render(
        request, "help_all.html", 422 if refused is None else STATUS.get(refused, 500), given=answers, wrong=wrong,
        refused=refused, known=known, steps=help_requests.steps(answers, known), asked=_asked(answers, known),
        client_id=client_id, panel_is_new=False, carry=carry, brought=_brought(request, carried),
    )  # fmt: skip


async def send(request: web.Request, client_id: str, answers: Answers, carry: str = "") -> str | None:
    """Store tidied answers as a help request; None, or the code of why that was refused."""
    house = request.app[HOUSE]
    reached, _ = help_view.unreachable(answers)
    try:
        fields = help_view.as_request(client_id, answers, reached) | ({"carry": carry} if carry else {})
        command = parse(HelpRequest, fields)
        visitor = await sessions.begin_visitor(request)
        house.limits.messages.take(visitor.key)
        request.app[BLOCKS].take(request, PRESS)
        await house.db.write(deeds.press, visitor, house.site, house.zone, command)
    except Refusal as refusal:
        return refusal.code
    return None


def wrongs(
    answers: Answers, known: Known, needed: tuple[str, ...] = help_requests.NEEDED, *, carried: bool = False
) -> dict[str, str]:  # fmt: skip
    """What has to be mended, by field, in the order it is asked; a number or address nobody answers at, too.

    Whose worry test goes along (``carried``) has said something to answer.
    """
    found = help_requests.faults(answers, known, needed)
    if carried and found.get("text") == "nothing":
        del found["text"]
    _, unreachable = help_view.unreachable(help_requests.tidy(answers, known))
    found = unreachable | found
    return {name: found[name] for name in FIELDS if name in found}


def read(form: MultiDictProxy, names: tuple[str, ...]) -> dict[str, str | tuple[str, ...]]:
    """These fields of a form, as they were given."""
    found: dict[str, str | tuple[str, ...]] = {}
    for name in names:
        if name in SEVERAL:
            found[name] = tuple(each for each in form.getall(name, []) if isinstance(each, str) and each)
        else:
            found[name] = _text(form, name)
    return found


def _only_begins(form: MultiDictProxy) -> bool:
    """Whether a post brings no answer to any question: whoever comes from a worry test is asked them first."""
    asked = any(name in form for name in FIELDS if name != "language")
    return _text(form, "go") == "begin" or ("carry" in form and not asked)


def _carry(form: MultiDictProxy) -> str:
    """The answers of a worry test, sealed. What is too long is none of ours and keeps no request from being sent."""
    carry = ".".join(each for each in form.getall("carry", []) if isinstance(each, str) and each)
    return carry if len(carry) <= LONGEST_CARRY else ""


def _opened(request: web.Request, carry: str) -> screening.Carried | None:
    """What would come along if it were sent now."""
    return screening.open_carry(request.app[HOUSE].db.vault, carry, world.now()) if carry else None


def _brought(request: web.Request, carried: screening.Carried | None) -> dict[str, object] | None:
    """The same as pages name it; None where nothing comes along."""
    if carried is None:
        return None
    known = request.app[PAGES].asked_in(lang_of(request))
    return {"topics": screening_view.topics_in(carried.data, known), "danger": bool(carried.flags)}


def _begin(request: web.Request, carry: str = "") -> Progress:
    known = _known(request)
    brought = {name: tuple(request.query.getall(name, [])) for name in ("topics", "area", "unit")}
    language = spoken(lang_of(request))
    answers = help_requests.presets(brought, known) | ({"language": language} if language in known.languages else {})
    return help_progress.begin(answers, world.now(), carry)


def _page(
    request: web.Request, progress: Progress, wrong: Mapping[str, str] | None = None, *, again: bool = False
) -> web.Response:
    """The page somebody has come to. Who says that somebody is in danger, here or in a worry test that goes along, is
    led to the panel first.
    """
    known, step = _known(request), progress.step
    pages = help_requests.steps(progress.answers, known)
    at, of = pages.index(step) + 1 if step in pages else len(pages), _ahead(progress.answers, known)
    danger = progress.answers.get("danger_now") == "yes" and progress.at in ("whom", help_progress.CHECK)
    carried = _opened(request, progress.carry)
    dangers = (*((DANGER,) if danger else ()), *(carried.flags if carried and step is None else ()))
    shown = {
        "known": known, "step": step, "again": again, "at": at, "of": of, "asked": _asked(progress.answers, known),
        "token": help_progress.seal(request.app[HOUSE].db.vault, progress),
    }  # fmt: skip
    if step and not (wrong or again or danger or progress.carry or any(map(progress.answers.get, step.fields))):
        return _untouched(request, progress, shown)
    return _render(
        request, "help_step.html" if step else "help_check.html", 422 if wrong or again else 200, **shown,
        given=progress.answers, wrong=wrong or {}, steps=pages, checked=progress.checked, dangers=dangers,
        panel_is_new=danger and progress.at == "whom" and not wrong, carry=progress.carry,
        brought=_brought(request, carried),
    )  # fmt: skip


def _untouched(request: web.Request, progress: Progress, shown: dict[str, object]) -> web.Response:
    """A page without any answer is alike for all who come to it. What it shows stands in ``alike``, and no more."""
    asked = shown["asked"].intersection(progress.step.fields)
    professional = progress.at == "family" and progress.answers.get("role") == "professional"
    return _render(
        request, "help_step.html", alike=(progress.at, shown["at"], shown["of"], asked, professional),
        **shown | {"asked": asked}, given={"role": "professional"} if professional else {}, wrong={}, brought=None,
        panel_is_new=False,
    )  # fmt: skip


def _known(request: web.Request) -> Known:
    site = request.app[HOUSE].site
    return request.app[PAGES].once("help form", lambda: help_view.known(site))


def _ahead(answers: Answers, known: Known) -> int:
    """How many pages it will be; most people want to be rung, and nobody's way shall grow longer while they walk it."""
    return len(help_requests.steps({**answers, "contact_by": answers.get("contact_by") or "phone"}, known))


def _asked(answers: Answers, known: Known) -> frozenset[str]:
    return frozenset(name for name in FIELDS if help_requests.is_asked(name, answers, known))


def _render(request: web.Request, template: str, status: int = 200, *, dangers: tuple[str, ...] = (),
            **context: object) -> web.Response:  # fmt: skip
    social = request.app[HOUSE].site.social_emergency_number is not None
    lang, pages = lang_of(request), request.app[PAGES]
    panel = safety.panel(dangers, pages.help_now(lang)["crisis"], lang, social)
    return framed(
        request, "visitor/help_frame.html", f"visitor/{template}", status, **context,
        panel=panel, panel_id=world.new_uuid() if dangers else None, view=help_view,
    )  # fmt: skip


def _text(form: MultiDictProxy, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""
