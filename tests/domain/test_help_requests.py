"""The help button's questions: which apply to whom, what must be known, and what nobody should write."""

from __future__ import annotations

import pytest

from zoturi.domain import identity_codes
from zoturi.domain.help_requests import NEEDED_TO_CALL, Known, faults, presets, reference, steps, tidy

KNOWN = Known(("lainela", "lumikyla"), {"koulu": "lainela"}, ("fi", "sv", "ar"))
PARENT = {
    "for_whom": "my_child", "role": "parent", "area": "lainela", "language": "sv", "contact_by": "phone",
    "phone": "040 000 0000", "voicemail_ok": "no",
}  # fmt: skip


def ids(**answers):
    return [step.id for step in steps(answers, KNOWN)]


def test_a_parent_who_wants_a_call_is_asked_how_to_be_reached_safely():
    assert ids(**PARENT) == [
        "danger", "whom", "role", "ages", "place", "topics", "words", "language", "reach", "number", "safely",
    ]  # fmt: skip
    assert faults(PARENT, KNOWN) == {}


def test_who_stays_nameless_is_asked_for_no_number_and_none_is_kept():
    nameless = PARENT | {"contact_by": "reply_here", "text": "En jaksa", "name": "Maija", "email": "a@b.fi"}
    assert "number" not in ids(**nameless) and "safely" not in ids(**nameless)
    assert not {"phone", "email", "name", "voicemail_ok"} & tidy(nameless, KNOWN).keys()
    assert faults(nameless, KNOWN) == {}


def test_an_answer_here_needs_something_to_answer():
    silent = {**PARENT, "contact_by": "reply_here"}
    assert faults(silent, KNOWN) == {"text": "nothing"}
    assert faults({**silent, "topics": ("sleep",)}, KNOWN) == {}


@pytest.mark.parametrize("role", ["relative", "professional"])
def test_outsiders_tell_whether_the_family_knows(role):
    assert "family" in ids(**PARENT | {"role": role})
    assert faults(PARENT | {"role": role}, KNOWN) == {"family_knows": "missing", "call_first": "missing"}


def test_somebody_young_tells_their_own_age_and_another_who_asks_for_themselves_none():
    assert "ages" in ids(for_whom="myself", role="young_person")
    assert "ages" not in ids(for_whom="myself", role="parent")


def test_every_mistake_is_told_in_the_order_of_the_questions():
    bad = {
        "for_whom": "my_dog", "child_ages": ("0-2",) * 6, "topics": ("sleep", "weather"), "text": "x" * 4001,
        "language": "tlh", "contact_by": "email", "who_may_know": "vain minä\x00", "name": "n" * 81,
    }  # fmt: skip
    assert list(faults(bad, KNOWN).items()) == [
        ("for_whom", "unknown"), ("role", "missing"), ("child_ages", "too_many"), ("area", "missing"),
        ("topics", "unknown"), ("text", "too_long"), ("language", "unknown"), ("email", "missing"),
        ("name", "too_long"), ("who_may_know", "signs"),
    ]  # fmt: skip


def test_a_call_in_another_language_needs_a_number_and_a_word_on_voicemail():
    assert faults({"contact_by": "phone"}, KNOWN, NEEDED_TO_CALL) == {
        "language": "missing",
        "phone": "missing",
        "voicemail_ok": "missing",
    }


@pytest.mark.parametrize("field", ["text", "who_may_know", "name"])
def test_an_identity_code_is_seen_in_own_words(field):
    assert faults(PARENT | {field: "hänen tunnuksensa 131052-308T"}, KNOWN) == {field: "identity_code"}


def test_a_number_is_never_taken_for_an_identity_code():
    assert faults(PARENT | {"phone": "131052-308T"}, KNOWN) == {}


@pytest.mark.parametrize("separator", list("+-YXWVUABCDEFyxa") + ["–", " - "])
def test_identity_codes_of_every_century_are_seen(separator):
    code = f"131052{separator}308T"
    assert identity_codes.found_in(code) and identity_codes.found_in(f"Lapsi ({code.lower()}), 7 v.")


@pytest.mark.parametrize(
    "text",
    [
        "131052-308U",  # another check character
        "311102-308T",  # the 31st of November
        "1310521308T",  # no separator
        "131052G308T",  # none that means a century
        "A131052-308T",
        "131052-308TT",
        "Soita 040 131052-3089",
        "+358131052-308T",
        "2026-11-25, klo 12.30-13.45",
    ],
)
def test_what_only_looks_like_an_identity_code_is_left_alone(text):
    assert not identity_codes.found_in(text)


def test_a_poster_brings_topics_area_and_unit_along_and_nothing_it_made_up():
    given = {"topics": ("sleep,mood", "weather"), "area": ("lumikyla",), "unit": ("koulu",)}
    assert presets(given, KNOWN) == {"topics": ("sleep", "mood"), "area": "lainela", "unit": "koulu"}
    assert presets({"area": ("atlantis",), "unit": ("x",)}, KNOWN) == {}


def test_a_reference_can_be_said_on_the_phone():
    assert reference("7k2m9qxt4hbwr3vd") == "7K2-M9Q"
