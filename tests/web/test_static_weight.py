"""What a phone has to fetch, and that old phones see the same colours as new ones."""

import gzip
import re
from pathlib import Path

from zoturi import resources
from zoturi.web.assets import lean

IMPORT = re.compile(r'^import .*?from "(\.[^"]+)";|^import "(\.[^"]+)";', re.MULTILINE)
KILOBYTE = 1000


def packed(path: Path) -> int:
    """What goes over the wire."""
    source = path.read_bytes()
    return len(gzip.compress(source if path.parent.name == "vendor" else lean(source), 9))


def modules(entry: Path) -> set[Path]:
    """A module and everything it imports."""
    found, todo = set(), [entry.resolve()]
    while todo:
        path = todo.pop()
        if path not in found:
            found.add(path)
            todo += [(path.parent / (a or b)).resolve() for a, b in IMPORT.findall(path.read_text("utf-8"))]
    return found


def scripts_of(template: str) -> set[Path]:
    text = (resources.templates_dir() / template).read_text("utf-8")
    entries = re.findall(r'<script type="module" src="{{ asset\("([^"]+)"\) }}"', text)
    return set().union(*(modules(resources.static_dir() / name) for name in entries))


def test_the_chat_page_needs_at_most_25_kb_of_javascript():
    assert sum(map(packed, scripts_of("visitor/chat.html"))) <= 25 * KILOBYTE


def test_other_visitor_pages_need_at_most_5_kb_of_javascript():
    assert sum(map(packed, scripts_of("base.html"))) <= 5 * KILOBYTE
    pages = (resources.templates_dir() / "visitor").iterdir()
    overriding = [page.name for page in pages if '<script type="module"' in page.read_text("utf-8")]
    assert overriding == ["chat.html"]


def test_visitor_pages_need_at_most_12_kb_of_css():
    sheets = ("tokens.css", "base.css", "visitor.css")
    assert sum(packed(resources.static_dir() / name) for name in sheets) <= 12 * KILOBYTE


def test_dark_is_the_same_with_and_without_light_dark():
    css = (resources.static_dir() / "tokens.css").read_text("utf-8")
    old, new = css.split("@supports not (color: light-dark(#000, #fff))")[1].split("@supports (color: light-dark")
    pair = re.compile(r"--([\w-]+): light-dark\((#\w+|rgba\([^)]*\)), (#\w+|rgba\([^)]*\))\);")
    plain = re.compile(r"--([\w-]+): (#\w+|rgba\([^)]*\));")
    theme = dict(plain.findall(css.split("@supports")[0]))
    light, dark = ({name: values[i] for name, *values in pair.findall(new)} for i in (0, 1))
    assert dict(plain.findall(old)) == dark
    assert {name: theme[name] for name in light} == light


def test_no_inline_style_or_script_reaches_a_page():
    for path in resources.templates_dir().rglob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"\sstyle=|\son\w+=\"|<style", text), path.name
        assert not re.search(r"<script(?! type=\"(module\" src=|application/json\"))", text), path.name
