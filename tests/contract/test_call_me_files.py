"""The texts of "Call me, I speak …": ten languages, each whole; a bad file is refused where it is bad."""

from __future__ import annotations

import pytest

from zoturi import call_me_files, resources
from zoturi.yaml_files import FileError

SHIPPED = (resources.content_dir() / "call_me.yaml").read_text(encoding="utf-8")


def test_ten_languages_of_which_seven_are_drafts_with_finnish_and_english_beside():
    languages = call_me_files.load()
    assert list(languages) == ["fi", "sv", "en", "ru", "uk", "ar", "so", "et", "fa", "ckb"]
    beside = {code: [each.code for each in languages.beside(one)] for code, one in languages.items()}
    assert beside == {code: [] if code in ("fi", "sv", "en") else ["fi", "en"] for code in languages}
    assert [code for code, one in languages.items() if one.direction == "rtl"] == ["ar", "fa", "ckb"]
    for name in call_me_files.Texts.model_fields:
        said = [getattr(one.texts, name) for one in languages.values()]
        same = {"yes", "no", "like_this", "morning", "daytime", "evening"}  # short words that neighbours share
        assert name in same or len(set(said)) == len(said), name


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("      send: Soittakaa minulle\n", "", r"call_me.yaml, line \d+, languages\[1\].texts.send: is missing"),
        ("code: sv", "code: fi", r"call_me.yaml, line \d+, languages\[2\].code: 'fi' is there twice"),
        ("code: ckb", "code: klingon", r"call_me.yaml, line \d+, languages\[10\].code: must be"),
        ("status: draft", "status: perhaps", r"call_me.yaml, line \d+, languages\[4\].status: must be"),
        ("senast den här dagen: {day}.", "snart.", r"languages\[2\].texts.promise: must say \{day\}"),
        ("right now, ring 112.", "right now, run.", r"languages\[3\].texts.danger: must say 112"),
        ("name: svenska\n    status: reviewed", "name: svenska\n    status: draft", r"languages: sv must be there"),
    ],
)
def test_a_bad_file_is_refused_with_line_and_field(tmp_path, before, after, told):
    assert before in SHIPPED
    path = tmp_path / "call_me.yaml"
    path.write_text(SHIPPED.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(FileError, match=told):
        call_me_files.load(path)
