"""One renderer: a template, the language of the page and what the handler found."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from aiohttp import web
from jinja2 import Environment

from zoturi import i18n, resources, world
from zoturi.actions.house import House
from zoturi.domain.questionnaires import Questionnaire
from zoturi.site import Site
from zoturi.web.assets import Assets
from zoturi.web.keys import ASSETS, HOUSE
from zoturi.web.labels import Labels
from zoturi.web.screening_view import in_language
from zoturi.web.visitor_view import help_now

PAGES = web.AppKey("pages", "Pages")
T = TypeVar("T")
_ICONS = ("icon", "mark", "ripple", "typing_strokes")
_HTML = {"Content-Type": "text/html; charset=utf-8"}
_SIGN = "\x1f"  # stands in no text: such characters are refused everywhere


@dataclass(slots=True)
class Pages:
    """The Jinja environments, one a language (a shared one would leak sentences between languages), and what stands on
    pages alike for everybody.
    """

    house: House
    assets: Assets
    _asked: dict[str, tuple[object, Mapping[str, Questionnaire]]] = field(default_factory=dict)
    _environments: dict[str, Environment] = field(default_factory=dict)
    _alike: dict[Hashable, object] = field(default_factory=dict)
    _of: tuple[Site | None, object, int] = (None, None, 0)  # the site, the services and the minute all this belongs to

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is alike for everybody: made once a minute, and anew where somebody changed the site or its services.

        Nothing of the one who asks may go in, neither into the key nor into what is made; and what depends on the time
        is asked for inside ``make``, so that nothing of the minute before is kept for the next.
        """
        self._forget_what_was()
        kept = self._alike
        found = kept.get(key)
        if found is None:
            found = kept[key] = make()
        return found

    def help_now(self, lang: str) -> dict[str, object]:
        """What every visitor's page shows: who answers when, and whom else one can reach now."""

        def now() -> dict[str, object]:
            local = datetime.fromtimestamp(world.now() / 1000, UTC).astimezone(self.house.zone)
            return help_now(self.house.site, lang, local)

        return self.once(("help", lang), now)

    def _forget_what_was(self) -> None:
        site, services, minute = self._of
        now = (self.house.site, self.house.services.now, world.now() // 60_000)
        if site is not now[0]:
            self._environments = {}
        if site is not now[0] or services is not now[1] or minute != now[2]:
            self._alike = {}  # a new one: what is being drawn just now for the minute before does not come in
            self._of = now

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
        self._forget_what_was()
        found = self._environments.get(code)
        if found is None:
            found = i18n.environment(code, resources.templates_dir(), zone=self.house.settings.timezone)
            found.globals |= {
                "site": self.house.site,
                "demo": self.house.demo,
                "locales": self.locales,
                "call_me": self.house.call_me,
                "labels": Labels(code, i18n.translations(code), self.house.site),
            }
            icons = found.get_template("parts/icons.html").module
            found.fix(asset=self.assets.url, **{name: getattr(icons, name) for name in _ICONS})
            self._environments[code] = found
        return found


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


def framed(request: web.Request, frame: str, template: str, status: int = 200, *, alike: Hashable = None,
           token: str | None = None, **context: object) -> web.Response:  # fmt: skip
    """A visitor's page in a frame (header, footer) that is alike for everybody: only the page itself is drawn anew.

    ``alike`` tells pages apart on which nothing but the token is of the one who asks; they are not drawn anew either.
    """
    pages, code = request.app[PAGES], language_of(request)
    environment = pages.environment(code)

    def draw(name: str, **more: object) -> list[str]:
        return environment.get_template(name).render(sign=_SIGN, **pages.help_now(code), **more).split(_SIGN)

    here = "/" + request.path.split("/", 2)[2]
    before, between, after = pages.once((frame, code, here), lambda: [part.encode() for part in draw(frame, here=here)])
    if alike is None:
        title, main = draw(template, token=token, **context)
    else:
        place = _SIGN if token else None
        key = (template, code, place, alike)
        title, *around = pages.once(key, lambda: draw(template, token=place, **context))
        main = (token or "").join(around)
    return _html(b"".join((before, title.encode(), between, main.encode(), after)), status)


def same_for_all(
    request: web.Request, template: str, state: Hashable = None, context: Callable[[dict], dict] = dict
) -> web.Response:
    """A visitor's page with nothing of the one who asks, drawn once a minute for each ``state`` it can be in;
    ``context`` makes what it shows of the help that is there now.
    """
    pages, code = request.app[PAGES], language_of(request)

    def draw() -> bytes:
        return _drawn(request, template, code, context(pages.help_now(code)))

    return _html(pages.once((template, code, state), draw), 200)


def render(request: web.Request, template: str, status: int = 200, *, lang: str | None = None,
           **context: object) -> web.Response:  # fmt: skip
    """A page, drawn anew."""
    return _html(_drawn(request, template, lang or language_of(request), context), status)


def _drawn(request: web.Request, template: str, code: str, context: Mapping[str, object]) -> bytes:
    """``here`` is the address without its language, to build the links of the language menu."""
    parts = request.path.split("/", 2)
    here = f"/{parts[2]}" if len(parts) > 2 and parts[1] == code else "/"
    return request.app[PAGES].environment(code).get_template(template).render(here=here, **context).encode()


def _html(body: bytes, status: int) -> web.Response:
    return web.Response(body=body, status=status, headers=_HTML)
