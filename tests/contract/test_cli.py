"""The command line: 0 done, 1 refused with one clear line, 2 wrong usage; never a traceback for a user's mistake."""

import asyncio
import re
import shutil
import socket
import subprocess
import sys

import pytest

from tests.mailbox import mailbox
from tests.people import WorkerPerson
from tests.process import own_environment
from zoturi import cli
from zoturi.store.opening import lock_folder


@pytest.fixture
def zoturi(tmp_path, monkeypatch, capsys):
    """Runs a command in this process: (status, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZOTURI_DATA", str(tmp_path / "data"))

    def run(*arguments: str, **environment: str):
        for name, value in environment.items():
            monkeypatch.setenv(f"ZOTURI_{name}", value)
        try:
            status = cli.main(list(arguments))
        except SystemExit as ended:
            status = ended.code
        for name in environment:
            if name != "DATA":
                monkeypatch.delenv(f"ZOTURI_{name}")
        out, err = capsys.readouterr()
        return status, out, err

    return run


def one_clear_line(err: str) -> bool:
    return err.startswith("zoturi: ") and err.count("\n") == 1 and len(err) < 400


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["serv"],
        ["serve", "--prot", "1"],
        ["serve", "--port", "0"],
        ["serve", "--port", "x"],
        ["serve", "--port", "65536"],
        ["serve", "--processes", "0"],
        ["worker"],
        ["worker", "add"],
        ["worker", "add", "a@b.c", "--name", "N"],
        ["worker", "add", "a@b.c", "--name", "N", "--team", "t", "--role", "king"],
        ["worker", "rest", "a"],
        ["site"],
        ["site", "old"],
        ["routing"],
        ["routing", "explain", "--topic", "aliens"],
        ["routing", "explain", "--channel", "fax"],
        ["doctor", "--all"],
    ],
)
def test_wrong_usage_is_two(zoturi, arguments):
    status, _, err = zoturi(*arguments)
    assert status == 2
    assert "usage" in err
    assert "Traceback" not in err


def test_version_and_help(zoturi):
    for arguments in (["--version"], ["--help"], ["serve", "--help"], ["worker", "add", "--help"]):
        status, out, _ = zoturi(*arguments)
        assert status == 0
        assert out


@pytest.mark.parametrize(("environment", "word"), [
    ({"PROT": "1"}, "ZOTURI_PROT"), ({"PORT": "x"}, "ZOTURI_PORT"), ({"TIMEZONE": "Mars"}, "ZOTURI_TIMEZONE"),
    ({"REDIS_URL": "redis://127.0.0.1"}, "PostgreSQL"),
    ({"DATABASE_URL": "postgresql+psycopg://x:geheim@127.0.0.1:1/x"}, "database"),
    ({"DATA": "/proc/nowhere"}, "/proc/nowhere"),
])  # fmt: skip
def test_what_can_not_be_is_refused_with_one_line(zoturi, environment, word):
    for arguments in (["serve"], ["worker", "reset", "a@b.example"]):
        status, out, err = zoturi(*arguments, **environment)
        assert status == 1, arguments
        assert one_clear_line(err), err
        assert word in err
        assert "geheim" not in out + err


def test_a_folder_is_for_one_server(zoturi, tmp_path):
    (tmp_path / "data").mkdir(mode=0o700)
    lock_folder(tmp_path / "data")
    status, _, err = zoturi("serve", "--port", "8099")
    assert status == 1
    assert "another server already runs" in err
    assert one_clear_line(err)


def test_a_demo_folder_and_an_operators_folder_are_never_mixed(zoturi, place, tmp_path):
    folder, database_url = place
    where = {"DATA": str(folder)} | ({"DATABASE_URL": database_url} if database_url else {})
    status, _, err = zoturi("serve", **where)
    assert status == 1
    assert "other kind" in err
    assert one_clear_line(err)
    own = {"DATA": str(tmp_path / "own")}
    assert zoturi("worker", "add", "a@b.example", "--name", "A", "--team", "no-such-team", **own)[0] == 1
    teams = zoturi("worker", "add", "a@b.example", "--name", "A", "--team", "no-such-team", **own)[2]
    team = re.search(r"the site has: ([\w-]+)", teams)[1]
    assert zoturi("worker", "add", "a@b.example", "--name", "A", "--team", team, **own)[0] == 0
    status, _, err = zoturi("serve", "--demo", **own)
    assert (status, "other kind" in err, one_clear_line(err)) == (1, True, True)


def test_a_worker_is_added_once_and_by_the_rules(zoturi):
    team = re.search(
        r"the site has: ([\w-]+)", zoturi("worker", "add", "a@b.example", "--name", "A", "--team", "?")[2]
    )[1]
    status, out, _ = zoturi("worker", "add", " Uusi@B.example", "--name", "Uusi", "--team", team, "--language", "fi")
    assert status == 0
    assert re.search(r"^http://127\.0\.0\.1:8080/desk/welcome/[0-9a-f]{64}$", out, re.MULTILINE)
    for arguments, word in ((["uusi@b.example", "--name", "U"], "already"), (["nonsense", "--name", "U"], "e-mail"),
                            (["b@b.example", "--name", "  "], "name")):  # fmt: skip
        status, _, err = zoturi("worker", "add", *arguments, "--team", team)
        assert (status, one_clear_line(err), word in err) == (1, True, True), err
    status, out, _ = zoturi("worker", "reset", "uusi@b.example")
    assert (status, "/desk/welcome/" in out) == (0, True)
    status, _, err = zoturi("worker", "reset", "nobody@b.example")
    assert (status, one_clear_line(err)) == (1, True)


def test_the_operators_own_site_is_copied_checked_and_told_what_is_missing(zoturi, tmp_path):
    status, _, err = zoturi("site", "check")
    assert (status, one_clear_line(err)) == (1, True)
    assert zoturi("site", "new")[0] == 0
    assert (tmp_path / "data" / "site" / "site.yaml").exists()
    status, _, err = zoturi("site", "new")
    assert (status, "exists already" in err) == (1, True)
    status, out, err = zoturi("site", "check")
    assert status == 1
    assert "social_emergency_number" in out
    assert one_clear_line(err)
    (tmp_path / "data" / "site" / "teams.yaml").write_text("teams:\n  - id: X Y\n")
    status, _, err = zoturi("site", "check")
    assert (status, one_clear_line(err)) == (1, True)
    assert "teams.yaml, line 2" in err


def findings(out: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"ok": [], "BAD": []}
    for line in out.splitlines():
        assert re.match(r"(ok  |BAD ) \S", line), line
        found[line[:4].strip()].append(line[5:])
    return found


def test_the_doctor_finds_a_demo_sound(zoturi, place):
    folder, database_url = place
    where = {"DATA": str(folder)} | ({"DATABASE_URL": database_url} if database_url else {})
    status, out, err = zoturi("doctor", **where)
    assert (status, findings(out)["BAD"], err) == (0, [], "")


def test_the_doctor_changes_nothing(zoturi, tmp_path):
    status, out, _ = zoturi("doctor")
    assert status == 1
    assert not (tmp_path / "data").exists()
    assert any("data folder" in line for line in findings(out)["BAD"])


@pytest.mark.parametrize("harm", ["keys", "foreign keys", "open folder", "open key", "damaged database"])
def test_the_doctor_finds_what_is_wrong(zoturi, sqlite_template, tmp_path, harm):
    folder = tmp_path / "data"
    shutil.copytree(sqlite_template, folder)
    folder.chmod(0o700)
    if harm == "keys":
        shutil.rmtree(folder / "keys")
    elif harm == "foreign keys":
        (folder / "keys" / "master.key").write_bytes(b"x" * 32)
    elif harm == "open folder":
        folder.chmod(0o755)
    elif harm == "open key":
        (folder / "keys" / "master.key").chmod(0o644)
    else:
        (folder / "zoturi.sqlite3").write_bytes(b"no database" * 1000)
    status, out, err = zoturi("doctor")
    assert (status, err) == (1, "")
    assert findings(out)["BAD"]


def test_the_doctor_rings_at_the_mail_server(zoturi, place):
    folder, database_url = place
    where = {"DATA": str(folder)} | ({"DATABASE_URL": database_url} if database_url else {})
    with mailbox() as box:
        status, out, _ = zoturi("doctor", SMTP_URL=box.url, **where)
        assert (status, box.letters) == (0, []), out
    status, out, _ = zoturi("doctor", SMTP_URL=box.url, **where)
    assert status == 1 and findings(out)["BAD"][0].startswith("mail: ")


def test_the_real_program_is_no_different(place):
    folder, database_url = place
    environment = own_environment(folder, database_url)
    for arguments, status in ((["doctor"], 0), (["worker", "reset", "nobody@x.example"], 1), (["nonsense"], 2)):
        done = subprocess.run([sys.executable, "-m", "zoturi", *arguments], env=environment, cwd=folder.parent,
                              capture_output=True, text=True, check=False)  # fmt: skip
        assert done.returncode == status, done.stderr
        assert "Traceback" not in done.stderr


def test_a_command_does_not_wait_for_what_it_may_never_need():
    """Each of these takes a third of a second and more to load."""
    heavy = "alembic", "holidays", "psycopg", "redis", "sqlalchemy"
    code = "import sys; import zoturi.cli; print(*sys.modules, sep='\\n')"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "zoturi.actions.doctor" in loaded
    assert not set(heavy) & set(loaded)


async def test_a_link_made_while_serving_works_at_once(server, place, people):
    folder, database_url = place
    command = [sys.executable, "-m", "zoturi", "worker", "reset", "aino@demo.example"]
    environment = own_environment(folder, database_url)
    done = await asyncio.to_thread(
        subprocess.run, command, env=environment, cwd=folder.parent, capture_output=True, text=True, check=True
    )
    path = re.search(r"/desk/welcome/[0-9a-f]{64}", done.stdout)[0]
    aino = people.stranger(WorkerPerson)
    form = {"password": "aivan uusi salasana"}
    async with aino.http.post(
        server.origin + path, data=form, headers=aino.same_origin, allow_redirects=False
    ) as answer:
        assert answer.status == 303
    await aino.on_duty()
    again = people.stranger(WorkerPerson)
    assert await again.sign_in("aino@demo.example", server.password) == 401
    assert await again.sign_in("aino@demo.example", "aivan uusi salasana") == 303


async def test_the_demo_prints_where_to_click_and_how_to_sign_in(process):
    running = await process().start()
    said = running.said()
    for word in (f"{running.origin}/fi/", f"{running.origin}/desk", "aino@demo.example", "onni@demo.example",
                 "signe@demo.example", "admin@demo.example", running.password):  # fmt: skip
        assert word in said
    running.terminate()
    assert await running.ended(15) == 0


def test_routing_explain_tells_the_rule_and_why_not_those_above_it(zoturi):
    status, out, _ = zoturi("routing", "explain", "--unit", "kuusimaen-koulu", "--topic", "school", "mood")
    assert status == 0
    first, second, last = out.splitlines()
    assert first == "1 daycare: does not fit: unit_kind is school, asked is daycare"
    assert second.startswith("2 named-worker: fits: unit_kind is school; urgency is normal")
    assert last.index("aino@demo.example") < last.index("onni@demo.example") < last.index("team nuoret")
    status, out, _ = zoturi(
        "routing", "explain", "--channel", "chat", "--language", "en", "--age", "13-17", "--flagged"
    )
    assert status == 0
    assert "2 named-worker: does not fit" in out and "urgency is flagged, asked is normal" in out
    assert out.splitlines()[-2:] == ["3 everybody: fits everybody", "It goes to team nuoret."]
    for name in ("unit", "area"):
        status, _, err = zoturi("routing", "explain", f"--{name}", "nowhere")
        assert status == 1 and one_clear_line(err) and "nowhere" in err


def test_routing_explain_reads_the_operators_own_rules(zoturi, tmp_path):
    zoturi("site", "new")
    rules = tmp_path / "data" / "site" / "routing.yaml"
    rules.write_text("rules:\n  - {id: all, to: perheet}\n", encoding="utf-8")
    assert zoturi("routing", "explain")[1] == "1 all: fits everybody\nIt goes to team perheet.\n"
    rules.write_text("rules:\n  - {id: all, to: nobody}\n", encoding="utf-8")
    status, _, err = zoturi("routing", "explain")
    assert status == 1 and one_clear_line(err) and "routing.yaml, line 2, rules[1].to" in err


def test_several_processes_need_what_they_share(zoturi):
    postgres = "postgresql+psycopg://nobody@127.0.0.1/nothing"
    for given in ({}, {"DATABASE_URL": postgres}):
        status, _, err = zoturi("serve", "--processes", "2", **given)
        assert status == 1 and one_clear_line(err) and "PostgreSQL and Redis" in err, err


@pytest.mark.parametrize("kind", ["postgresql"])
def test_what_several_processes_lack_is_named_in_one_line(zoturi, place):
    folder, database_url = place
    given = {"DATA": str(folder), "DATABASE_URL": database_url, "REDIS_URL": "redis://127.0.0.1:1/0"}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        status, _, err = zoturi("serve", "--demo", "--processes", "2", "--port", port, **given)
    assert status == 1 and one_clear_line(err) and port in err, err
    status, out, _ = zoturi("doctor", **given)
    (problem,) = findings(out)["BAD"]
    assert status == 1 and problem.startswith("redis: the server of REDIS_URL does not answer")
