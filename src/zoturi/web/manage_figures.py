"""The figures as a page with pictures, and as a file for a spreadsheet."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from itertools import pairwise

from aiohttp import web

from zoturi import i18n, world
from zoturi.actions import figures
from zoturi.domain.contacts import CHANNELS
from zoturi.domain.figures import LENGTH_MINUTES, WAIT_MINUTES
from zoturi.i18n import mark as N_  # noqa: N812 - the name gettext tools know
from zoturi.web.keys import HOUSE, WORKER
from zoturi.web.labels import OUTCOMES
from zoturi.web.render import language_of, render

WEEKS = (5, 13, 26, 53, 106)
FLOW = {
    "opened": N_("Came"),
    "answered": N_("Answered"),
    "left_waiting": N_("Left while waiting"),
    "away_hours": N_("Found it closed"),
    "away_language": N_("Not in their language"),
}
HELPED = {
    "helped.1": N_("1, not at all"),
    "helped.2": "2",
    "helped.3": "3",
    "helped.4": "4",
    "helped.5": N_("5, a lot"),
}
UNDER, BETWEEN, OVER = N_("under %(n)s min"), N_("%(low)s–%(high)s min"), N_("over %(n)s min")
_WIDTH, _ROW, _LABEL = 400, 26, 140


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a picture, in its own units."""

    label: str
    number: int | None
    y: int
    width: int


@dataclass(frozen=True, slots=True)
class Chart:
    """A table and its picture."""

    title: str
    bars: tuple[Bar, ...]
    total: int | None
    height: int
    width: int = _WIDTH
    label_width: int = _LABEL


async def page(request: web.Request) -> web.Response:
    """Weeks, waits, lengths, help and outcomes of a channel, of all languages or of one."""
    house = request.app[HOUSE]
    count = request.query.get("weeks", "")
    weeks = figures.last_weeks(world.now(), int(count) if count in map(str, WEEKS) else 13)
    channel = request.query.get("channel", "chat")
    channel = channel if channel in CHANNELS else "chat"
    language = request.query.get("language") or None
    found = await house.db.read(figures.read, channel, weeks, language)
    say = i18n.translations(language_of(request)).gettext
    flow = {code: say(words) for code, words in FLOW.items()}
    charts = (
        _chart(say(N_("How long they waited")), found.waits, _durations(say, "wait", WAIT_MINUTES)),
        _chart(say(N_("How long it took")), found.lengths, _durations(say, "length", LENGTH_MINUTES)),
        _chart(say(N_("Did it help")), found.helped, {code: say(words) for code, words in HELPED.items()}),
        _chart(say(N_("How it ended")), found.outcomes, {f"outcome.{c}": say(words) for c, words in OUTCOMES.items()}),
    )
    return render(
        request, "manage/figures.html", worker=request[WORKER], here_is="figures", found=found, flow=flow,
        charts=charts, chosen={"weeks": len(weeks), "channel": channel, "language": language}, spans=WEEKS,
        channels=CHANNELS, picture=_weeks_picture(found), spoken=sorted(house.site.hours),
    )  # fmt: skip


async def file(request: web.Request) -> web.Response:
    """All figures of two years at most, one cell a line; hidden ones are empty."""
    weeks = figures.last_weeks(world.now(), figures.MOST_WEEKS)
    rows = await request.app[HOUSE].db.read(figures.rows, weeks)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("week", "channel", "language", "event", "number"))
    for row in rows:
        writer.writerow([guarded("" if cell is None else str(cell)) for cell in row])
    return web.Response(
        body=out.getvalue().encode("utf-8-sig"), content_type="text/csv", charset="utf-8",
        headers={"Content-Disposition": 'attachment; filename="zoturi-figures.csv"'},
    )  # fmt: skip


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _durations(say, what: str, bounds: tuple[int, ...]) -> dict[str, str]:
    words = [i18n.fill(say(UNDER), {"n": bounds[0]})]
    words += [i18n.fill(say(BETWEEN), {"low": low, "high": high}) for low, high in pairwise(bounds)]
    words.append(i18n.fill(say(OVER), {"n": bounds[-1]}))
    return {f"{what}.{number}": text for number, text in enumerate(words)}


def _chart(title: str, table: figures.Table, words: dict[str, str]) -> Chart:
    most = max((number or 0 for number in table.cells.values()), default=0) or 1
    room = _WIDTH - _LABEL - 50
    bars = tuple(
        Bar(words[code], number, place * _ROW + 4, round((number or 0) * room / most))
        for place, (code, number) in enumerate(table.cells.items())
    )
    return Chart(title, bars, table.total, len(bars) * _ROW + 4)


def _weeks_picture(found: figures.Figures) -> list[dict]:
    """Two bars a week, who came and who was answered, in a picture 600 by 160."""
    cells = [(week, found.flow["opened"].cells[week], found.flow["answered"].cells[week]) for week in found.weeks]
    most = max((number or 0 for _, *numbers in cells for number in numbers), default=0) or 1
    step = 580 / len(cells)
    return [
        {
            "label": week[-2:] if len(cells) <= 26 or place % 4 == 0 else "", "x": round(12 + place * step, 1),
            "width": round(step * 0.38, 1), "opened": round((came or 0) * 125 / most),
            "answered": round((got or 0) * 125 / most),
        }
        for place, (week, came, got) in enumerate(cells)
    ]  # fmt: skip
