"""Passwords that those who guess try first are refused; long ones of one's own are not."""

import pytest

from zoturi.actions.passwords import common_words
from zoturi.domain.passwords import problem

OWN = ["Aino Virtanen", "aino.virtanen@lainela.example", "Lainelan kunta"]


@pytest.mark.parametrize(("password", "why"), [
    ("short one", "too_short"), ("", "too_short"), ("x" * 11, "too_short"), ("ab" * 200, "too_long"),
    ("111111111111", "too_common"), ("abcabcabcabc", "too_common"), ("passwordpassword", "too_common"),
    ("Salasana2024!", "too_common"), ("P4ssw0rd!2025", "too_common"), ("Tervetuloa2026!", "too_common"),
    ("qwertyuiop12", "too_common"), ("1qaz2wsx3edc", "too_common"), ("poiuytrewq99", "too_common"),
    ("123456789012", "too_common"), ("kesäkesä2024!", "too_common"), ("Zoturi-Chat-2026", "too_common"),
    ("sommar 2026 sommar", "too_common"), ("demo-password-1", "too_common"), ("hunter2hunter2", "too_common"),
    ("aino.virtanen1", "own_words"), ("Virtanen-2026-Aino", "own_words"), ("Lainelankunta1", "own_words"),
    ("358457396281", "too_common"), ("12031985 07062024", "too_common"), ("11223344556677889900", "too_common"),
    ("01234567890123456789", "too_common"), ("314159265358979323846", "too_common"), ("4711 4711 4711 4711", "too_common"),
    ("98765432109876543210", "too_common"), ("19851986198719881989", "too_common"),
    ("V1rt4nen!!2026", "own_words"), ("aino salasana 1", "own_words"),
])  # fmt: skip
def test_easy_ones_are_refused(password, why):
    assert problem(password, OWN, common_words()) in (why, "too_common")
    if why in ("too_short", "too_long", "own_words"):
        assert problem(password, OWN, common_words()) is not None


@pytest.mark.parametrize("password", [
    "kolme sanaa ja väli", "aivan toinen salasana", "correct horse battery staple", "h8!kK2#pQz7w",
    "vinkkeli rupuna tasku", "korppi lentää yli järven", "a long password of one's own", "пароль из трёх слов",
    "70391846205317864290", "8302 5719 4460 2837",
])  # fmt: skip
def test_ones_of_ones_own_are_fine(password):
    assert problem(password, OWN, common_words()) is None


def test_a_password_of_somebody_elses_name_is_no_own_word():
    assert problem("aino.virtanen1", ["Onni", "onni@lainela.example"], common_words()) is None
