"""Jinja templates that speak one language each."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from zoturi.i18n import formats
from zoturi.i18n.catalogues import Translator, fill, locale, translations


class _Speaking(Environment):
    """Templates whose plain sentences are put into the language once, when they are compiled."""

    def __init__(self, words: Translator, **options: Any) -> None:
        super().__init__(**options)
        self._words = words

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        return _Translate(self._words).visit(super()._parse(source, name, filename))


class _Translate(NodeTransformer):
    def __init__(self, words: Translator) -> None:
        self._words = words

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - the visitor's own naming
        plain = isinstance(node.node, nodes.Name) and node.node.name == "_" and len(node.args) == 1
        if plain and not node.kwargs and isinstance(node.args[0], nodes.Const):
            return nodes.Const(self._words.gettext(node.args[0].value), lineno=node.lineno)
        return self.generic_visit(node)


def environment(code: str, templates: Path, zone: str = "Europe/Helsinki", auto_reload: bool = False) -> Environment:
    """Templates that speak one language. A shared Environment would leak sentences between languages."""
    words, own = translations(code), locale(code)
    env = _Speaking(
        words,
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=auto_reload,
        cache_size=-1,
    )
    env.newstyle_gettext = True
    env.policies["ext.i18n.trimmed"] = True

    def gettext(text: str, /, **values: Any) -> str:
        return fill(words.gettext(text), values)

    def ngettext(singular: str, plural: str, n: int, /, **values: Any) -> str:
        return fill(words.ngettext(singular, plural, n), {"n": n, "num": n} | values)

    def rich(text: str, /, **values: Any) -> str:
        return fill(Markup(words.gettext(text)), values)

    def nrich(singular: str, plural: str, n: int, /, **values: Any) -> str:
        return fill(Markup(words.ngettext(singular, plural, n)), {"n": n} | values)

    env.globals |= {
        "_": gettext,
        "gettext": gettext,
        "ngettext": ngettext,
        "rich": rich,
        "nrich": nrich,
        "forms": words.forms,
        "plural_index": words.plural_index,
        "lang": own.code,
        "html_lang": own.html_lang,
        "dir": own.direction,
        "clock_pattern": formats.clock_pattern(code),
        "format_time": lambda ms: formats.format_time(code, ms, zone),
        "format_date": lambda ms: formats.format_date(code, ms, zone),
        "format_datetime": lambda ms: formats.format_datetime(code, ms, zone),
        "format_day": lambda ms: formats.format_day(code, ms, zone),
        "format_clock": lambda at: formats.format_clock(code, at),
        "format_window": lambda window: formats.format_window(code, window),
        "weekday_and_date": lambda day: formats.weekday_and_date(code, day),
        "join_words": lambda items: formats.join_words(code, items),
        "number_range": formats.number_range,
        "language_name": lambda of: formats.language_name(code, of),
    }
    return env
