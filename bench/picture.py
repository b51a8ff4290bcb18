"""The table of a full run and its three curves as one SVG for the README. On a light ground of its own."""

from collections.abc import Sequence
from math import ceil, log10
from textwrap import wrap
from xml.sax.saxutils import escape

from bench.results import number

SHOWN = ("throughput", "latency", "many", "memory", "survival", "crowd", "visits")
WIDTH, EDGE, ROW, HEAD = 1020, 36, 27, 138
COLUMNS = (EDGE, 590, 692, 764, 838, 862)  # where each begins, or ends where it is a figure
NAMES = ("measure", "value", "CPU ms/1,000", "must", "goal", "")
CHART_HEIGHT, CHART_GAP = 272, 22
CURVES = (
    ("stored", "messages stored", "An append reads and writes one contact, whatever stands beside it."),
    ("waiting", "waiting", "A claim takes one row; places are counted in an index."),
    (
        "workers",
        "workers watching",
        "Every desk is told of each chat, so it costs what desks there are.",
    ),
)
# The house's colours, light scheme: each text colour is at least 6 : 1 on the paper.
PAPER, SURFACE, LINE, INK, SOFT = "#f6f3f4", "#fff", "#ddd7e0", "#1f2040", "#55536f"
LIGHT, DANGER, NOTE, WAVE = "#ffb547", "#a81e38", "#215a4b", "#76709e"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"


def draw(found: dict) -> str:
    """The picture of a run's figures (the JSON that a run writes)."""
    rows = [row for row in found["rows"] if row["must"] and row["group"] in SHOWN]
    curves = [(*curve, found["raw"].get(f"curve of {curve[0]}", [])) for curve in CURVES]
    table_end = HEAD + ROW * (len(rows) + 1) + 6
    height = table_end + 64 + CHART_HEIGHT + EDGE
    said = "; ".join(f"{row['what']}: {number(row['value'])} {row['unit']} ({_verdict(row)[0]})" for row in rows)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-labelledby="title desc" font-family="{FONT}" font-size="15" fill="{INK}">',
        '<title id="title">How fast zoturi is: measured figures beside their targets, and cost against size</title>',
        f'<desc id="desc">{escape(said)}. {escape(_curves_in_words(curves))}</desc>',
        f'<rect width="{WIDTH}" height="{height}" rx="18" fill="{PAPER}"/>',
        _text(EDGE, 50, "How fast, measured", size=26, weight=700),
        *(_text(EDGE, 76 + 20 * at, words, fill=SOFT, size=14) for at, words in enumerate(_machine(found["machine"]))),
        *_table(rows),
        _text(EDGE, table_end + 36, "What size costs", size=20, weight=700),
        _text(EDGE + 190, table_end + 36, "in processor time, over the smallest size", fill=SOFT, size=14),
    ]
    wide = (WIDTH - 2 * EDGE - 2 * CHART_GAP) / 3
    for at, (_, what, why, points) in enumerate(curves):
        parts += _chart(EDGE + at * (wide + CHART_GAP), table_end + 54, wide, what, why, points)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _machine(machine: dict) -> tuple[str, str]:
    return (
        f"python -m bench, {machine['at'][:10]}: medians of three interleaved rounds, server and load on a core each",
        f"{machine['processor']}, Python {machine['python']}, a durable write takes {machine['fsync_ms']:.2f} ms",
    )


def _text(x: float, y: float, said: str, *, fill: str = "", size: int = 0, weight: int = 0, anchor: str = "") -> str:
    more = "".join(
        f' {name}="{value}"'
        for name, value in (("fill", fill), ("font-size", size), ("font-weight", weight), ("text-anchor", anchor))
        if value
    )
    return f'<text x="{x:.4g}" y="{y:.4g}"{more}>{escape(said)}</text>'


def _verdict(row: dict) -> tuple[str, str, str]:
    """In words, the fill of its mark and the colour of its words."""
    if row["met"] is None:
        return "not judged", "none", SOFT
    if not row["met"]:
        return "not met", DANGER, DANGER
    return ("met, goal too", LIGHT, NOTE) if row["goal_met"] else ("met", "none", NOTE)


def _table(rows: Sequence[dict]) -> list[str]:
    top = HEAD
    parts = [
        _text(x, top, said, fill=SOFT, size=13, anchor="end" if at else "")
        for at, (x, said) in enumerate(zip(COLUMNS, NAMES, strict=True))
    ]
    before = None
    for at, row in enumerate(rows, 1):
        y = top + ROW * at
        if row["group"] != before:
            parts.append(f'<path d="M{EDGE} {y - 18.5}H{WIDTH - EDGE}" stroke="{LINE}"/>')
        before = row["group"]
        said, fill, colour = _verdict(row)
        what = row["what"].removeprefix("… ").removeprefix("zoturi: ").partition(" (")[0]
        cpu = "" if row["cpu"] is None else number(row["cpu"])
        value = f"{number(row['value'])} {row['unit'].removeprefix('1')}".strip()
        parts += [
            _text(COLUMNS[0], y, what[0].upper() + what[1:], size=14),
            _text(COLUMNS[1], y, value, weight=700, anchor="end"),
            *(
                _text(x, y, figure, fill=SOFT, size=14, anchor="end")
                for x, figure in zip(COLUMNS[2:5], (cpu, row["must"], row["goal"] or ""), strict=True)
                if figure
            ),
            f'<circle cx="{COLUMNS[5]}" cy="{y - 5}" r="5" fill="{fill}" stroke="{colour}" stroke-width="1.5"/>',
            _text(COLUMNS[5] + 12, y, said, fill=colour, size=14, weight=600),
        ]
    return parts


def _chart(x: float, y: float, wide: float, what: str, why: str, points: list[dict]) -> list[str]:
    """One curve for a message and one for a whole chat, over a logarithmic size."""
    parts = [f'<rect x="{x:.4g}" y="{y}" width="{wide:.4g}" height="{CHART_HEIGHT}" rx="12" fill="{SURFACE}"/>']
    if not points:
        return [*parts, _text(x + 16, y + 30, f"{what}: not measured", fill=SOFT)]
    first, last = points[0]["size"], points[-1]["size"]
    series = [("a message", "message_us", INK, ""), ("a whole chat", "chat_ms", WAVE, ' stroke-dasharray="2 5"')]
    most = max(2, ceil(max(point[key] / points[0][key] for point in points for _, key, _, _ in series)))
    left, right, top, floor = x + 44, x + wide - 22, y + 44, y + 160

    def place(point: dict, key: str) -> tuple[float, float]:
        along = log10(point["size"] / first) / log10(last / first)
        return left + along * (right - left), floor - point[key] / points[0][key] / most * (floor - top)

    for times in (0, 1, most):
        level = floor - times / most * (floor - top)
        parts.append(f'<path d="M{left:.4g} {level:.4g}H{right:.4g}" stroke="{LINE}"/>')
        parts.append(_text(left - 8, level + 5, f"{times}×", fill=SOFT, size=13, anchor="end"))
    for point in points:
        parts.append(_text(place(point, "message_us")[0], floor + 20, f"{point['size']:,}".replace(",", " "),
                           fill=SOFT, size=13, anchor="middle" if point is not points[-1] else "end"))  # fmt: skip
    for at, (name, key, colour, dashes) in enumerate(series):
        line = " ".join(f"{a:.4g},{b:.4g}" for a, b in (place(point, key) for point in points))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="3" '
                     f'stroke-linecap="round"{dashes}/>')  # fmt: skip
        parts += [f'<circle cx="{a:.4g}" cy="{b:.4g}" r="4.5" fill="{colour}"/>'
                  for a, b in (place(point, key) for point in points)]  # fmt: skip
        cost = f"{name}: {_cost(points[0], key)} → {_cost(points[-1], key)}"
        parts.append(f'<circle cx="{x + 21:.4g}" cy="{floor + 39 + 19 * at:.4g}" r="4.5" fill="{colour}"/>')
        parts.append(_text(x + 32, floor + 44 + 19 * at, cost, size=13))
    parts.append(_text(x + 16, y + 26, what, weight=700))
    for at, words in enumerate(wrap(why, 39)):
        parts.append(_text(x + 16, floor + 84 + 17 * at, words, fill=SOFT, size=13))
    return parts


def _cost(point: dict, key: str) -> str:
    return f"{point[key]:.0f} µs" if key == "message_us" else f"{point[key]:.1f} ms"


def _curves_in_words(curves: Sequence[tuple[str, str, str, list[dict]]]) -> str:
    said = []
    for _, what, why, points in curves:
        if points:
            few, many = points[0], points[-1]
            said.append(
                f"From {few['size']} to {many['size']} {what} a message costs {_cost(few, 'message_us')} to "
                f"{_cost(many, 'message_us')}, a chat {_cost(few, 'chat_ms')} to {_cost(many, 'chat_ms')}. {why}"
            )
    return " ".join(said)
