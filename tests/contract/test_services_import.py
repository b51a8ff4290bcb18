"""`zoturi services import` and `export` as an operator runs them, on both databases, also again and again."""

import pytest

from zoturi import service_files
from zoturi.actions import directory_import
from zoturi.cli import main
from zoturi.store import services as store

NEW = """services:
  - id: uusi
    name: Uusi paikka
    summary: Täällä kuunnellaan.
    hours: [{days: sat, opens: "10:00", closes: "24:00", weeks: odd}]
    languages: fi
    areas: lainela
    owner: Lainela
    checked_on: 2026-10-01
"""


@pytest.fixture
def zoturi(place, monkeypatch, capsys):
    """Runs a command on the test's own folder: (status, what it said)."""
    folder, url = place
    monkeypatch.setenv("ZOTURI_DATA", str(folder))
    if url:
        monkeypatch.setenv("ZOTURI_DATABASE_URL", url)

    def run(*arguments):
        status = main([str(each) for each in arguments])
        said = capsys.readouterr()
        return status, said.out + said.err

    return run


def test_an_export_is_an_import_that_changes_nothing(zoturi, tmp_path):
    file = tmp_path / "all.yaml"
    status, said = zoturi("services", "export", file)
    assert status == 0, said
    again, said = zoturi("services", "import", file, "--yes", "--retire")
    assert again == 0
    assert said.startswith("new: 0, changed: 0, the same: 4")
    assert "Done" not in said
    assert zoturi("services", "export", file)[0] == 1  # never over a file that is there
    assert len(service_files.load(file)) >= 40


def test_an_import_shows_first_adds_changes_and_hides_only_when_asked(zoturi, tmp_path):
    file = tmp_path / "new.yaml"
    file.write_text(NEW, encoding="utf-8")
    status, said = zoturi("services", "import", file)
    assert status == 1
    assert "+ uusi" in said
    assert "nothing was changed" in said
    assert "new: 1" in zoturi("services", "import", file, "--yes")[1]
    assert "new: 0, changed: 0, the same: 1" in zoturi("services", "import", file, "--yes")[1]

    file.write_text(NEW.replace("owner: Lainela", "owner: Toinen"), encoding="utf-8")
    assert "~ uusi: owner" in zoturi("services", "import", file, "--yes")[1]
    status, said = zoturi("services", "import", file, "--yes", "--retire")
    assert "become inactive" in said
    assert "- turvakoti" not in said  # the list is long, its end is told as a number
    assert "not in the file: 0" in zoturi("services", "import", file, "--yes", "--retire")[1]


async def test_a_running_server_shows_what_was_imported_and_keeps_what_handovers_need(server, tmp_path):
    file = tmp_path / "new.yaml"
    file.write_text(NEW, encoding="utf-8")
    pin_before = await server.db.read(store.pin_hash, "perheneuvola")
    known = await server.db.read(store.contents)
    made = directory_import.plan(known, service_files.load(file), retire=True)
    seen = []
    await directory_import.carry_out(server.db, made, seen.append)
    assert seen[-1] == 1.0
    await server.jobs["services"]()
    assert list(server.house.services.now.by_id) == ["uusi"]
    gone = await server.db.read(store.get, "perheneuvola")
    assert (gone.active, await server.db.read(store.pin_hash, "perheneuvola")) == (False, pin_before)


@pytest.mark.parametrize(
    ("change", "says"),
    [(("areas: lainela", "areas: atlantis"), "line 7, areas: names something that is not in the site"),
     (("owner: Lainela", "accepts_handover: desk\n    team: nobody\n    owner: x"), "line 9, team"),
     (("days: sat", "days: noday"), "line 5, hours[1].days")],
)  # fmt: skip
def test_a_bad_file_is_refused_by_line_and_changes_nothing(zoturi, tmp_path, change, says):
    file, kept = tmp_path / "bad.yaml", tmp_path / "kept.yaml"
    file.write_text(NEW.replace(*change), encoding="utf-8")
    status, said = zoturi("services", "import", file, "--yes")
    assert status == 1
    assert says in said
    assert "nothing was changed" in said
    zoturi("services", "export", kept)
    assert "id: uusi\n" not in kept.read_text(encoding="utf-8")
