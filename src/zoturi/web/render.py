"""One renderer: a template, the language of the page and what the handler found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web
from jinja2 import Environment
from markupsafe import Markup

from zoturi import i18n, resources
from zoturi.actions.house import House
from zoturi.domain.questionnaires import Questionnaire
from zoturi.site import Site
from zoturi.web.assets import Assets
from zoturi.web.keys import ASSETS, HOUSE
from zoturi.web.labels import Labels
from zoturi.web.screening_view import in_language

PAGES = web.AppKey("pages", "Pages")
_SIGN = "\x1f"  # stands in no text: such characters are refused everywhere


@dataclass(slots=True)
class Pages:
    """The Jinja environments, one a language (a shared one would leak sentences between languages)."""

    house: House
    assets: Assets
    help: dict[str, tuple[int, dict[str, object]]] = field(default_factory=dict)
    frames: dict[tuple[str, str, str], tuple[int, list[str]]] = field(default_factory=dict)
    cards: dict[str, tuple[object, dict[str, Markup]]] = field(default_factory=dict)
    _asked: dict[str, tuple[object, Mapping[str, Questionnaire]]] = field(default_factory=dict)
    _environments: dict[str, Environment] = field(default_factory=dict)
    _drawn: Site | None = None  # the site that everything kept here was drawn with

    @property
    def locales(self) -> tuple[i18n.Locale, ...]:
        return i18n.locales(pseudo=self.house.settings.test_pseudo)

    def asked_in(self, code: str) -> Mapping[str, Questionnaire]:
        """The questionnaires in a language, put into it once."""
        ours, (source, found) = self.house.questionnaires, self._asked.get(code, (None, {}))
        if source is not ours:
            say = i18n.translations(code).gettext
            found = {name: in_language(asked, say) for name, asked in ours.items()}
            self._asked[code] = (ours, found)
        return found

    def environment(self, code: str) -> Environment:
        self.forget_old_site()
        found = self._environments.get(code)
        if found is None:
            found = i18n.environment(code, resources.templates_dir(), zone=self.house.settings.timezone)
            found.globals |= {
                "site": self.house.site,
                "demo": self.house.demo,
                "locales": self.locales,
                "asset": self.assets.url,
                "call_me": self.house.call_me,
                "labels": Labels(code, i18n.translations(code), self.house.site),
            }
            # A page drawn very often (the worry test's) does not import its icons anew each time.
            found.globals["icon"] = found.get_template("parts/icons.html").module.icon
            self._environments[code] = found
        return found

    def forget_old_site(self) -> None:
        """Where somebody changed the site, what was drawn with the old one is drawn anew."""
        if self._drawn is not self.house.site:
            self._drawn = self.house.site
            for kept in (self._environments, self.frames, self.help, self.cards):
                kept.clear()


def begin(app: web.Application) -> None:
    """Make the pages of an application."""
    app[PAGES] = Pages(app[HOUSE], app[ASSETS])


def language_of(request: web.Request) -> str:
    """The language of the page: the one in its address, else the browser's first that we speak."""
    pages = request.app[PAGES]
    named = request.match_info.get("lang")
    if named is not None and any(named == known.code for known in pages.locales):
        return named
    return i18n.choose(request.headers.get("Accept-Language"), pages.locales)


def framed(request: web.Request, frame: str, template: str, minute: int, status: int = 200,
           **context: object) -> web.Response:  # fmt: skip
    """A page whose frame (header, footer) is drawn once a minute, language and address; only the page itself is drawn
    anew.
    """
    pages, code = request.app[PAGES], language_of(request)
    environment = pages.environment(code)
    here = "/" + request.path.split("/", 2)[2]
    kept = pages.frames.get((code, frame, here))
    if kept is None or kept[0] != minute:
        drawn = environment.get_template(frame).render(here=here, sign=_SIGN, **context)
        kept = pages.frames[code, frame, here] = (minute, drawn.split(_SIGN))
    before, between, after = kept[1]
    title, main = environment.get_template(template).render(sign=_SIGN, **context).split(_SIGN)
    body = "".join((before, title, between, main, after))
    return web.Response(text=body, status=status, content_type="text/html", charset="utf-8")


def render(request: web.Request, template: str, status: int = 200, *, lang: str | None = None,
           **context: object) -> web.Response:  # fmt: skip
    """A page. ``here`` is the address without its language, to build the links of the language menu."""
    code = lang or language_of(request)
    parts = request.path.split("/", 2)
    here = f"/{parts[2]}" if len(parts) > 2 and parts[1] == code else "/"
    environment = request.app[PAGES].environment(code)
    body = environment.get_template(template).render(here=here, **context)
    return web.Response(text=body, status=status, content_type="text/html", charset="utf-8")
