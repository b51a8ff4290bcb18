"""What may be said, and how long a sign of life lasts."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from zoturi.domain.chat import AWAY_AFTER_MS, GONE_AFTER_MS, TEXT_MAX, check_text, visitor_state
from zoturi.domain.contacts import CHANNELS, CLOSED, HANDED_OVER, WAITING, after
from zoturi.domain.refusals import Refusal


def refused(call, *args, **facts):
    with pytest.raises(Refusal) as caught:
        call(*args, **facts)
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "\n\t ",
        "\r\n",
        "x" * (TEXT_MAX + 1),
        "a\x00b",
        "a\x1bb",
        "a\x7f",
        "a\x85b",
        "\ud800",
        "hei \udfff",
        "a\rb",
    ],
)
def test_what_is_no_plain_text_is_refused(text):
    problem = refused(check_text, text)
    assert (problem.code, problem.facts) == ("bad_text", {"field": "text"})


@pytest.mark.parametrize(
    "text",
    [
        "hei",
        "x" * TEXT_MAX,
        "rivi 1\nrivi 2\tsarake",
        "👩‍👩‍👧 🏳️‍🌈",
        "مرحبا",
        "שלום \u200f",
        "a\u00adb",
        "a\u2028b",
        "ئاو",
        "🥲" * 100,
    ],
)
def test_what_people_write_is_kept_as_they_wrote_it(text):
    assert check_text(text) == text.strip()


def test_white_space_around_and_foreign_line_ends_are_evened_out():
    assert check_text("  a\r\nb \r\n") == "a\nb"


def test_the_limit_counts_what_is_kept():
    assert len(check_text(" " * 50 + "x" * TEXT_MAX + " " * 50)) == TEXT_MAX
    assert refused(check_text, "y" * 41, longest=40, field="nickname").facts == {"field": "nickname"}


@given(some.text())
def test_a_checked_text_is_safe_anywhere(text):
    try:
        kept = check_text(text)
    except Refusal as problem:
        assert problem.code == "bad_text"
        return
    kept.encode()
    assert 1 <= len(kept) <= TEXT_MAX
    assert not any(ord(letter) < 32 and letter not in "\n\t" for letter in kept)
    assert check_text(kept) == kept


@pytest.mark.parametrize(
    ("silent", "state"),
    [
        (0, "here"),
        (AWAY_AFTER_MS - 1, "here"),
        (AWAY_AFTER_MS, "away"),
        (GONE_AFTER_MS - 1, "away"),
        (GONE_AFTER_MS, "gone"),
    ],
)
def test_silence_makes_away_and_then_gone(silent, state):
    assert visitor_state(1_000_000 + silent, 1_000_000) == state


def test_moves_that_do_not_fit():
    assert CHANNELS == ("chat", "help_button", "phone", "walk_in")
    assert after("claim", "waiting") == "claimed"
    assert after("erase", "closed") == "closed"
    assert refused(after, "claim", CLOSED).code == "gone"
    assert refused(after, "close", HANDED_OVER).code == "gone"
    assert refused(after, "close", WAITING).code == "conflict"
    assert refused(after, "claim", "claimed").code == "conflict"
