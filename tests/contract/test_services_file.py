"""The file of services: the demo's is sound, every bad line is named, and nothing hostile gets through."""

from pathlib import Path

import pytest

from zoturi import resources, service_files, site_files
from zoturi.actions import directory, directory_import
from zoturi.domain.contacts import TOPICS
from zoturi.service_files import Problems

GOOD = """services:
  - id: perheneuvola
    name: {fi: Perheneuvola, sv: Familjerådgivningen}
    summary: {fi: Puhutaan.}
    hours: [{days: mon-fri, opens: "8:00", closes: "16:00"}]
    languages: fi, sv
    owner: Lainela
    checked_on: 2026-10-01
"""


def told(tmp_path: Path, text: str | bytes) -> list[str]:
    """What is said of a file with this content."""
    path = tmp_path / "services.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Problems) as problems:
        service_files.load(path)
    return [str(line) for line in problems.value.lines]


def test_the_demos_services_fit_its_site_and_speak_three_languages():
    site = site_files.load(resources.content_dir() / "demo")
    entries = service_files.load(resources.content_dir() / "demo" / "services.yaml")
    assert len(entries) >= 40
    for entry in entries:
        assert directory.misfit(entry, site) is None, entry.id
        for texts in filter(None, (entry.name, entry.summary, entry.reach, entry.hours_note, entry.cost)):
            assert set(texts) == {"fi", "sv", "en"}, entry.id
        assert entry.phone is None  # a number of a fictional place might ring at somebody's home
        assert ".example" in f"{entry.url or '.example'} {entry.email or '.example'}"
    assert {"mail", "desk", "no"} == {entry.accepts_handover for entry in entries}
    assert {topic for entry in entries for topic in entry.topics} == set(TOPICS)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("days: mon-fri", "days: mox"), "line 5, hours[1].days: days are written like"),
        (("owner: Lainela", "owner: Lainela\n    ower: x"), "line 8, ower: is not a field we know"),
        (("languages: fi, sv", "languages: fi, klingon"), "line 6, languages: must be 'fi'"),
        (("id: perheneuvola", "id: Perhe neuvola"), "line 2, id: must be an id"),
        (("checked_on: 2026-10-01", "checked_on: soon"), "line 8, checked_on"),
        (("owner: Lainela", "accepts_handover: mail"), "line 2: accepts handovers by mail, but has no email"),
        (("owner: Lainela", "owner: &x Lainela"), "line 7: uses & or * references"),
        (("owner: Lainela", "owner: !!python/name:os.system Lainela"), "line 7: uses a ! tag"),
        (("owner: Lainela", "owner: Lainela\n    owner: Toinen"), "line 8: 'owner' is written twice"),
        (("{fi: Puhutaan.}", '{fi: "a\\u0007b"}'), "line 4: has a control character"),
        (("owner: Lainela", 'owner: Lainela\n    email: "a(b@[c.fi"'), "line 8, email"),
        (("{fi: Puhutaan.}", "[[[[[[[[a]]]]]]]]"), "line 4: is nested too deeply"),
        (("{fi: Puhutaan.}", "{fi: Puhutaan."), "is not valid YAML"),
        (("services:", "palvelut:"), "line 1: is not a field we know"),
        (("2026-10-01\n", "2026-10-01\nmore: 1\n"), "line 9: is not a field we know"),
    ],
)
def test_what_does_not_fit_is_named_by_its_line(tmp_path, change, says):
    text = GOOD
    if change[1].startswith("accepts_handover"):
        text = GOOD + "    accepts_handover: mail\n"
    else:
        text = text.replace(*change)
    assert says in told(tmp_path, text)[0]


def test_every_bad_entry_is_named_not_only_the_first(tmp_path):
    second = GOOD.split("\n", 1)[1]
    lines = told(
        tmp_path, GOOD.replace("mon-fri", "mox") + second + second.replace("languages: fi, sv", "languages: x")
    )
    assert [line.split(",")[1].split(":")[0].strip() for line in lines] == ["line 5", "line 20"]
    assert told(tmp_path, GOOD + second)[0].endswith("the id 'perheneuvola' is used twice")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"), (b"\xff\xfe\x00", "is not UTF-8"), (b"services: 3\n", "must be a list"),
        (b"- 1\n", "must begin with"), (b"\x00\x01", "is not valid YAML"), (b"[" * 5000, "must begin with"),
        (b"services:\n  - " + b"[" * 450_000, "is nested too deeply"),
    ],
)  # fmt: skip
def test_what_is_no_such_file_is_refused(tmp_path, content, says):
    assert says in told(tmp_path, content)[0]


def test_a_file_that_is_too_large_is_not_even_read(tmp_path, monkeypatch):
    monkeypatch.setattr(service_files, "MAX_BYTES", 100)
    assert "is larger than" in told(tmp_path, GOOD)[0]
    monkeypatch.setattr(service_files, "MAX_BYTES", 10**6)
    monkeypatch.setattr(service_files, "MOST_SERVICES", 1)
    assert "has more than 1 services" in told(tmp_path, GOOD + GOOD.split("\n", 1)[1].replace("perhe", "toinen"))[0]


def test_a_plan_names_what_is_new_changed_the_same_and_missing(tmp_path):
    path = tmp_path / "services.yaml"
    path.write_text(GOOD, encoding="utf-8")
    entry = service_files.load(path)[0]
    known = {"perheneuvola": (entry.content(), True), "vanha": ("{}", True), "jo-piilossa": ("{}", False)}
    assert directory_import.plan(known, [entry], retire=False).empty
    changed = entry.model_copy(update={"owner": "Toinen", "active": False})
    made = directory_import.plan(known, [changed], retire=True)
    assert made.changed[0][1] == ("owner", "active")
    assert made.absent == ("vanha",)
    assert not made.empty
