"""Languages, their catalogues, and the values inside sentences.

English sentences are the keys. Catalogues are read from `locales/<code>/LC_MESSAGES/messages.po` and compiled in
memory. `xx` and `xr` are made from English for tests: longer, accented, and `xr` from right to left.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any

import babel
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from markupsafe import Markup, escape

from zoturi import resources


@dataclass(frozen=True)
class Locale:
    """A language we can offer. `code` is its part of the URL and its catalogue, `name` its name for itself."""

    code: str
    name: str
    babel: babel.Locale
    html_lang: str
    direction: str
    status: str


_NAMES = {
    "fi": ("Suomi", "fi", "fi"),
    # Babel's Swedish for Finland; English as in Britain, so that the day comes before the month.
    "sv": ("Svenska", "sv_FI", "sv"),
    "en": ("English", "en_GB", "en"),
    "se": ("Davvisámegiella", "se_FI", "se"),
    "et": ("Eesti", "et", "et"),
    "ru": ("Русский", "ru", "ru"),
    "uk": ("Українська", "uk", "uk"),
    "so": ("Soomaali", "so", "so"),
    "ar": ("العربية", "ar", "ar"),
    "fa": ("فارسی", "fa", "fa"),
    "ckb": ("کوردی", "ckb", "ckb"),
    "fi_SIMPLE": ("Selkosuomi", "fi", "fi-simple"),
}
KNOWN = tuple(_NAMES)
"""Codes of the languages we know, with or without a catalogue."""

_PSEUDO = {"xx": ("Ⓟšéüðö", "en_GB", "en-XA", "ltr"), "xr": ("Ⓟšéüðö ⇄", "en_GB", "ar-XB", "rtl")}
_RELATIVES = {"prs": "fa", "sorani": "ckb", "smj": "se", "sma": "se"}

_SAMI_FORMS = "nplurals=3; plural=(n==1 ? 0 : n==2 ? 1 : 2)"
PLURAL_FORMS = {"se": _SAMI_FORMS, "smn": _SAMI_FORMS, "sms": _SAMI_FORMS}
"""Plural rules where Babel's are wrong; they go into the head of the catalogue."""

_STATUS = re.compile(r'^"X-Status: (reviewed|draft)\\n"$', re.MULTILINE)


def mark(text: str) -> str:
    """Marks a sentence for the catalogues without translating it here."""
    return text


def catalogue(code: str) -> Path:
    """Where the sentences of a language are kept."""
    return resources.locales_dir() / code / "LC_MESSAGES" / "messages.po"


@lru_cache(maxsize=2)
def locales(pseudo: bool = False) -> tuple[Locale, ...]:
    """The languages that have a catalogue, in the order they are offered; `pseudo` adds those made for tests."""
    found = [_locale(code) for code in _NAMES if catalogue(code).is_file()]
    if pseudo:
        found += [
            Locale(code, name, babel.Locale.parse(tag), html, direction, "draft")
            for code, (name, tag, html, direction) in _PSEUDO.items()
        ]
    return tuple(found)


def _locale(code: str) -> Locale:
    name, tag, html = _NAMES[code]
    parsed = babel.Locale.parse(tag)
    stated = _STATUS.search(catalogue(code).read_text(encoding="utf-8")[:4000])
    # A catalogue that does not say it was reviewed was not.
    return Locale(code, name, parsed, html, parsed.text_direction, stated[1] if stated else "draft")


LOCALES: tuple[Locale, ...] = locales()


def locale(code: str) -> Locale:
    """The language of this code, those for tests included; an unknown code is a KeyError."""
    for known in locales(pseudo=True):
        if known.code == code:
            return known
    raise KeyError(code)


def babel_of(code: str) -> babel.Locale:
    """How a language we know writes days and in which direction, also where we have no sentences in it."""
    return babel.Locale.parse(_NAMES[code][1])


def choose(accept_language: str | None, offered: Iterable[Locale | str]) -> str:
    """The offered code a browser asks for first. Nothing said is Finnish, only languages we lack is English."""
    codes = [item.code if isinstance(item, Locale) else item for item in offered]
    asked = [tag for tag in _asked(accept_language or "") if tag != "*"]
    by_tag = {code.replace("_", "-").lower(): code for code in codes}
    for tag in asked:
        first = tag.partition("-")[0]
        for candidate in (tag, _RELATIVES.get(first, first)):
            if candidate in by_tag:
                return by_tag[candidate]
    for fallback in ("en",) if asked else ("fi",):
        if fallback in codes:
            return fallback
    return codes[0]


def _asked(header: str) -> list[str]:
    """Language tags of an Accept-Language header, best first; malformed parts are left out."""
    found: list[tuple[float, str]] = []
    for part in header[:1000].split(","):
        match = re.fullmatch(r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?", part)
        if match and (quality := float(match[2] or 1)) > 0:
            found.append((-quality, match[1].lower()))
    return [tag for _, tag in sorted(found, key=lambda item: item[0])]


class Translator:
    """The sentences of one language. It only finds them; `fill` puts the values in."""

    def __init__(self, source: NullTranslations, change: Callable[[str], str] | None = None) -> None:
        self._source = source
        self._change = change or (lambda text: text)
        plural: Callable[[int], int] = getattr(source, "plural", lambda n: int(n != 1))
        self.plural_index: list[int] = [int(plural(n)) for n in range(200)]
        """For n = 0…199 the place of its form in `forms`; 200 and more as n % 100 + 100."""

    def gettext(self, text: str) -> str:
        """The sentence in this language."""
        # The empty key holds the head of the catalogue.
        return self._change(self._source.gettext(text)) if text else ""

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """The sentence in the form that goes with this number."""
        return self._change(self._source.ngettext(singular, plural, n))

    def forms(self, singular: str, plural: str) -> list[str]:
        """All forms, in the order `plural_index` counts them: a page can then choose without asking us."""
        samples = {form: n for n, form in reversed(list(enumerate(self.plural_index)))}
        return [self.ngettext(singular, plural, samples.get(form, 0)) for form in range(max(samples) + 1)]


@lru_cache(maxsize=32)
def translations(code: str) -> Translator:
    """The sentences of a language; what it lacks comes in English (plain Finnish: in Finnish).

    A language without a catalogue is a KeyError, whether we know its name or not.
    """
    if code in _PSEUDO:
        return Translator(_compiled("en"), pseudo_text)
    source = _compiled(code)
    if code == "fi_SIMPLE":
        source.add_fallback(_compiled("fi"))
    return Translator(source)


def _compiled(code: str) -> GNUTranslations:
    path = catalogue(code)
    if not path.is_file():
        raise KeyError(code)
    with path.open("rb") as file:
        messages = read_po(file, locale=None)
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return GNUTranslations(compiled)


_PLACE = re.compile(r"%\((\w+)\)s|%%")


def fill(text: str, values: Mapping[str, Any]) -> str:
    """Puts values in the `%(name)s` places; any other % stays. With a Markup text or value all else is escaped."""
    if not values:
        return text
    if not (isinstance(text, Markup) or any(hasattr(value, "__html__") for value in values.values())):
        return _PLACE.sub(lambda place: str(values[place[1]]) if place[1] else "%", text)
    # Escaping leaves %(name)s as it is, so the sentence can be made safe first.
    return Markup(_PLACE.sub(lambda place: str(escape(values[place[1]])) if place[1] else "%", str(escape(text))))


_ACCENTS = str.maketrans("AaCcDdEeGgIiJjLlNnOoRrSsTtUuYyZz", "ÅåÇçÐđÉéĜĝÎîĴĵĻļÑñÖöŔŕŠšŢţÛûÝýŽž")
_KEPT = re.compile(r"(%\(\w+\)s|%%|<[^>]*>|&\w+;)")


def pseudo_text(text: str) -> str:
    """English with accents, in brackets and at least 40 % longer; placeholders and tags stay as they are."""
    parts = [part if _KEPT.fullmatch(part) else part.translate(_ACCENTS) for part in _KEPT.split(text)]
    length = sum(len(part) for part in parts if not _KEPT.fullmatch(part))
    return f"[{''.join(parts)}{' ~' * max(1, -(-length // 5))}]"
