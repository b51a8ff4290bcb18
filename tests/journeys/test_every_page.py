"""What must hold on every page: no barrier that axe can find, no sideways scrolling, no sentence left untranslated."""

import re

import pytest

from tests.journeys.axe import settled, violations
from tests.journeys.every_page import every_page
from zoturi import call_me_files, i18n, resources, service_files, site_files

WIDTHS = (360, 1280)
# The narrowest each side must bear: a small phone, and a desk beside another window.
NARROW = {False: (320,), True: (820, 1280)}

_WIDER = """() => {
  const page = document.scrollingElement;
  if (page.scrollWidth <= page.clientWidth) return [];
  const sticksOut = (one) => {
    const { left, right } = one.getBoundingClientRect();
    return left < -1 || right > page.clientWidth + 1;
  };
  const guilty = [...document.body.querySelectorAll("*")].filter(sticksOut).slice(0, 5);
  return [`${page.scrollWidth} px: ` + guilty.map((one) => one.outerHTML.slice(0, 80)).join(" | ")];
}"""


async def width(page, pixels: int) -> None:
    await page.set_viewport_size({"width": pixels, "height": 800})


async def too_wide(page, widths) -> list[str]:
    found = []
    for pixels in widths:
        await width(page, pixels)
        found += [f"{pixels}: {what}" for what in await page.evaluate(_WIDER)]
    return found


async def test_axe_finds_nothing_in_finnish_in_light_and_dark_on_phone_and_computer(people, service, shoot) -> None:
    found = []
    async for person, name in every_page(people, service, "fi"):
        # Each width in one scheme; right to left takes the others.
        for pixels, scheme in zip(WIDTHS, ("light", "dark"), strict=True):
            await width(person.page, pixels)
            await person.page.emulate_media(color_scheme=scheme)
            await settled(person.page)
            await shoot(person, f"page-fi-{name}-{pixels}-{scheme}")
            found += [f"{name} {pixels} {scheme}: {what}" for what in await violations(person.page)]
    assert not found, "\n".join(found)


async def test_right_to_left_axe_finds_nothing_and_nothing_scrolls_sideways(people, service, shoot) -> None:
    found = []
    async for person, name in every_page(people, service, "xr"):
        assert await person.page.evaluate("document.documentElement.dir") == "rtl"
        desk = "desk" in person.page.url
        found += [f"{name} {what}" for what in await too_wide(person.page, NARROW[desk])]
        # Where each is mostly read: the desk on a computer, the rest on a phone.
        pixels, scheme = (1280, "light") if desk else (360, "dark")
        await width(person.page, pixels)
        await person.page.emulate_media(color_scheme=scheme)
        await settled(person.page)
        await shoot(person, f"page-xr-{name}-{pixels}-{scheme}")
        found += [f"{name} {pixels} {scheme}: {what}" for what in await violations(person.page)]
    assert not found, "\n".join(found)


@pytest.fixture(scope="session")
def known_names() -> list[str]:
    """What is not ours to translate: texts of the operator's site and services, names of languages and people.
    Longest first.
    """
    demo = resources.content_dir() / "demo"
    site = site_files.load(demo)
    names = {"zoturi", "Aino", "Kuura", "moi", "Hei", "Soita koululle", "aino@demo.example", "Alt M", "Alt 1–9"}
    names |= {" and ", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}  # Babel's own words
    names |= set(_texts(site.model_dump()))
    written = {"name", "summary", "reach", "cost", "hours_note"}
    for each in service_files.load(demo / "services.yaml"):
        names |= set(_texts(each.model_dump(include=written)))
    names |= {i18n.language_name("en", code) for code in i18n.KNOWN if code != "fi_SIMPLE"}
    names |= {locale.name for locale in i18n.locales(pseudo=True)}
    names |= {each.name for each in call_me_files.load().values()}
    return sorted(names, key=len, reverse=True)


def _texts(value: object):
    if isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, str) and value.strip():
        yield value.strip()


_SPOKEN = """() => {
  const seen = (one) => one.checkVisibility({ visibilityProperty: true });
  const attributes = ["aria-label", "placeholder", "title", "alt"].flatMap((name) =>
    [...document.querySelectorAll(`[${name}]`)].filter(seen).map((one) => one.getAttribute(name)));
  return [document.title, ...attributes, document.body.innerText].join("\\n");
}"""
_SENTENCE = re.compile(r"\[[^\[\]]*\]")
_RETURN_CODE = re.compile("(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}")


def untranslated(text: str, names: list[str]) -> list[str]:
    """What is left of a page in the made-up language when its bracketed sentences and known names are taken away."""
    while (less := _SENTENCE.sub(" ", text)) != text:
        text = less
    text = _RETURN_CODE.sub(" ", text)
    for name in names:
        text = text.replace(name, " ")
    return [line.strip() for line in text.splitlines() if re.search(r"[^\W\d_]{2}", line)]


async def test_no_sentence_is_left_untranslated_and_long_words_fit(people, service, known_names, shoot) -> None:
    # The same walk also stands for people with less motion and with colours of their own.
    wishes = {"reduced_motion": "reduce", "forced_colors": "active"}
    found = []
    async for person, name in every_page(people, service, "xx", **wishes):
        text = await person.page.evaluate(_SPOKEN)
        found += [f"{name}: {line}" for line in untranslated(text, known_names)]
        desk = "desk" in person.page.url
        found += [f"{name} {what}" for what in await too_wide(person.page, NARROW[desk])]
        await shoot(person, f"page-xx-{name}")
    assert not found, "\n".join(found)
