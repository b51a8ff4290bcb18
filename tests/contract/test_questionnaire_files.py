"""A questionnaire is a file: a good one works without a line of code, a bad one is refused with file, line and field."""

import shutil
from pathlib import Path

import pytest

from zoturi import i18n, questionnaire_files, resources
from zoturi.domain.questionnaires import score
from zoturi.questionnaire_files import TEXT_FIELDS, FileError, Library, QuestionnaireFields, load, sentences
from zoturi.web.labels import URGENCY_REASONS
from zoturi.web.safety import PANELS, SOCIAL

OURS = resources.content_dir() / "questionnaires"
YOUNG = "worry-2-young.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Our own files, to be spoiled."""
    return Path(shutil.copytree(OURS, tmp_path / "questionnaires"))


def change(folder: Path, name: str, before: str, after: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert before in text
    (folder / name).write_text(text.replace(before, after, 1), encoding="utf-8")


def refusal(folder: Path) -> FileError:
    with pytest.raises(FileError) as caught:
        load(folder)
    assert "\n" not in str(caught.value)
    return caught.value


def line_of(folder: Path, name: str, words: str) -> int:
    lines = (folder / name).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if words in line)


@pytest.mark.parametrize(
    ("name", "before", "after", "field", "told"),
    [
        (YOUNG, "version: 1", "version: none", "version", "whole number"),
        (YOUNG, "version: 1", "version: 0", "version", "greater"),
        (YOUNG, "version: 1", "version: 1\nverison: 1", "verison", "not a field we know"),
        (YOUNG, "name: I am 13–17", "name: ''", "name", "is empty"),
        (YOUNG, "age_group: 13-17", "age_group: 13-99", "age_group", "must be"),
        (YOUNG, "most: 4", "most: 9", "choice.most", "less"),
        (YOUNG, "most: 4", "most: 8", "asks", "too long"),
        (YOUNG, "asks: >-\n  mood,", "asks: >-\n  moood,", "asks", "'moood' is written nowhere"),
        (YOUNG, "each: much, long, someone", "each: much, longer, someone", "each", "'longer' is written nowhere"),
        (YOUNG, "each: much, long, someone", "each: long, someone", "scale", "'much'"),
        (YOUNG, "scale: worry", "scale: worries", "scale", "'worries' is written nowhere"),
        (YOUNG, "always: safety_self", "always: mood", "always", "among the topics already"),
        (YOUNG, "id: worry-13-17", "id: worry-10-12", "id", "id of another file"),
        (YOUNG, "id: worry-13-17", "id: Worry 13", "id", "should match"),
        ("shared.yaml", "cap: 6", "cap: six", "scales.worry.cap", "whole number"),
        ("shared.yaml", "from_points: 4, zone: clear", "from_points: 1, zone: clear", "scales.worry", "rise"),
        ("shared.yaml", "zone: big", "zone: huge", "scales.worry.zones[4].zone", "must be"),
        ("shared.yaml", "id: a_lot, points: 3", "id: a_lot, points: -3", "questions[1].options[4].points", "greater"),
        ("shared.yaml", "id: a_lot, points: 3", "id: somewhat, points: 3", "questions[1].options", "there twice"),
        ("shared.yaml", "flag: says_run_away", "flag: says_nothing", "questions[5].options[5].flag", "must be"),
        ("shared.yaml", "look: faces", "look: hearts", "questions[1].look", "must be"),
        ("shared.yaml", "look: faces", "look: faces\n    several: true", "questions[1]", "exactly five"),
        ("shared.yaml", "topic: sleep", "topic: sleeping", "topics[3].topic", "must be"),
        ("shared.yaml", "title: Do one small thing", "hint: Do", "steps[6].hint", "not a field we know"),
        ("shared.yaml", "  - id: self_safe\n    kind: self", "  - id: self_safe\n    kind: us", "steps[1].kind", "must be"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_line_and_field(folder, name, before, after, field, told):
    change(folder, name, before, after)
    problem = refusal(folder)
    assert (problem.file, problem.line is not None) == (name, True), problem
    assert problem.field.startswith(field), problem
    assert told in problem.reason, problem


def test_the_line_is_the_very_line(folder):
    change(folder, "shared.yaml", "flag: says_run_away", "flag: says_nothing")
    problem = refusal(folder)
    assert problem.line == line_of(folder, "shared.yaml", "says_nothing")
    assert problem.field == "questions[5].options[5].flag"
    assert str(problem).startswith(f"shared.yaml, line {problem.line}, questions[5].options[5].flag: must be")


@pytest.mark.parametrize("content", ["", "[", "a: &b c", "a: !x y", "- 1", "\x00", "id: [" * 30, "id: a\nid: b"])
def test_what_is_no_questionnaire_at_all(folder, content):
    (folder / YOUNG).write_text(content, encoding="utf-8")
    assert refusal(folder).file == YOUNG


def test_our_own_files_are_what_the_field_asks_for():
    known = load(OURS)
    assert [asked.group for asked in known.values()] == ["10-12", "13-17", "18-24", "parent", "anyone"]
    for asked in known.values():
        assert (asked.most, asked.scale.cap, len(asked.always)) == (4, 6, 2)
        assert asked.scale.starts == ((0, "none"), (2, "small"), (4, "clear"), (5, "big"))
        for part in asked.sections:
            assert [question.id for question in part.questions] == ["much", "long", "someone"]
            assert part.topic, "a carried topic becomes a topic of the contact"
            assert [option.points for option in part.questions[0].options] == [0, 1, 2, 3, 4]


def test_every_safety_fact_has_a_panel_a_reason_for_the_desk_and_numbers_that_exist(demo_lines):
    known = load(OURS)
    stated = {o.flag for a in known.values() for p in a.always for q in p.questions for o in q.options if o.flag}
    assert stated <= set(PANELS) <= set(URGENCY_REASONS)
    for words in PANELS.values():
        assert set(words.lines) - {SOCIAL} <= demo_lines | {"mieli-uk", "mieli-ru"}
    for asked in known.values():
        for step in asked.steps:
            assert set(step.places) <= demo_lines, step.id


def test_a_child_reads_it_in_every_complete_language():
    """Short sentences, and no word of a diagnosis."""
    forbidden = ("depress", "masennu", "syndrom", "häiriö", "störning", "disorder", "diagnos", "trauma", "psykoos")
    for path in sorted(OURS.glob("*.yaml")):
        for line, sentence in sentences(path):
            for code in ("fi", "sv", "en"):
                said = i18n.translations(code).gettext(sentence)
                where = f"{path.name}, line {line}, {code}: {said}"
                assert said and (code == "en" or said != sentence), where
                assert not any(word in said.lower() for word in forbidden), where
                assert all(len(part.split()) <= 22 for part in said.replace("?", ".").split(".")), where


def test_texts_for_the_catalogues_are_all_texts_of_the_models():
    models = (
        questionnaire_files.OptionFields, questionnaire_files.QuestionFields, questionnaire_files.TopicFields,
        questionnaire_files.StepFields, questionnaire_files.ChoiceFields, QuestionnaireFields, Library,
    )  # fmt: skip
    words = {name for model in models for name, field in model.model_fields.items() if _is_text(field)}
    assert words == TEXT_FIELDS


def _is_text(field) -> bool:
    limits = [getattr(each, "max_length", None) for each in field.metadata]
    inner = [
        getattr(each, "max_length", None)
        for part in getattr(field.annotation, "__args__", ())
        for each in getattr(part, "__metadata__", ())
    ]
    return 400 in limits + inner


def test_a_childrens_feedback_form_is_a_file_only(tmp_path):
    (tmp_path / "feedback.yaml").write_text(
        """
id: feedback-child
version: 1
name: How was it?
group: child
questions:
  - id: liked
    text: Did it help?
    options:
      - {id: no_help, text: "No"}
      - {id: helped, text: "Yes", good: It helped.}
topics:
  - {id: visit, name: The visit, questions: liked}
asks: visit
""",
        encoding="utf-8",
    )
    (form,) = load(tmp_path).values()
    assert (form.most, form.scale, [part.id for part in form.pages(())]) == (0, None, ["visit"])
    assert score(form, (), {"visit": {"liked": ("helped",)}}).good == ("It helped.",)


def test_a_changed_file_has_another_mark_even_with_the_same_version(folder):
    before = load(folder)
    change(folder, "shared.yaml", "text: A week or two", "text: Some weeks")
    after = load(folder)
    assert all(before[name].mark != after[name].mark for name in before)
    assert load(folder)["worry-parent"].mark == after["worry-parent"].mark


@pytest.fixture(scope="module")
def demo_lines() -> set[str]:
    from_site = resources.content_dir() / "demo" / "crisis_lines.yaml"
    lines = from_site.read_text(encoding="utf-8").splitlines()
    return {line.partition("id:")[2].strip() for line in lines if line.strip().startswith("- id:")}
