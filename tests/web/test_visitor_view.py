"""What a visitor reads about who answers now, from the site and the time on the wall."""

import re
from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from zoturi import resources, site_files
from zoturi.domain.hours import ALWAYS, Window
from zoturi.site import CrisisLine, Site, Theme
from zoturi.web import visitor_view

HELSINKI = ZoneInfo("Europe/Helsinki")
WORKDAYS = frozenset(range(5))


def at(text: str) -> datetime:
    """A time on the wall in Helsinki; 2026-11-23 is a Monday."""
    return datetime.fromisoformat(text).replace(tzinfo=HELSINKI)


def line(name: str, languages: tuple[str, ...], hours: object = None, number: str = "09 123") -> CrisisLine:
    return CrisisLine(id=name, name={"fi": name}, number=number, languages=languages, hours=hours, source="test")


@pytest.fixture(scope="module")
def demo() -> Site:
    return site_files.load(resources.content_dir() / "demo")


@pytest.fixture
def evenings(demo: Site) -> Site:
    """Finnish from 12 to 20 and Swedish from 15 to 18 on workdays."""
    hours = {"sv": (Window(WORKDAYS, time(15), time(18)),), "fi": (Window(WORKDAYS, time(12), time(20)),)}
    return demo.model_copy(update={"hours": hours})


def test_a_swedish_reader_sees_swedish_first_and_until_when(evenings: Site):
    swedish, finnish = visitor_view.answering(evenings, "sv", at("2026-11-23 16:00"))
    assert (swedish.language, swedish.open, finnish.language) == ("sv", True, "fi")
    assert swedish.until == visitor_view.Moment(int(at("2026-11-23 18:00").timestamp() * 1000), "today")
    assert swedish.opens is None


@pytest.mark.parametrize(
    ("now", "day", "opens"),
    [
        ("2026-11-23 09:00", "today", "2026-11-23 12:00"),
        ("2026-11-23 21:00", "tomorrow", "2026-11-24 12:00"),
        ("2026-11-27 21:00", "monday", "2026-11-30 12:00"),  # Friday evening
    ],
)
def test_somebody_who_comes_too_early_or_late_reads_when_to_come_back(evenings: Site, now: str, day: str, opens: str):
    finnish = visitor_view.answering(evenings, "fi", at(now))[0]
    assert not finnish.open
    assert finnish.opens == visitor_view.Moment(int(at(opens).timestamp() * 1000), day)


def test_a_day_more_than_a_week_away_is_named_by_its_date():
    assert visitor_view.moment(at("2026-12-01 12:00"), at("2026-11-23 12:00")).day == "later"
    assert visitor_view.moment(None, at("2026-11-23 12:00")) is None


def test_around_the_clock_has_no_end(demo: Site):
    site = demo.model_copy(update={"hours": {"fi": ALWAYS}})
    assert visitor_view.answering(site, "fi", at("2026-11-23 03:00")) == (
        visitor_view.Answering("fi", True, until=None, opens=None),
    )


def test_a_language_without_hours_is_not_promised(demo: Site):
    site = demo.model_copy(update={"hours": {"fi": ALWAYS, "sv": ()}})
    found = visitor_view.help_now(site, "sv", at("2026-11-23 12:00"))
    assert [row.language for row in found["answering"]] == ["fi"]
    assert (found["talk_language"], found["speakable"]) == ("sv", ["fi"])


def test_lines_open_now_in_the_readers_language_come_first_and_closed_ones_last(demo: Site):
    lines = (
        line("112", ("fi", "sv"), "always", number="112"),
        line("closed", ("sv",), [{"days": "sat", "opens": "9", "closes": "12"}]),
        line("other", ("fi",), "always"),
        line("unknown", ("sv",)),
        line("open", ("fi", "sv"), [{"days": "mon", "opens": "9", "closes": "21"}]),
    )
    site = demo.model_copy(update={"crisis_lines": lines})
    rows = visitor_view.crisis_lines(site, "sv", at("2026-11-23 20:00"))
    assert [row.line.id for row in rows] == ["open", "unknown", "other", "closed"]
    assert [row.open for row in rows] == [True, None, True, False]
    assert rows[0].until.day == "today"
    assert rows[3].opens.day == "saturday"


def test_plain_finnish_and_the_test_languages_lead_to_a_language_people_speak():
    assert [visitor_view.spoken(lang) for lang in ("fi_SIMPLE", "xr", "sv")] == ["fi", "en", "sv"]


def test_an_operators_colours_keep_to_their_scheme():
    css = visitor_view.theme_css(Theme(light={"light": "#e9a13b"}, dark={"light": "#f0b45c"}))
    light, dark = (re.findall(rf"[^}}]*--light: {colour};[^}}]*}}", css) for colour in ("#e9a13b", "#f0b45c"))
    assert len(light) == len(dark) == 2
    assert all("dark" not in rule.replace(':not([data-scheme="dark"])', "") for rule in light)
    assert all("light)" not in rule.replace(':not([data-scheme="light"])', "") for rule in dark)
