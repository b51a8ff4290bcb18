"""What leaves the house: the wheel serves by itself and carries nothing it should not; so do the committed files."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import time
import urllib.request
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UV = [sys.executable, "-m", "uv"]
TREE = ("src", "templates", "locales", "tests")
SECRETS = (".env", "src/zoturi/.env", "templates/.env", "locales/.env.local", "src/zoturi/content/.env")
START_LIMIT = 30
STOP_LIMIT = 15


def run(*command: str, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A folder with the sdist, and the wheel made from that sdist, out of a tree with git-ignored secrets in it."""
    tree = tmp_path_factory.mktemp("tree")
    for name in TREE:
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ROOT.iterdir():
        if file.is_file() and file.name != ".env":
            shutil.copy(file, tree)
    for name in SECRETS:
        (tree / name).write_text("ZOTURI_DEMO_PASSWORD=cloudberry-canary\n")
    out = tmp_path_factory.mktemp("dist")
    run(*UV, "build", "--offline", "--no-build-isolation", "--python", sys.executable, "-o", str(out), cwd=tree)
    return out


@pytest.fixture(scope="module")
def wheel(built) -> Path:
    (wheel,) = built.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def clean_venv(wheel, tmp_path_factory) -> Path:
    """An environment with the wheel and what it depends on, nothing for tests."""
    venv = tmp_path_factory.mktemp("clean") / "venv"
    run(*UV, "venv", "--quiet", "--python", sys.executable, str(venv), cwd=venv.parent)
    run(*UV, "pip", "install", "--quiet", "--python", str(venv / "bin" / "python"), str(wheel), cwd=venv.parent)
    return venv


def committed() -> list[str]:
    """The files that are committed or would be."""
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_the_wheel_carries_everything_that_serves(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = {name.removeprefix("src/") for name in committed() if name.startswith("src/zoturi/")}
    expected |= {f"zoturi/{name}" for name in committed() if name.startswith(("templates/", "locales/"))}
    assert expected - names == set()
    assert "zoturi/static/vendor/socket.io.esm.min.js" in names
    assert "zoturi/static/vendor/socket.io-client.LICENSE.txt" in names
    for folder in ("templates", "locales", "content", "static"):
        assert any(name.startswith(f"zoturi/{folder}/") for name in names), folder


def test_neither_wheel_nor_sdist_carries_tests_or_secrets(built, wheel):
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = [*zipfile.ZipFile(wheel).namelist(), *archive.getnames()]
    strangers = re.compile(r"(^|/)(tests?|bench|__pycache__|node_modules|var)/|(^|/)\.env|\.pyc$|\.pot$|\.map$")
    assert [name for name in names if strangers.search(name)] == []
    for name in zipfile.ZipFile(wheel).namelist():
        assert b"cloudberry-canary" not in zipfile.ZipFile(wheel).read(name), name


def test_the_browser_library_asks_for_no_other_file(wheel):
    script = zipfile.ZipFile(wheel).read("zoturi/static/vendor/socket.io.esm.min.js")
    assert b"sourceMappingURL" not in script
    assert b"MIT License" in script[:200]


def test_the_wheel_serves_the_demo_from_a_clean_environment(clean_venv, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith(("ZOTURI_", "PYTHON"))}
    server = subprocess.Popen(
        [clean_venv / "bin" / "zoturi", "serve", "--demo", "--port", str(port)],
        cwd=tmp_path,
        env=surroundings | {"ZOTURI_DATA": str(tmp_path / "data")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = ""
    try:
        answered = until_ready(server, f"http://127.0.0.1:{port}/health/ready")
        page = fetch(f"http://127.0.0.1:{port}/fi/").decode() if answered else ""
        styles = [fetch(f"http://127.0.0.1:{port}{path}") for path in re.findall(r'href="(/static/[^"]+\.css)"', page)]
        assets = re.search(r"/static/[^/\"]+/", page)
        vendor = fetch(f"http://127.0.0.1:{port}{assets[0]}vendor/socket.io.esm.min.js") if assets else b""
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            said, _ = server.communicate(timeout=STOP_LIMIT)
        except subprocess.TimeoutExpired:
            server.kill()
            said, _ = server.communicate()
    assert answered, said
    assert server.returncode == 0, said
    assert "Traceback" not in said, said
    assert "aino@demo.example" in said, "the demo prints how to sign in"
    assert 'lang="fi"' in page
    assert "112" in page
    assert styles and all(styles)
    assert vendor.startswith(b"/*!")


def until_ready(server: subprocess.Popen, url: str) -> bool:
    """True once the server says it is ready; False if it ends before that or takes too long."""
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        try:
            fetch(url)
        except OSError:
            try:
                server.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            return False
        else:
            return True
    return False


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read()


def test_no_committed_file_names_a_package_registry_or_the_machine_it_was_written_on():
    told = re.compile(
        r"registry\.(npmjs|yarnpkg)|pypi\.(org|python)|pythonhosted\.org|(deb|security|archive)\.(debian|ubuntu)\."
        r'|"resolved"\s*:|index[-_]url|(^|[\s"\'=(:`])/(work|root|home/\w+)/',
        re.MULTILINE,
    )
    texts = {name: (ROOT / name).read_bytes().decode("utf-8", "replace") for name in committed()}
    assert {name: match[0] for name, text in texts.items() if (match := told.search(text))} == {}
