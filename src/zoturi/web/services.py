"""The visitor's way to services: one page to search and narrow down, and a page for each service.

The search is posted, so what somebody looks for stands in no address and no history; links may name a topic or area.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web
from markupsafe import Markup
from multidict import MultiDictProxy

from zoturi import world
from zoturi.actions import directory
from zoturi.domain.contacts import AGE_GROUPS, TOPICS
from zoturi.domain.directory import Found, Wanted
from zoturi.domain.hours import closes_at, opens_at
from zoturi.domain.services import Service
from zoturi.i18n import KNOWN
from zoturi.site import Site
from zoturi.web import safety
from zoturi.web.forms import text, texts
from zoturi.web.keys import HOUSE
from zoturi.web.render import PAGES, framed, language_of, render
from zoturi.web.visitor import lang_of
from zoturi.web.visitor_view import LineNow, Moment, moment

AT_ONCE = 10
MOST = 100
LONGEST_QUERY = 200
_PANELS = {"mood": "says_thinks_of_hurting_self", "violence": "says_hurt_or_threatened"}
"""Which crisis lines stand above an urgent search."""


@dataclass(frozen=True, slots=True)
class ServiceNow:
    """A service as it stands now. ``open`` is None where its hours vary and nobody can say."""

    service: Service
    open: bool | None
    until: Moment | None
    opens: Moment | None


async def page(request: web.Request) -> web.Response:
    """Search, narrow down, and what was found; asked by a link (GET) or by the form (POST)."""
    lang_of(request)
    given = await request.post() if request.method == "POST" else request.query
    house, lang = request.app[HOUSE], language_of(request)
    wanted = _wanted(given, house.site)
    count = text(given, "count")
    limit = min(int(count), MOST) if count.isascii() and count.isdecimal() and int(count) else AT_ONCE
    answer = directory.search(house, wanted, limit)
    nobody_speaks = wanted.language is not None and not answer.total
    if nobody_speaks:
        answer = directory.search(house, _with_interpreter(wanted), limit)
    local = datetime.fromtimestamp(world.now() / 1000, UTC).astimezone(house.zone)
    lines = request.app[PAGES].help_now(lang)["crisis"]
    cards = _cards(request, answer.found, local)
    return framed(
        request, "visitor/services_frame.html", "visitor/services.html", wanted=wanted,
        asked=any((wanted.area, wanted.language, wanted.age_group, wanted.topics, wanted.query)), cards=cards,
        more=min(limit + AT_ONCE, MOST) if answer.total > len(cards) < MOST else None, total=answer.total,
        nobody_speaks=nobody_speaks, crisis_now=_crisis(answer.urgent, lines, lang),
        languages=_languages(house),
    )  # fmt: skip


async def one(request: web.Request) -> web.Response:
    """A service by its link, as a worker sends it into a talk."""
    lang_of(request)
    house, lang = request.app[HOUSE], language_of(request)
    service = house.services.now.by_id.get(request.match_info["service_id"])
    if service is None:
        raise web.HTTPNotFound
    local = datetime.fromtimestamp(world.now() / 1000, UTC).astimezone(house.zone)
    return render(request, "visitor/service.html", row=_now(service, service.open_at(local), local),
                  **request.app[PAGES].help_now(lang))  # fmt: skip


def _wanted(given: MultiDictProxy, site: Site) -> Wanted:
    """What the form or a link asks for; what we do not know was not asked."""
    area, age, language = text(given, "area"), text(given, "age_group"), text(given, "language")
    chosen = texts(given, "topic") + texts(given, "topics")
    query = " ".join(text(given, "q")[:LONGEST_QUERY].split())
    return Wanted(
        area=area if site.area(area) is not None else None,
        language=language if language in KNOWN else None,
        age_group=age if age in AGE_GROUPS else None,
        topics=tuple(code for code in TOPICS if code in chosen),
        query=query if query.isprintable() else "",
        only_language=True,
    )


def _with_interpreter(wanted: Wanted) -> Wanted:
    return Wanted(wanted.area, wanted.language, wanted.age_group, wanted.topics, wanted.query)


def _cards(request: web.Request, found: Sequence[Found], local: datetime) -> list[Markup]:
    """The services as the page shows them. What was drawn in this minute and language is not drawn again."""
    pages, code = request.app[PAGES], language_of(request)
    template = pages.environment(code).get_template("parts/service_card.html")

    def draw(each: Found) -> Markup:
        return Markup(template.render(row=_now(each.service, each.open, local)))

    return [pages.once(("card", code, each.service.id), lambda each=each: draw(each)) for each in found]


def _now(service: Service, answers: bool | None, local: datetime) -> ServiceNow:
    hours = {"": service.windows or ()}
    until = closes_at(hours, "", local) if answers else None
    opens = opens_at(hours, "", local) if answers is False else None
    return ServiceNow(service, answers, moment(until, local), moment(opens, local))


def _crisis(urgent: tuple[str, ...], lines: tuple[LineNow, ...], lang: str) -> tuple[LineNow, ...] | None:
    """The lines for what sounds urgent; None where nothing does."""
    panel = safety.panel([_PANELS[code] for code in urgent], lines, lang, False)
    return None if panel is None else panel.lines


def _languages(house) -> list[str]:
    """Languages that some service speaks, those of the site first."""
    known = house.services.now.languages
    ours = [code for team in house.site.teams for code in team.languages]
    return sorted(known, key=lambda code: (ours.index(code) if code in ours else len(ours), code))
