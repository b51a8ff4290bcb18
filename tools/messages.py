"""Brings locales/ up to date with the sentences in the sources.

    .venv/bin/python tools/messages.py            keep translations, drop what is gone, list what is untranslated
    .venv/bin/python tools/messages.py --check    write nothing, only list

Ends with 1 while a reviewed catalogue lacks a sentence. Languages are folders under locales/; a new one starts with an
empty folder. English is filled from the sources.
"""

import sys
import tomllib
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po, write_po

from zoturi import questionnaire_files
from zoturi.i18n import PLURAL_FORMS

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ROOT / "locales"
COMPLETE = ("fi", "sv", "en")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "mark": None,
    "N_": None,
    "rich": None,
    "ngettext": (1, 2),
    "nrich": (1, 2),
    "forms": (1, 2),
}


def extracted() -> Catalog:
    """All sentences of the sources, as babel.toml says where to look."""
    with (ROOT / "babel.toml").open("rb") as file:
        mappings = tomllib.load(file)["mappings"]
    own = {"questionnaire": of_questionnaire}
    methods = [(mapping["pattern"], own.get(mapping["method"], mapping["method"])) for mapping in mappings]
    options = {
        mapping["pattern"]: {key: value for key, value in mapping.items() if key not in ("pattern", "method")}
        for mapping in mappings
    }
    tops = {ROOT / mapping["pattern"].split("/")[0] for mapping in mappings}

    def ours(folder: str) -> bool:
        path = Path(folder)
        return path == ROOT or any(path.is_relative_to(top) for top in tops) and path.name != "static"

    found = Catalog()
    for name, _line, message, comments, context in extract_from_dir(
        str(ROOT),
        methods,
        options,
        keywords=KEYWORDS,
        comment_tags=("Translators:",),
        strip_comment_tags=True,
        directory_filter=ours,
    ):
        # Without line numbers a moved line changes no catalogue.
        found.add(message, None, [(name, None)], auto_comments=comments, context=context)
    return found


def of_questionnaire(file, keywords, comment_tags, options):
    """The sentences of a questionnaire, as Babel wants an extractor to give them."""
    for line, sentence in questionnaire_files.sentences(Path(file.name)):
        yield line, None, sentence, []


def read(code: str) -> Catalog:
    """A language's catalogue as it stands, empty if it is new."""
    path = LOCALES / code / "LC_MESSAGES" / "messages.po"
    if not path.is_file():
        return Catalog()
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True)


def updated(code: str, sources: Catalog, old: Catalog) -> Catalog:
    """The sentences of the sources with the translations we have; English translates itself."""
    new = Catalog()
    for message in sources:
        if not message.id:
            continue
        known = old.get(message.id)
        string = known.string if known is not None and known.id == message.id else ""
        if code == "en":
            string = tuple(message.id) if isinstance(message.id, tuple) else message.id
        new.add(
            message.id,
            string,
            sorted(set(message.locations)),
            flags=message.flags - {"python-format"},
            auto_comments=message.auto_comments,
        )
    return new


def written(code: str, messages: Catalog) -> bytes:
    """The catalogue as a file. The head carries no dates, so the same sentences give the same bytes."""
    plural = PLURAL_FORMS.get(code)
    if plural is None:
        number, expression = get_plural("fi" if code == "fi_SIMPLE" else code)[:2]
        plural = f"nplurals={number}; plural={expression}"
    head = [
        "Project-Id-Version: zoturi",
        f"Language: {code}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        f"Plural-Forms: {plural};",
        f"X-Status: {status(code)}",
    ]
    body = BytesIO()
    number = int(plural.split("nplurals=")[1][0])
    for message in messages:
        # The writer wants as many forms as the language has.
        if message.pluralizable and len(message.string or ()) != number:
            message.string = ("",) * number
    write_po(body, messages, width=116, omit_header=True, sort_by_file=True, include_lineno=False)
    lines = "".join(f'"{line}\\n"\n' for line in head)
    return f'msgid ""\nmsgstr ""\n{lines}\n'.encode() + body.getvalue().lstrip()


def status(code: str) -> str:
    """What the catalogue says of itself: reviewed by people who know the language, or a draft."""
    path = LOCALES / code / "LC_MESSAGES" / "messages.po"
    if path.is_file():
        return "reviewed" if "X-Status: reviewed" in path.read_text(encoding="utf-8")[:4000] else "draft"
    return "reviewed" if code in COMPLETE else "draft"


def untranslated(messages: Catalog) -> list[str | tuple[str, ...]]:
    """The keys without a translation, or with one form missing."""
    return [
        message.id
        for message in messages
        if message.id and not (all(message.string) if isinstance(message.string, tuple | list) else message.string)
    ]


def main(arguments: list[str]) -> int:
    """Updates every language and tells what is left to translate."""
    sources = extracted()
    left = 0
    for code in sorted(path.name for path in LOCALES.iterdir() if path.is_dir()):
        messages = updated(code, sources, read(code))
        path = LOCALES / code / "LC_MESSAGES" / "messages.po"
        content = written(code, messages)
        if "--check" not in arguments and (not path.is_file() or path.read_bytes() != content):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        lacking = untranslated(messages)
        print(f"{code}: {len(messages)} sentences, {len(lacking)} untranslated, {status(code)}")
        if status(code) == "reviewed":
            left += len(lacking)
            for key in lacking:
                print(f"  {key!r}")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
