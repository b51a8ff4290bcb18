"""The phrasebook's files: complete in three languages, and a bad one is refused where it is bad."""

from __future__ import annotations

from pathlib import Path

import pytest

from zoturi import phrase_files
from zoturi.yaml_files import FileError

GOOD = """topic: greeting
name: {fi: Alku, sv: Början, en: Start}
phrases:
  - id: hello
    fi: Hei
    sv: Hej
    en: Hello
"""


def test_every_sentence_stands_in_three_languages_and_can_be_sent():
    topics = phrase_files.load()
    phrases = [phrase for topic in topics for phrase in topic.phrases]
    assert len(phrases) >= 40
    for phrase in phrases:
        texts = [phrase.fi, phrase.sv, phrase.en]
        assert len(set(texts)) == 3, phrase.id
        assert all(text[-1] in ".?" and "!" not in text for text in texts), phrase.id
        assert {"112" in text for text in texts} in ({True}, {False}), phrase.id
    assert len({text for phrase in phrases for text in (phrase.fi, phrase.sv, phrase.en)}) == 3 * len(phrases)


def written(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("before", "after", "line", "field"),
    [
        ("    sv: Hej\n", "", 4, "phrases[1].sv"),
        ("sv: Hej", "sv:", 6, "phrases[1].sv"),
        ("    en: Hello", "    en: Hello\n    se: Bures", 8, "phrases[1].se"),
        ("id: hello", "id: Hello there", 4, "phrases[1].id"),
        ("topic: greeting", "topic: ''", 1, "topic"),
        ("en: Hello", f"en: {'x' * 601}", 7, "phrases[1].en"),
    ],
)
def test_a_bad_file_is_refused_with_line_and_field(tmp_path, before, after, line, field):
    assert before in GOOD
    with pytest.raises(FileError) as told:
        phrase_files.load(written(tmp_path, a=GOOD.replace(before, after)))
    assert (told.value.file, told.value.field) == ("a.yaml", field)
    assert abs(told.value.line - line) <= 1


def test_nothing_stands_twice(tmp_path):
    with pytest.raises(FileError, match=r"b.yaml, line 1, topic: 'greeting' is the topic of another file"):
        phrase_files.load(written(tmp_path, a=GOOD, b=GOOD))
    with pytest.raises(FileError, match=r"b.yaml, line 4, phrases\[1\].id: 'hello' is there twice"):
        phrase_files.load(written(tmp_path, a=GOOD, b=GOOD.replace("greeting", "other")))
