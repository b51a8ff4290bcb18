"""The texts of "Call me, I speak …": one screen in each language, from ``content/call_me.yaml``.

A language says whether somebody who speaks it has ``reviewed`` its texts; a ``draft`` is shown with Finnish and English
beside it. A bad file is refused with file, line and field.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from zoturi import i18n, resources
from zoturi.yaml_files import FileError, Source

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
BESIDE = ("fi", "en")
"""The languages that stand beside a draft."""
REVIEWED = ("fi", "sv", "en")
"""Languages without which there is no such screen, and whose texts must be reviewed."""


def _with(sign: str):
    def check(text: str) -> str:
        if sign not in text:
            raise ValueError(f"must say {sign}")
        return text

    return AfterValidator(check)


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Texts(_Model):
    """Every sentence of the screen and of its receipt. ``promise`` says ``{day}``, ``danger`` says 112."""

    link: Text
    title: Text
    lead: Text
    danger: Annotated[Text, _with("112")]
    phone: Text
    like_this: Text
    when: Text
    morning: Text
    daytime: Text
    evening: Text
    voicemail: Text
    interpreter: Text
    yes: Text
    no: Text
    send: Text
    free: Text
    nameless: Text
    mend: Text
    mend_phone: Text
    mend_voicemail: Text
    thanks: Text
    promise: Annotated[Text, _with("{day}")]
    code: Text


class Spoken(_Model):
    """One language: its code, what it calls itself, and its texts."""

    code: Literal[i18n.KNOWN]
    name: Text
    status: Literal["draft", "reviewed"]
    texts: Texts

    @property
    def html_lang(self) -> str:
        return self.code.replace("_", "-")

    @property
    def direction(self) -> str:
        """``ltr`` or ``rtl``."""
        return i18n.babel_of(self.code).text_direction

    def day(self, day: date) -> str:
        """A day in this language, as in a promise."""
        return i18n.day_in(self.code, day)


class _File(_Model):
    languages: tuple[Spoken, ...] = Field(min_length=1, max_length=60)


class CallMe(Mapping[str, Spoken]):
    """The languages by code, in the order they are offered."""

    def __init__(self, languages: tuple[Spoken, ...]) -> None:
        self._by_code = {each.code: each for each in languages}

    def __getitem__(self, code: str) -> Spoken:
        return self._by_code[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_code)

    def __len__(self) -> int:
        return len(self._by_code)

    def beside(self, shown: Spoken) -> tuple[Spoken, ...]:
        """What stands beside a draft; nothing beside reviewed texts."""
        return () if shown.status == "reviewed" else tuple(self._by_code[code] for code in BESIDE)


def load(path: Path | None = None) -> CallMe:
    """The languages of a file; FileError for what cannot be used."""
    source = Source(path or resources.content_dir() / "call_me.yaml")
    languages = source.model(_File).languages
    status: dict[str, str] = {}
    for at, each in enumerate(languages):
        if each.code in status:
            raise source.refusal(("languages", at, "code"), f"{each.code!r} is there twice")
        status[each.code] = each.status
    for code in REVIEWED:
        if status.get(code) != "reviewed":
            raise source.refusal(("languages",), f"{code} must be there, with status: reviewed")
    return CallMe(languages)


__all__ = ["CallMe", "FileError", "Spoken", "Texts", "load"]
