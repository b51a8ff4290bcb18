"""The files of deploy/ fit the program and one another."""

import re
from pathlib import Path

import pytest
import yaml

from zoturi import resources
from zoturi.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
CADDY, NGINX = ((DEPLOY / name).read_text() for name in ("Caddyfile", "nginx.conf"))
KNOWN = {f"ZOTURI_{name.upper()}" for name in Settings.model_fields}


@pytest.mark.parametrize("path", [*DEPLOY.iterdir(), ROOT / "Dockerfile"], ids=lambda path: path.name)
def test_only_settings_that_exist_are_named(path):
    assert set(re.findall(r"ZOTURI_[A-Z_]+[A-Z]", path.read_text())) <= KNOWN


def test_the_proxy_of_the_compose_file_finds_its_processes_and_is_trusted_by_them():
    processes = {name: made for name, made in COMPOSE["services"].items() if "build" in made}
    (port,) = re.findall(r"ZOTURI_PORT=(\d+)", (ROOT / "Dockerfile").read_text())
    (upstreams,) = re.findall(r"reverse_proxy (.+) \{", CADDY)
    assert set(upstreams.split()) == {f"{name}:{port}" for name in processes} and len(processes) > 1
    (subnet,) = COMPOSE["networks"]["inside"]["ipam"]["config"]
    for process in processes.values():
        assert process["environment"]["ZOTURI_TRUSTED_PROXIES"] == subnet["subnet"]
        assert int(process["stop_grace_period"].removesuffix("s")) > 15


def test_what_the_compose_file_mounts_and_asks_for_is_there():
    for mount in COMPOSE["services"]["caddy"]["volumes"]:
        source, target = mount.split(":")[:2]
        assert not source.startswith("./") or (DEPLOY / source).is_file(), mount
    assert "./down.html:/etc/caddy/pages/down.html:ro" in COMPOSE["services"]["caddy"]["volumes"]
    assert "root /etc/caddy/pages" in CADDY
    asked = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text()))
    assert asked == set(re.findall(r"(?m)^(\w+)=", (DEPLOY / "env.example").read_text()))


def test_no_proxy_writes_an_address_or_shows_what_is_for_operations():
    assert re.findall(r"error_log \S+ (\w+);", NGINX) and set(re.findall(r"error_log \S+ (\w+);", NGINX)) == {"emerg"}
    assert NGINX.count("access_log off;") == len(re.findall(r"(?m)^server \{", NGINX))
    assert "exclude http.log.error http.handlers" in CADDY and CADDY.count("log {") == 1
    assert "respond @operations 404" in CADDY and "path /metrics /health/*" in CADDY
    for where in ("= /metrics", "/health/  "):
        assert f"location {where} {{ return 404; }}" in NGINX


def test_the_page_for_an_outage_shows_confirmed_numbers_and_asks_for_nothing():
    page = (DEPLOY / "down.html").read_text()
    lines = yaml.safe_load((resources.content_dir() / "demo" / "crisis_lines.yaml").read_text())
    known = set(re.findall(r"'number': '([\d ]+)'", str(lines)))
    shown = dict(re.findall(r'<a href="tel:(\d+)">([\d ]+)</a>', page))
    assert page.count("tel:112") == len(re.findall("<h[12]>", page)) == 3
    assert set(shown.values()) <= known and all(each == told.replace(" ", "") for each, told in shown.items())
    assert not re.search("https?:|src=|<script|<link|@import|url\\(", page)
