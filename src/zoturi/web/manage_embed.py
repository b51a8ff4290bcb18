"""The help button outside: what to paste on another site, a plain link, and a poster to print."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import segno
from aiohttp import web
from markupsafe import Markup, escape

from zoturi import i18n
from zoturi.domain.contacts import TOPICS
from zoturi.i18n import mark as N_  # noqa: N812 - the name gettext tools know
from zoturi.web.keys import HOUSE, WORKER
from zoturi.web.render import PAGES, render

IN_THE_SCRIPT = ("fi", "sv", "en")  # whose words embed.js carries itself
LABEL = N_("Ask for help")
LONGEST_LABEL = 60
_ON_PAPER = ("fi", "sv", "en")
MOST_ON_PAPER = 5


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the button shall bring along; what the site does not know is left out."""

    lang: str
    area: str = ""
    unit: str = ""
    topics: tuple[str, ...] = ()
    label: str = ""
    on_paper: tuple[str, ...] = ()

    @property
    def presets(self) -> dict[str, str]:
        """As they stand in an address, and as attributes of the button."""
        found = {"area": self.area, "unit": self.unit, "topics": ",".join(self.topics)}
        return {name: value for name, value in found.items() if value}

    def path(self, lang: str = "") -> str:
        """The address of the form: in one language, or in whichever the browser asks for."""
        query = urlencode(self.presets, safe=",")
        return (f"/{lang}" if lang else "") + "/help" + (f"?{query}" if query else "")


async def page(request: web.Request) -> web.Response:
    """Choose, copy, look at it, print."""
    chosen, origin = _chosen(request), _origin(request)
    return render(
        request, "manage/embed.html", worker=request[WORKER], here_is="embed", chosen=chosen, topics=TOPICS,
        units=request.app[HOUSE].site.units, link=origin + chosen.path(chosen.lang), origin=origin,
        snippet=snippet(origin, chosen), poster=_poster_query(chosen), longest=LONGEST_LABEL, most=MOST_ON_PAPER,
    )  # fmt: skip


async def poster(request: web.Request) -> web.Response:
    """One sheet of A4 in the chosen languages, with one picture code for all of them."""
    chosen = _chosen(request)
    link = _origin(request) + chosen.path()
    code = segno.make(link, error="m", micro=False).svg_inline(border=4, dark="#000", light="#fff", omitsize=True)
    return render(
        request, "manage/poster.html", chosen=chosen, code=Markup(code), written=urlsplit(link).netloc + "/help",
        parts=[(i18n.locale(each), _words(request, each, chosen)) for each in chosen.on_paper],
    )  # fmt: skip


def _words(request: web.Request, lang: str, chosen: Chosen) -> Markup:
    """The poster's words, drawn by the environment of their own language."""
    site, environment = request.app[HOUSE].site, request.app[PAGES].environment(lang)
    topics = environment.globals["labels"].topics
    drawn = environment.get_template("manage/poster_words.html").render(
        first=lang == chosen.on_paper[0], place=site.unit(chosen.unit) or site.area(chosen.area),
        topics=[topics[each] for each in chosen.topics], days=site.longest_promise,
    )  # fmt: skip
    return Markup(drawn)


def snippet(origin: str, chosen: Chosen) -> str:
    """HTML to paste: a link that works as it is, and the script that makes a button of it."""
    words = chosen.label or i18n.translations(chosen.lang).gettext(LABEL)
    told = {"lang": chosen.lang} | chosen.presets
    if chosen.label or chosen.lang not in IN_THE_SCRIPT:
        told["label"] = words
    attributes = "".join(f' data-{name}="{escape(value)}"' for name, value in told.items())
    return (
        f'<div data-zoturi{attributes}><a href="{escape(origin + chosen.path(chosen.lang))}"'
        f' referrerpolicy="no-referrer">{escape(words)}</a></div>\n'
        f'<script async src="{origin}/embed.js"></script>'
    )


def _chosen(request: web.Request) -> Chosen:
    query, site = request.query, request.app[HOUSE].site
    known = [each.code for each in request.app[PAGES].locales]
    lang = query.get("lang", "")
    on_paper = tuple(each for each in known if each in query.getall("paper", []))[:MOST_ON_PAPER]
    return Chosen(
        lang=lang if lang in known else known[0],
        area=_known(query.get("area"), site.areas),
        unit=_known(query.get("unit"), site.units),
        topics=tuple(topic for topic in TOPICS if topic in query.getall("topics", [])),
        label=" ".join(query.get("label", "").split())[:LONGEST_LABEL],
        on_paper=on_paper or tuple(each for each in known if each in _ON_PAPER),
    )


def _known(given: str | None, things: tuple) -> str:
    return next((thing.id for thing in things if thing.id == given), "")


def _poster_query(chosen: Chosen) -> str:
    """The same choice as the poster's address knows it."""
    pairs = [("area", chosen.area), ("unit", chosen.unit)]
    pairs += [("topics", each) for each in chosen.topics] + [("paper", each) for each in chosen.on_paper]
    return urlencode([pair for pair in pairs if pair[1]])


def _origin(request: web.Request) -> str:
    """The public address by which this page was opened, else the first one."""
    origins = request.app[HOUSE].settings.origins
    return next((each for each in origins if urlsplit(each).netloc == request.host), origins[0])
