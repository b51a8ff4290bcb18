"""The desk's page; all that moves on it comes over the socket."""

from __future__ import annotations

from aiohttp import web

from zoturi import i18n, phrase_files
from zoturi.actions import answers, shift
from zoturi.domain import reasons
from zoturi.web.keys import HOUSE, WORKER
from zoturi.web.render import PAGES, language_of, render
from zoturi.web.screening_view import words_for_desk


async def desk(request: web.Request) -> web.Response:
    """The worker's desk. Administrators have no contents, so no desk: they are led to their own pages."""
    worker = request[WORKER]
    if worker.role == "admin":
        raise web.HTTPSeeOther("/manage")
    say = i18n.translations(language_of(request)).gettext
    brought = words_for_desk(request.app[PAGES].asked_in(language_of(request)).values())
    house, code = request.app[HOUSE], language_of(request)
    return render(
        request, "staff/desk.html", worker=worker, questionnaires=brought, shift_ends=say(shift.SHIFT_ENDS),
        spoken=code if code in phrase_files.LANGUAGES else "en", phrases=[topic.shown() for topic in house.phrases],
        reason_of_topic=reasons.GROUP_OF_TOPIC,
        weekdays=i18n.weekdays(code), ready_texts=answers.ready_texts(house.settings.origins[0]),
        teams=[{"id": team.id, "name": house.site.text(team.name, code)} for team in house.site.teams],
    )  # fmt: skip
