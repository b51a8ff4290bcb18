"""Jinja templates that speak one language each."""

from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from zoturi.i18n import formats
from zoturi.i18n.catalogues import Translator, fill, locale, translations


class Speaking(Environment):
    """Templates in which everything that is always the same in their language is worked out once, when they are
    compiled: plain sentences, and calls of ``fixed`` functions (icons) with nothing but constants.
    """

    def __init__(self, words: Translator, **options: Any) -> None:
        super().__init__(**options)
        self.fixed: dict[str, Callable[..., str]] = {"_": words.gettext}

    def fix(self, **functions: Callable[..., str]) -> None:
        """Functions that always say the same; templates compiled from now on know them."""
        self.fixed |= functions
        self.globals |= functions

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """One plain dict for all: a chain of maps for each template, as Jinja makes it, is slow to walk."""
        return {**self.globals, **d} if d else self.globals

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        return _Settle(self.fixed).visit(super()._parse(source, name, filename))


class _Settle(NodeTransformer):
    def __init__(self, fixed: Mapping[str, Callable[..., str]]) -> None:
        self._fixed = fixed

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - the visitor's own naming
        self.generic_visit(node)
        found = self._fixed.get(node.node.name) if isinstance(node.node, nodes.Name) else None
        plain = all(isinstance(given, nodes.Const) for given in node.args)
        if found is None or not plain or node.kwargs or node.dyn_args or node.dyn_kwargs:
            return node
        return nodes.Const(found(*(given.value for given in node.args)), lineno=node.lineno)


def environment(code: str, templates: Path, zone: str = "Europe/Helsinki", auto_reload: bool = False) -> Speaking:
    """Templates that speak one language. A shared Environment would leak sentences between languages."""
    words, own = translations(code), locale(code)
    env = Speaking(
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
