"""What the visitor's pages say, worked out from the site and the time on the wall: pure, nothing is read or stored."""

from dataclasses import dataclass, replace
from datetime import datetime

from zoturi.domain.hours import Hours, closes_at, is_open, opens_at
from zoturi.site import CrisisChat, CrisisLine, Site, Theme

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
EMERGENCY = "112"


@dataclass(frozen=True)
class Moment:
    """A time to come: milliseconds UTC, and how to name its day (today, tomorrow, a weekday, or later than a week)."""

    at: int
    day: str


@dataclass(frozen=True)
class Answering:
    """Whether somebody answers in a language now, until when, or when they do next."""

    language: str
    open: bool
    until: Moment | None
    opens: Moment | None


@dataclass(frozen=True)
class LineNow:
    """A crisis line as it stands now. `open` is None where its hours vary and nobody can say."""

    line: CrisisLine
    open: bool | None
    until: Moment | None
    opens: Moment | None


def spoken(lang: str) -> str:
    """The language people speak behind a page's language: plain Finnish is Finnish, test languages are English."""
    return {"fi_SIMPLE": "fi", "xx": "en", "xr": "en"}.get(lang, lang)


def moment(when: datetime | None, local: datetime) -> Moment | None:
    """Names the day of `when` as seen from `local`, both in the site's zone."""
    if when is None:
        return None
    days = (when.date() - local.date()).days
    day = {0: "today", 1: "tomorrow"}.get(days) or (WEEKDAYS[when.weekday()] if days < 7 else "later")
    return Moment(int(when.timestamp() * 1000), day)


def answering_in(hours: Hours, language: str, local: datetime) -> Answering:
    """Who answers in this language at this time."""
    return Answering(
        language,
        is_open(hours, language, local),
        moment(closes_at(hours, language, local), local),
        moment(opens_at(hours, language, local), local),
    )


def answering(site: Site, lang: str, local: datetime) -> tuple[Answering, ...]:
    """Every language the chat is answered in: the reader's first, then the site's own order."""
    ours = sorted((code for code, rules in site.hours.items() if rules), key=lambda code: code != spoken(lang))
    return tuple(answering_in(site.hours, code, local) for code in ours)


def crisis_lines(site: Site, lang: str, local: datetime) -> tuple[LineNow, ...]:
    """Crisis lines but the emergency number: open ones in the reader's language first, then those whose hours vary,
    then the same in other languages, and what is closed last; else the site's own order.
    """

    def now(line: CrisisLine) -> LineNow:
        hours = {"": line.windows or ()}
        return LineNow(
            line,
            line.open_at(local),
            moment(closes_at(hours, "", local), local),
            moment(opens_at(hours, "", local), local),
        )

    def order(row: LineNow) -> tuple[bool, bool, bool]:
        return row.open is False, spoken(lang) not in row.line.languages, row.open is None

    return tuple(sorted((now(line) for line in site.crisis_lines if line.number != EMERGENCY), key=order))


def other_chats(site: Site, lang: str, local: datetime) -> tuple[CrisisChat, ...]:
    """Chats kept by others, those in the reader's language first, those known to be closed last."""
    return tuple(
        sorted(
            site.crisis_chats,
            key=lambda chat: (spoken(lang) not in chat.languages, chat.open_at(local) is False),
        )
    )


def help_now(site: Site, lang: str, local: datetime) -> dict[str, object]:
    """What every page of a visitor may show, by the names the templates know."""
    rows = answering(site, lang, local)
    return {
        "answering": rows,
        "here_now": next(iter(rows), None),
        "speakable": [row.language for row in rows if row.open],
        "talk_language": spoken(lang),
        "crisis": crisis_lines(site, lang, local),
        "chats": other_chats(site, lang, local),
    }


def without(found: dict[str, object], stopped: frozenset[str]) -> dict[str, object]:
    """The same where nobody takes a new chat in some languages, although their hours say so."""
    if not stopped:
        return found
    rows = tuple(
        replace(row, open=False, until=None) if row.language in stopped else row for row in found["answering"]
    )  # fmt: skip
    speakable = [row.language for row in rows if row.open]
    return found | {"answering": rows, "here_now": next(iter(rows), None), "speakable": speakable}


def milliseconds(at: str) -> int:
    """The milliseconds UTC of a time of the contract."""
    return round(datetime.fromisoformat(at).timestamp() * 1000)


def theme_css(theme: Theme) -> str:
    """The operator's colours as a small stylesheet that comes after tokens.css."""

    def block(colours: dict[str, str]) -> str:
        return " ".join(f"--{name}: {value};" for name, value in colours.items())

    light, dark = block(theme.light), block(theme.dark)
    return (
        f'@media (prefers-color-scheme: light) {{ :root:not([data-scheme="dark"]) {{ {light} }} }}\n'
        f':root[data-scheme="light"] {{ {light} }}\n'
        f'@media (prefers-color-scheme: dark) {{ :root:not([data-scheme="light"]) {{ {dark} }} }}\n'
        f':root[data-scheme="dark"] {{ {dark} }}\n'
    )
