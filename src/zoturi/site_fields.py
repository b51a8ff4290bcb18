"""What the fields of an operator's files have in common: texts by language, ids, addresses, numbers."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from zoturi.i18n import KNOWN


def _localized(value: Any) -> Any:
    # A plain text is the same in every language, as place names often are.
    return {"fi": value} if isinstance(value, str) else value


def words(value: Any) -> Any:
    """`fi, sv` as a list."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Localized = Annotated[dict[Literal[KNOWN], Text], BeforeValidator(_localized), Field(min_length=1)]
Languages = Annotated[tuple[Literal[KNOWN], ...], BeforeValidator(words), Field(min_length=1)]


def like(pattern: str, told: str, longest: int) -> Any:
    """A text of this form; the refusal says what it must be."""

    def check(value: str) -> str:
        if len(value) > longest or not re.fullmatch(pattern, value):
            raise ValueError(f"must be {told}; not {value[:40]!r}")
        return value

    return Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(check)]


Id = like(r"[a-z0-9][a-z0-9_-]*", "an id of small letters, digits, - and _", 40)
Address = like(r"https://[^\s\"'<>\\]+", "an address that begins with https://", 300)
Number = like(r"\+?[0-9][0-9 ]+", "a phone number: digits and spaces", 22)
Colour = like(r"#[0-9a-fA-F]{6}", "a colour like #e9a13b", 7)


def different(items: tuple[Any, ...]) -> tuple[Any, ...]:
    """The items, each with an id of its own."""
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise ValueError(f"the id {item.id!r} is used twice")
        seen.add(item.id)
    return items


class Model(BaseModel):
    """A part of a file: it cannot be changed after reading, and unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
