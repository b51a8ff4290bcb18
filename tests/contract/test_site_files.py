"""An operator fills in files: what is wrong or missing is said with file, line and field, and nothing else happens."""

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from zoturi import resources, site_files
from zoturi.domain.hours import SpecialDay, is_open
from zoturi.site_files import FILES, SiteError, copy_example, load, missing

HELSINKI = ZoneInfo("Europe/Helsinki")
NOON = datetime(2026, 11, 20, 12, tzinfo=HELSINKI)


def demo():
    return load(resources.content_dir() / "demo")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The demo's files in a folder of their own, to be changed."""
    for name in FILES:
        (tmp_path / name).write_bytes((resources.content_dir() / "demo" / name).read_bytes())
    return tmp_path


def change(folder: Path, name: str, before: str, after: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert before in text
    # The last one: comments above show the same words.
    (folder / name).write_text(after.join(text.rsplit(before, 1)), encoding="utf-8")


def refusal(folder: Path) -> SiteError:
    with pytest.raises(SiteError) as caught:
        load(folder)
    assert "\n" not in str(caught.value)
    return caught.value


def test_demo_is_complete_but_for_a_number_that_must_not_be_invented():
    site = demo()
    assert [line.split(":")[0] for line in missing(site)] == ["site.yaml, social_emergency_number"]
    assert "112" in site.text(site.social_emergency_note, "fi")
    assert site.social_emergency_tel is None


def test_demo_answers_day_and_night_in_three_languages():
    site = demo()
    for language in ("fi", "sv", "en"):
        assert is_open(site.hours, language, datetime(2026, 12, 25, 3, tzinfo=HELSINKI))
    assert not is_open(site.hours, "so", NOON)


def test_demo_texts_are_written_in_three_languages():
    def texts(value):
        if isinstance(value, dict) and set(value) & {"fi", "sv", "en"}:
            yield value
        elif isinstance(value, dict):
            for item in value.values():
                yield from texts(item)
        elif isinstance(value, list):
            for item in value:
                yield from texts(item)

    # `hours` is a mapping by language too, but of windows; names alone are the same everywhere.
    found = list(texts(json.loads(demo().model_dump_json(exclude={"hours"}))))
    assert len(found) > 30
    assert [text for text in found if set(text) != {"fi", "sv", "en"} and set(text) != {"fi"}] == []
    assert {text["fi"] for text in found if set(text) == {"fi"}} == {
        *("Lainela", "Lumikylä", "Sekasin", "Apuu", "Nettiturvakoti")
    }


def test_emergency_line_knows_its_text_messages_and_is_always_open():
    line = demo().crisis_lines[0]
    assert (line.number, line.tel, line.sms, line.always) == ("112", "112", True, True)
    assert line.open_at(NOON) is True
    for language in ("fi", "sv", "en"):
        assert "112" in line.sms_words[language] and "WhatsApp" in line.sms_words[language]


def test_a_line_with_unknown_hours_says_neither_open_nor_closed():
    line = next(line for line in demo().crisis_lines if line.id == "mieli-sv")
    assert line.open_at(NOON) is None and not line.always
    assert line.tel == "0925250112"


def test_copied_example_waits_for_everything_only_the_operator_knows(tmp_path: Path):
    copy_example(tmp_path / "site")
    site = load(tmp_path / "site")
    open_ends = "\n".join(missing(site))
    for field in (
        *("name", "controller", "data_protection_contact", "supervising_authority", "accessibility_contact"),
        *("responders", "social_emergency_number", "retention", "chat"),
        *(line.id for line in site.crisis_lines),
        *(chat.id for chat in site.crisis_chats),
    ):
        assert f", {field}:" in open_ends
    assert not any(line.confirmed or line.verified_on for line in site.crisis_lines)
    assert not is_open(site.hours, "fi", NOON)
    assert site.text(site.name, "fi") == ""
    assert site.units == ()  # nobody chooses a school that is not there
    assert site.routing[-1].id == "everybody"


def test_copied_example_opens_when_the_operator_has_filled_it_in(tmp_path: Path):
    folder = tmp_path / "site"
    copy_example(folder)
    for path in set(folder.iterdir()) - {folder / "units.yaml"}:  # nobody needs units
        text = path.read_text(encoding="utf-8")
        # What an operator does: take the form out of the comments and write into it.
        text = text.replace("confirmed: false", "confirmed: true").replace("verified_on:", "verified_on: 2026-12-01")
        text = text.replace("  # fi: ", "  fi: ").replace("social_emergency_number:", "social_emergency_number: 112")
        path.write_text(text, encoding="utf-8")
    assert missing(load(folder)) == []


def test_never_copies_over_what_is_there(tmp_path: Path):
    (tmp_path / "site.yaml").write_text("mine", encoding="utf-8")
    with pytest.raises(SiteError, match="is there already"):
        copy_example(tmp_path)
    assert (tmp_path / "site.yaml").read_text(encoding="utf-8") == "mine"
    with pytest.raises(SiteError, match="is there already"):
        copy_example(tmp_path / "site.yaml")


def test_texts_fall_back_to_english_then_finnish_then_any():
    site = demo()
    assert site.text({"fi": "a", "sv": "b", "en": "c"}, "sv") == "b"
    assert site.text({"fi": "a", "en": "c"}, "so") == "c"
    assert site.text({"fi": "a", "sv": "b"}, "so") == "a"
    assert site.text({"fi": "a", "en": "c"}, "fi_SIMPLE") == "a"
    assert site.text({"ru": "d"}, "so") == "d"
    assert site.text(None, "fi") == "" and site.text("e", "fi") == "e"


def test_special_days_reach_the_languages_they_name(folder: Path):
    change(
        folder,
        "hours.yaml",
        "exceptions: []",
        "exceptions:\n  - date: 2026-11-20\n    closed: true\n    languages: sv, en\n"
        "  - date: 2026-11-21\n    opens: 9\n    closes: 9.30",
    )
    site = load(folder)
    assert is_open(site.hours, "fi", NOON) and not is_open(site.hours, "sv", NOON)
    assert not is_open(site.hours, "fi", datetime(2026, 11, 21, 12, tzinfo=HELSINKI))
    assert sum(isinstance(rule, SpecialDay) for rule in site.hours["fi"]) == 1


def test_hours_are_read_as_people_write_them(folder: Path):
    change(
        folder,
        "hours.yaml",
        "  fi: always",
        "  fi:\n    - days: mon-thu, sat\n      opens: 12:00\n      closes: 24:00\n"
        "    - {days: [fri], opens: 9.30, closes: 2}",
    )
    site = load(folder)
    assert is_open(site.hours, "fi", datetime(2026, 11, 21, 1, tzinfo=HELSINKI))
    assert is_open(site.hours, "fi", datetime(2026, 11, 21, 23, 59, tzinfo=HELSINKI))
    assert not is_open(site.hours, "fi", datetime(2026, 11, 22, 12, tzinfo=HELSINKI))


@pytest.mark.parametrize(
    ("name", "before", "after", "line_of", "field", "reason"),
    [
        ("site.yaml", "exit_to: https", "exit_to: javascript", "exit_to", "exit_to", "https://"),
        ("site.yaml", "chats_days: 30", "chats_days: 0", "chats_days", "retention.chats_days", "greater than"),
        ("site.yaml", "chats_days: 30", "chats_days: soon", "chats_days", "retention.chats_days", "whole number"),
        ("site.yaml", "chats_days: 30", "chat_days: 30", "chat_days", "retention.chat_days", "not a field we know"),
        ("site.yaml", "  fi: Lainelan kunta\n", "  fo: Lainela\n", "  fo:", "name.fo", "spelled right"),
        ("site.yaml", "social_emergency_number:", "social_emergency_number: ask", "number: ask", None, "digits"),
        ("site.yaml", "# theme:", "theme: {light: {light: red}}\n#", "theme: {", "theme.light.light", "#e9a13b"),
        ("site.yaml", "retention:", "exit_to: https://a.example/\nretention:", "a.example", "exit_to", "twice"),
        ("teams.yaml", "languages: fi, sv, en", "languages: fi, no", "languages: fi, no", None, "must be 'fi'"),
        ("teams.yaml", "id: nuoret", "id: Nuoret!", "Nuoret!", "teams[1].id", "small letters"),
        ("areas.yaml", "id: lumikyla", "id: lainela", "areas:", "areas", "used twice"),
        ("areas.yaml", "id: lumikyla", "id: else", "id: else", "areas[2].id", "none of the areas"),
        ("hours.yaml", "fi: always", "fi: nights", "fi: nights", "chat.fi", "list"),
        (
            *("hours.yaml", "fi: always", "fi: [{days: mo, opens: 12, closes: 13}]"),
            *("days: mo", "chat.fi[1].days", "mon-fri"),
        ),
        (
            *("hours.yaml", "fi: always", "fi: [{days: mon, opens: 12, closes: 25:00}]"),
            *("days: mon, ", "chat.fi[1].closes", "12:00"),
        ),
        (
            *("hours.yaml", "fi: always", "fi: [{days: mon, opens: 12, closes: 12}]"),
            *("days: mon, ", "chat.fi[1]", "whole day"),
        ),
        (
            *("hours.yaml", "exceptions: []", "exceptions: [{date: 2026-13-40, closed: true}]"),
            *("2026-13-40", "exceptions[1].date", "date"),
        ),
        ("hours.yaml", "exceptions: []", "exceptions: [{date: 2026-12-24}]", "2026-12-24}", "exceptions[1]", "either"),
        ("crisis_lines.yaml", "number: 116 111", "number: call us", "call us", "lines[8].number", "digits"),
        ("crisis_lines.yaml", "    source: 112.fi\n", "", "- id: emergency", "lines[1].source", "is missing"),
        ("crisis_lines.yaml", "sms: true", "sms: perhaps", "sms: perhaps", "lines[1].sms", "true or false"),
        ("teams.yaml", "id: perheet", "id: unit", "id: unit", "teams[2].id", "named worker"),
        ("teams.yaml", "promise_working_days: 3", "promise_working_days: 0", "days: 0", None, "greater than"),
        ("units.yaml", "kind: clinic", "kind: hospital", "hospital", "units[3].kind", "'school'"),
        ("units.yaml", "area: lumikyla", "area: turku", "turku", "units[3].area", "no area 'turku'"),
        ("units.yaml", "team: perheet", "team: isat", "isat", "units[3].team", "no team 'isat'"),
        ("units.yaml", "elli@demo.example", "elli", "elli", "units[3].named_worker", "e-mail"),
        ("units.yaml", "id: lumikylan-neuvola", "id: kuusimaen-koulu", "units:", "units", "used twice"),
        ("routing.yaml", "to: nuoret", "to: isat", "isat", "rules[3].to", "no team 'isat'"),
        ("routing.yaml", "to: nuoret", "to: unit", "rules:", "rules", "must fit everybody"),
        ("routing.yaml", "to: nuoret", "when: {language: fi}\n    to: nuoret", "rules:", "rules", "must fit everybody"),
        ("routing.yaml", "unit_kind: daycare", "area: turku", "turku", "rules[1].when.area", "no area 'turku'"),
        ("routing.yaml", "unit_kind: daycare", "unit: x, y", "unit: x", "rules[1].when.unit", "no unit 'x'"),
        ("routing.yaml", "unit_kind: daycare", "topic: aliens", "aliens", None, "must be 'mood'"),
        ("routing.yaml", "unit_kind: daycare", "age: 5-9", "5-9", None, "must be '0-2'"),
        ("routing.yaml", "unit_kind: daycare", "channel: fax", "fax", None, "must be 'chat'"),
        ("routing.yaml", "unit_kind: daycare", "language: no", "language: no", None, "must be 'fi'"),
        ("routing.yaml", "urgency: normal", "urgency: high", "high", "rules[2].when.urgency", "'normal'"),
        ("routing.yaml", "unit_kind: daycare", "weather: bad", "weather", "rules[1].when.weather", "not a field"),
        (
            *("routing.yaml", "    when:\n      unit_kind: daycare\n", ""),
            *("rules:", "rules", "'daycare' fits everybody"),
        ),
    ],
)
def test_a_mistake_is_named_with_file_line_and_field(folder, name, before, after, line_of, field, reason):
    change(folder, name, before, after)
    told = refusal(folder)
    lines = (folder / name).read_text(encoding="utf-8").splitlines()
    assert told.file == name
    assert line_of in lines[told.line - 1], str(told)
    assert field is None or told.field == field, str(told)
    assert reason in told.reason, str(told)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n# nothing\n",
        b"- a list\n",
        b"just words\n",
        b"name: [unclosed\n",
        b"name: {fi: a\n  b\n",
        b"name: \xff\xfe\n",
        b"name: a\x00b\n",
        b"name: !!python/object/apply:os.system [echo]\n",
        b"name: !!int x\n",
        b"a: &a [x, x]\nb: [*a, *a]\n",
        b"? [a, b]\n: c\n",
        b"name: a\n---\nname: b\n",
        b"[" * 100_000,
        b"- " * 30_000,
        b"name: " + b"x" * 300_000,
        b"chats_days: " + b"9" * 10_000,
        b"\tname: a\n",
        "name: \ud800".encode("utf-8", "surrogatepass"),
    ],
    ids=lambda content: repr(content[:24]),
)
def test_broken_files_are_one_clear_line(folder: Path, content: bytes):
    (folder / "site.yaml").write_bytes(content)
    told = refusal(folder)
    assert told.file == "site.yaml"
    assert len(str(told)) < 400


def test_a_missing_file_or_folder_is_one_clear_line(folder: Path, tmp_path: Path):
    (folder / "teams.yaml").unlink()
    assert "teams.yaml: is missing" in str(refusal(folder))
    (folder / "teams.yaml").mkdir()
    assert "teams.yaml: is missing" in str(refusal(folder))
    assert "site new" in str(refusal(tmp_path / "nowhere"))


def test_the_models_can_not_be_changed_after_reading():
    with pytest.raises(ValueError, match="frozen"):
        demo().exit_to = "https://elsewhere.example/"


def test_every_file_of_the_example_is_copied(tmp_path: Path):
    copy_example(tmp_path / "site")
    assert {path.name for path in (tmp_path / "site").iterdir()} == set(site_files.FILES)
    there = {path.name for path in (resources.content_dir() / "demo").glob("*.yaml")}
    assert there - {"services.yaml"} == set(site_files.FILES)  # services are no file of the site: they are imported


def test_a_site_without_units_and_rules_is_told_what_that_means(folder: Path):
    for name in site_files.OPTIONAL:
        (folder / name).unlink()
    site = load(folder)
    assert site.units == ()
    assert [(rule.id, rule.team) for rule in site.routing] == [("everybody", "nuoret")]
    assert [line.split(" ")[0] for line in site_files.done_without(folder)] == ["units.yaml", "routing.yaml"]
    (folder / "units.yaml").mkdir()
    assert "units.yaml: is missing" in str(refusal(folder))
