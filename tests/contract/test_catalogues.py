"""The gate for translations: what a page says, it says in every complete language, whole and unbroken."""

import importlib.util
import re
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

ROOT = Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("zoturi_messages", ROOT / "tools" / "messages.py")
messages = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(messages)

CODES = sorted(path.parent.parent.name for path in (ROOT / "locales").glob("*/LC_MESSAGES/messages.po"))
PLACES = re.compile(r"%\(\w+\)s|\{\w*\}")
BROKEN_PLACES = re.compile(r"%\(\w*\)(?!s)|%\(\w*(?![\w)])|% \(")
TAGS = re.compile(r"</?[a-zA-Z][^>]*>")


@pytest.fixture(scope="session")
def sources() -> Catalog:
    return messages.extracted()


def forms(value) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value or "",)


def faults(code: str, sources: Catalog, catalogue: Catalog) -> list[str]:
    """Everything wrong with a catalogue, one readable line each."""
    found = []
    wanted = {message.id for message in sources if message.id}
    has = {message.id: message for message in catalogue if message.id}
    complete = messages.status(code) == "reviewed"
    found += [f"missing: {key!r}" for key in wanted - set(has) if complete]
    found += [f"extra, no page says it any more: {key!r}" for key in set(has) - wanted]
    found += [f"obsolete: {key!r}" for key in catalogue.obsolete]
    for key, message in has.items():
        said, asked = forms(message.string), forms(key)
        if message.fuzzy:
            found.append(f"fuzzy: {key!r}")
        if not all(said):
            if complete or any(said):
                found.append(f"empty: {key!r}")
            continue
        if isinstance(key, tuple) and len(said) != catalogue.num_plurals:
            found.append(f"has {len(said)} plural forms, {code} needs {catalogue.num_plurals}: {key!r}")
        found += [f"{fault}: {key!r} → {text!r}" for text in said for fault in differences(asked, text, len(said))]
    return sorted(found)


def differences(asked: tuple[str, ...], text: str, count: int) -> list[str]:
    """How one translated text differs from its English in what must not differ."""
    found = []
    places, tags = Counter(PLACES.findall(text)), Counter(TAGS.findall(text))
    # A form for exactly one (or two) may say the number in words.
    same = any(places == Counter(PLACES.findall(source)) for source in asked)
    fewer = count > 2 and all(not places - Counter(PLACES.findall(source)) for source in asked[-1:])
    if not (same or fewer):
        found.append("placeholders differ")
    if BROKEN_PLACES.search(text):
        found.append("a broken placeholder")
    if not any(tags == Counter(TAGS.findall(source)) for source in asked):
        found.append("tags differ")
    if all(
        (text[:1].isspace(), text[-1:].isspace()) != (source[:1].isspace(), source[-1:].isspace()) for source in asked
    ):
        found.append("spaces at the ends differ")
    return found


@pytest.mark.parametrize("code", CODES)
def test_catalogue_says_what_the_pages_say(code: str, sources: Catalog):
    found = faults(code, sources, messages.read(code))
    assert not found, f"\n\nlocales/{code}: {len(found)} faults; `make messages` updates it\n  " + "\n  ".join(found)


def test_finnish_swedish_and_english_are_complete():
    assert set(messages.COMPLETE) <= set(CODES)
    assert {code: messages.status(code) for code in messages.COMPLETE} == dict.fromkeys(messages.COMPLETE, "reviewed")


def test_every_sentence_is_found(sources: Catalog):
    """A sentence that the extractor does not see is one that nobody can translate."""
    assert len(sources) > 100
    for message in sources:
        for text in forms(message.id):
            assert not BROKEN_PLACES.search(text), text
            assert text == text.strip(), f"spaces at the ends: {text!r}"
            assert not re.search(r"%[sd]|\{\w*\}", text), f"places are written %(name)s: {text!r}"


@pytest.mark.parametrize(("code", "words"), [("fi", ("käyttäjä", "lomak", "virhe")), ("sv", ("användare", "formulär"))])
def test_words_we_do_not_use_on_people(code: str, words: tuple[str, ...]):
    said = [text for message in messages.read(code) for text in forms(message.string) if message.id]
    # An administrator is "pääkäyttäjä" in Finnish: a role, not what we call somebody who writes to us.
    assert [t for t in said if any(re.search(rf"(?<!pää){word}", t.lower()) for word in words)] == []


def test_danger_is_told_by_its_number_in_every_language(sources: Catalog):
    for code in CODES:
        for message in messages.read(code):
            if message.id and "112" in forms(message.id)[0] and all(forms(message.string)):
                assert all("112" in text for text in forms(message.string)), (code, message.id)


def _catalogue(*entries, **options) -> Catalog:
    catalogue = Catalog(locale="fi")
    for key, string in entries:
        catalogue.add(key, string, **options)
    return catalogue


@pytest.mark.parametrize(
    ("key", "string", "told"),
    [
        ("Hi %(name)s", "Moi", "placeholders differ"),
        ("Hi %(name)s", "Moi %(nimi)s", "placeholders differ"),
        ("Hi %(name)s", "Moi %(name) s", "a broken placeholder"),
        ("See <b>this</b>", "Katso tätä", "tags differ"),
        ("Hi", "Moi ", "spaces at the ends differ"),
        ("Hi", "", "empty"),
        (("%(n)s chat", "%(n)s chats"), ("chat", "%(n)s chattia"), "placeholders differ"),
        (("%(n)s chat", "%(n)s chats"), ("%(n)s chat", ""), "empty"),
    ],
)
def test_the_gate_sees(key, string, told):
    found = faults("fi", _catalogue((key, "")), _catalogue((key, string)))
    assert any(line.startswith(told) for line in found), found


def test_the_gate_sees_what_is_missing_left_over_or_unsure():
    sources = _catalogue(("Hi", ""), ("Bye", ""))
    found = faults("fi", sources, _catalogue(("Hi", "Moi"), ("Old", "Vanha"), flags=["fuzzy"]))
    assert [line.split(":")[0] for line in found] == ["extra, no page says it any more", "fuzzy", "fuzzy", "missing"]


def test_updating_again_changes_nothing(sources: Catalog):
    for code in CODES:
        old = messages.read(code)
        path = ROOT / "locales" / code / "LC_MESSAGES" / "messages.po"
        assert path.read_bytes() == messages.written(code, messages.updated(code, sources, old)), (
            f"run make messages: {code}"
        )
