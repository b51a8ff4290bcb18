"""The worry test: who it is for, what weighs, a page a topic, two safety questions, the result. Nothing is stored.

Every page is the answer to a form; what was given so far travels in a sealed field, never in the address.
"""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web
from multidict import MultiDictProxy

from zoturi import i18n, world
from zoturi.actions import screening as deeds
from zoturi.actions.screening import Progress
from zoturi.domain.questionnaires import score
from zoturi.web import safety, screening_view
from zoturi.web.keys import HOUSE
from zoturi.web.render import PAGES, framed, language_of
from zoturi.web.visitor import lang_of
from zoturi.web.visitor_view import spoken


async def start(request: web.Request) -> web.Response:
    """Who the test is for."""
    lang_of(request)
    return _who(request)


async def answer(request: web.Request) -> web.Response:
    """Take what one page gave and show the next one, or the one before."""
    house = request.app[HOUSE]
    lang_of(request)
    form = await request.post()
    now = world.now()
    token = _text(form, "progress")
    known = request.app[PAGES].asked_in(language_of(request))
    before = deeds.open_progress(house.db.vault, known, token, now) if token else None
    if "who" in form:
        asked = known.get(_text(form, "who"))
        if asked is None:
            return _who(request, again=True)
        progress = deeds.begin(asked, now)
        if before is not None:
            progress = replace(progress, run=before.run)  # whoever went back began only once
        house.tally.count(deeds.STARTED, progress.run, asked.group, spoken(language_of(request)), now)
        return _page(request, progress, progress)
    if before is None:
        return _who(request, again=True)
    return _go_on(request, before, form)


def _go_on(request: web.Request, before: Progress, form: MultiDictProxy) -> web.Response:
    go = _text(form, "go")
    back = go == "back"
    asked = before.questionnaire
    progress = before
    if before.page == 0:
        chosen = [] if go == "skip" else [each for each in form.getall("topic", []) if isinstance(each, str)]
        progress = before.choose(chosen)
        fits = 1 <= len(progress.chosen) <= asked.most
        if not (fits or back or go == "skip"):
            return _topics(request, progress, "many" if progress.chosen else "none")
    elif before.section is not None:
        given = {} if go == "skip" else {
            question.id: [each for each in form.getall(question.id, []) if isinstance(each, str)]
            for question in before.section.questions
        }  # fmt: skip
        progress = before.answer(given)
    if back and before.page <= before.first:
        return _who(request, progress)
    return _page(request, progress.move(-1 if back else 1), before)


def _page(request: web.Request, progress: Progress, before: Progress) -> web.Response:
    """The page somebody has come to. A safety fact stated just now is what the reader is led to first."""
    if progress.finished:
        return _result(request, progress, before)
    if progress.page == 0:
        return _topics(request, progress)
    return _render(request, "question.html", progress, before, section=progress.section,
                   given=progress.answers.get(progress.section.id, {}))  # fmt: skip


def _who(request: web.Request, progress: Progress | None = None, *, again: bool = False) -> web.Response:
    token = deeds.seal_progress(request.app[HOUSE].db.vault, progress) if progress is not None else None
    known = request.app[PAGES].asked_in(language_of(request))
    return _visitor_page(request, "who.html", 422 if again else 200, alike=None if again else "who", again=again,
                         token=token, questionnaires=[each for each in known.values() if each.most])  # fmt: skip


def _topics(request: web.Request, progress: Progress, mistake: str | None = None) -> web.Response:
    return _render(request, "topics.html", progress, progress, 422 if mistake else 200, mistake=mistake)


def _result(request: web.Request, progress: Progress, before: Progress) -> web.Response:
    house, lang, now = request.app[HOUSE], language_of(request), world.now()
    asked = progress.questionnaire
    house.tally.count(deeds.FINISHED, progress.run, asked.group, spoken(lang), now)
    result = score(asked, progress.chosen, progress.answers)
    found = request.app[PAGES].help_now(lang)
    carry = [
        (section.name, deeds.seal_section(house.db.vault, progress, section, now))
        for section in progress.pages
        if section not in asked.always and progress.answers.get(section.id)
    ]
    return _render(
        request, "result.html", progress, before, said=result.flags, result=result,
        overall=screening_view.overall(result), calm=screening_view.calm_topics(result), carry=carry,
        waves=screening_view.waves(result, i18n.translations(lang).gettext),
        steps=screening_view.next_steps(result.steps, found["crisis"], found["chats"], lang),
        open_id=world.new_uuid(),
    )  # fmt: skip


def _render(request: web.Request, template: str, progress: Progress, before: Progress, status: int = 200,
            said: tuple[str, ...] | None = None, **context: object) -> web.Response:  # fmt: skip
    """A page of the test, with the panel as soon as a safety fact was ``said``."""
    house, lang = request.app[HOUSE], language_of(request)
    panel = safety_token = None
    said = progress.flags if said is None else said
    if said:
        lines = request.app[PAGES].help_now(lang)["crisis"]
        panel = safety.panel(said, lines, lang, house.site.social_emergency_number is not None)
        safety_token = deeds.seal_safety(house.db.vault, progress, world.now())
    return _visitor_page(
        request, template, status, progress=progress, asked=progress.questionnaire,
        token=deeds.seal_progress(house.db.vault, progress), panel=panel, safety_token=safety_token,
        panel_is_new=bool(said) and said != before.flags, panel_id=world.new_uuid() if said else None, **context,
    )  # fmt: skip


def _visitor_page(request: web.Request, template: str, status: int = 200, **context: object) -> web.Response:
    return framed(request, "screening/frame.html", f"screening/{template}", status, **context)


def _text(form: MultiDictProxy, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""
