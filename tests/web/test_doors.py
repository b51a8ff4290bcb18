"""Every door: who gets in, what it answers, which headers it carries, and from where one may knock."""

import re

import aiohttp
import pytest
from aiohttp import web

from tests.crowd import People
from tests.people import WorkerPerson, new_id
from zoturi.actions import limits
from zoturi.domain.access import may
from zoturi.domain.people import ROLES, Worker
from zoturi.web import routes

NOBODY = "0" * 16
FILL = {
    "contact_id": NOBODY,
    "worker_id": NOBODY,
    "lang": "fi",
    "token": "0" * 64,
    "version": "0000",
    "name": "tokens.css",
    "form": "messages",
    "service_id": "youth-house",
}
NEEDED = ("default-src 'none'", "script-src 'self'", "style-src 'self'", "base-uri 'none'", "form-action 'self'",
          "frame-ancestors 'none'", "object-src 'none'", "require-trusted-types-for 'script'")  # fmt: skip


def address(path: str) -> str:
    return re.sub(r"\{(\w+)(?::[^{}]*(?:\{[^{}]*\})?[^{}]*)?\}", lambda match: FILL[match[1]], path)


DOORS = [(method, path, permission) for method, path, _, permission in routes.ROUTES]


async def knock(person, method, path, **more):
    more.setdefault("headers", person.same_origin)
    async with person.http.request(method, person.origin + path, allow_redirects=False, **more) as answer:
        return answer.status, answer.headers, await answer.read()


def check_headers(headers, path):
    policy = headers["Content-Security-Policy"]
    assert all(part in policy for part in NEEDED), path
    assert "unsafe" not in policy
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    forever = headers["Cache-Control"] != "no-store"
    assert not forever or path.startswith("/static/") or path == "/embed.js", path


@pytest.fixture
async def everybody(server, people):
    """One of each: signed out, a visitor with a session, and each role."""
    visitor = await people.visitor()
    await visitor.open_contact()
    return {"nobody": people.stranger(), "visitor": visitor,
            **{role: await people.worker(name, connect=False)
               for role, name in (("worker", "onni"), ("supervisor", "signe"), ("admin", "admin"))}}  # fmt: skip


@pytest.mark.parametrize("permission", ["", "public.everything"])
def test_a_door_without_a_permission_stops_the_start(monkeypatch, permission):
    monkeypatch.setattr(routes, "ROUTES", (("GET", "/secret", None, permission),))
    with pytest.raises(RuntimeError, match="GET /secret declares no known permission"):
        routes.add_routes(web.Application())


async def test_every_door_for_everybody(everybody, server):
    """No door fails inside, staff doors send strangers to sign in, and every answer carries the headers."""
    for method, path, permission in sorted(DOORS, key=lambda door: "logout" in door[1]):
        for who, person in everybody.items():
            if path == "/exit" and who == "visitor":
                continue
            status, headers, body = await knock(person, method, address(path), data=None if method == "GET" else {})
            where = f"{method} {path} for {who}"
            assert status < 500, (where, server.errors())
            check_headers(headers, address(path))
            staff = who in ROLES
            if not may(None, permission) and permission != "own.contact":
                if not staff:
                    assert (status, headers["Location"]) == (303, "/desk/login"), where
                elif not may(Worker(1, "id", "Name", who, 1, 1), permission):
                    assert status in (403, 404), where
            if (method, path) == ("GET", "/desk") and staff:
                assert (status, headers.get("Location")) == ((303, "/manage") if who == "admin" else (200, None)), where
            assert b"Traceback" not in body
    assert not server.errors()


FIELDS = ("contact_id", "client_id", "text", "helped", "nickname", "age_group", "area", "topics", "language", "email",
          "password", "code", "ticket")  # fmt: skip
URLENCODED = "application/x-www-form-urlencoded"
NO_FORMS = [
    (URLENCODED, b"\xff\xfe=%zz&&&=;"),
    (URLENCODED, b"{}"),
    (URLENCODED, b""),
    (URLENCODED, b"a=%ff%fe&text=%00"),
    (URLENCODED + "; charset=klingon", b"a=b"),
    (URLENCODED + "; charset=utf-16", b"a"),
    ("application/json", b"{}"),
    ("multipart/form-data", b"x"),
    ("multipart/form-data; boundary=x", b"--y\r\n\r\n"),
    ("text/plain", b"a=b"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--x--'),
    ("", b"a"),
]


async def test_forms_filled_with_rubbish_are_refused_not_stored(everybody, server, monkeypatch):
    monkeypatch.setattr(limits, "FREE_SLIPS", 1000)  # the wait after many wrong sign-ins is tested elsewhere
    before = await server.query("SELECT count(*) AS n FROM contact")
    forms = [
        {"contact_id": "x", "client_id": "x", "text": "x", "helped": "9", "email": "x", "password": "x", "code": "x"},
        dict.fromkeys(FIELDS, "a\x00b"),
        dict.fromkeys(FIELDS, "\u0661\ud7ff<'\";"),
        dict.fromkeys(FIELDS, "x" * 3000),
    ]
    for method, path, _ in DOORS:
        if method == "POST" and "logout" not in path:
            for person in (everybody["nobody"], everybody["visitor"]):
                for form in forms:
                    status, _, _ = await knock(person, method, address(path), data=form)
                    assert status < 500, path
                for kind, body in NO_FORMS:
                    headers = {**person.same_origin, "Content-Type": kind}
                    assert (await knock(person, method, address(path), data=body, headers=headers))[0] < 500, (
                        path,
                        kind,
                    )
                files = aiohttp.FormData({"text": "x"})
                files.add_field("contact_id", b"\x00\x01", filename="x.bin")
                files.add_field("password", b"\x00\x01", filename="x.bin")
                assert (await knock(person, method, address(path), data=files))[0] < 500
                headers = {**person.same_origin, "Content-Type": URLENCODED}
                assert (await knock(person, method, address(path), data=b"x" * 70_000, headers=headers))[0] == 413
    assert await server.query("SELECT count(*) AS n FROM contact") == before


async def test_errors_carry_headers_and_a_way_to_help(server, people):
    visitor = people.stranger()
    for path in ("/nowhere", "/fi/nowhere", "/xx/", "/fi/chat/", "/%00", "/fi/%ff", "/static/0/none.js", "/socket.io"):
        status, headers, body = await knock(visitor, "GET", path)
        assert 400 <= status < 500, path
        check_headers(headers, path)
        if path not in ("/static/0/none.js",):
            assert b"112" in body, path
    status, headers, _ = await knock(visitor, "DELETE", "/fi/chat")
    assert status == 405
    check_headers(headers, "/fi/chat")


async def test_no_page_has_inline_script_or_style(everybody):
    for path in ("/fi/", "/sv/chat", "/fi/worry-test", "/en/privacy", "/fi/accessibility", "/desk/login", "/desk",
                 "/nowhere"):  # fmt: skip
        for who in ("nobody", "worker", "visitor"):
            _, _, body = await knock(everybody[who], "GET", path)
            page = body.decode()
            for tag in re.findall(r"<script\b[^>]*>", page):
                assert "src=" in tag or 'type="application/json"' in tag, (path, tag)
            assert "<style" not in page
            assert not re.search(r"\sstyle=|\son\w+=\"|javascript:", page), path
            for url in re.findall(r'(?:src|href|action)="([^"]+)"', page):
                assert url.startswith(("/", "#", "tel:", "sms:", "?", "mailto:", "https://")), (path, url)


async def test_a_change_needs_to_come_from_our_own_pages(server, people):
    visitor, worker = await people.visitor(), await people.worker()
    own = server.origin
    refused = [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"},
               {"Sec-Fetch-Site": ""}, {"Sec-Fetch-Site": "cross-site", "Origin": own}, {},
               {"Origin": "null"}, {"Origin": "https://evil.example"}, {"Origin": own + "/"},
               {"Origin": own.replace("127.0.0.1", "127.0.0.1.evil.example")}]  # fmt: skip
    form = {"client_id": new_id(), "nickname": "Kettu"}
    for headers in refused:
        assert (await knock(visitor, "POST", "/fi/chat", data=form, headers=headers))[0] == 403, headers
        assert (await knock(worker, "POST", "/desk/logout", headers=headers))[0] == 403, headers
        status, answer, _ = await knock(people.stranger(WorkerPerson), "POST", "/desk/login", headers=headers,
                                        data={"email": "aino@demo.example", "password": server.password})  # fmt: skip
        assert (status, "Set-Cookie" in answer) == (403, False)
    assert await server.query("SELECT * FROM contact") == []
    await worker.settle()
    assert not worker.closed.is_set()
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": own},
                    {"Origin": own.replace("127.0.0.1", "localhost")}):  # fmt: skip
        stranger = people.stranger()
        assert (await knock(stranger, "POST", "/fi/chat", data={"client_id": new_id()}, headers=headers))[0] == 303


async def test_quick_exit_works_from_anywhere_and_without_a_session(people, server):
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}):
        status, answer, _ = await knock(people.stranger(), "GET", "/exit", headers=headers)
        assert (status, answer["Location"]) == (303, server.site.exit_to)


async def test_a_visit_alone_stores_nothing_and_sets_a_lax_cookie_only_for_the_chat(server, people):
    stranger = people.stranger()
    for path in ("/fi/", "/fi/privacy", "/fi/accessibility", "/desk/login"):
        assert "Set-Cookie" not in (await knock(stranger, "GET", path))[1], path
    _, headers, _ = await knock(stranger, "GET", "/fi/chat")
    cookie = headers["Set-Cookie"]
    assert all(part in cookie for part in ("zoturi=", "HttpOnly", "Path=/", "SameSite=Lax"))
    assert not any(part in cookie for part in ("Domain", "expires", "Max-Age", "Secure"))
    assert await server.query("SELECT * FROM visitor") == []


async def test_behind_https_cookies_are_bound_to_the_host(serve):
    server = await serve(public_url="https://apua.example")
    people = People(server)
    stranger = people.stranger()
    _, headers, _ = await knock(stranger, "GET", "/fi/chat")
    assert headers["Set-Cookie"].startswith("__Host-zoturi=")
    assert "Secure" in headers["Set-Cookie"]
    form = {"email": "aino@demo.example", "password": server.password}
    _, headers, _ = await knock(stranger, "POST", "/desk/login", data=form, headers={"Origin": "https://apua.example"})
    assert headers["Set-Cookie"].startswith("__Host-zoturi-desk=")
    assert "Secure" in headers["Set-Cookie"]
    await people.leave()


async def test_the_front_door_speaks_the_browsers_language(people):
    stranger = people.stranger()
    for accept, home in (("sv-FI,sv;q=0.9,en;q=0.5", "/sv/"), ("de", "/en/"), ("", "/fi/"), ("fi;q=x,,;;", "/fi/")):
        headers = {"Accept-Language": accept} if accept else {}
        status, answer, _ = await knock(stranger, "GET", "/", headers=headers)
        assert status == 302
        if accept != "fi;q=x,,;;":
            assert answer["Location"] == home, accept


async def test_closed_doors_still_show_where_help_is(serve):
    server = await serve(doors_open=False)
    people = People(server)
    for path in ("/fi/", "/fi/chat", "/sv/privacy"):
        status, headers, body = await knock(people.stranger(), "GET", path)
        assert status == 503
        assert b"112" in body
        assert "Set-Cookie" not in headers
    assert (await knock(people.stranger(), "POST", "/fi/chat", data={"client_id": new_id()}))[0] == 503
    assert (await knock(people.stranger(), "GET", "/desk/login"))[0] == 200
    assert (await knock(people.stranger(), "GET", "/health/ready"))[0] == 200
    await people.leave()


async def test_static_files_are_kept_for_ever_and_compressed(server, people):
    stranger = people.stranger()
    _, _, home = await knock(stranger, "GET", "/fi/")
    for path in re.findall(r'"(/static/[^"]+\.(?:css|js))"', home.decode()):
        status, headers, body = await knock(stranger, "GET", path, headers={"Accept-Encoding": "gzip"})
        assert status == 200
        assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert headers["Content-Encoding"] == "gzip"
        check_headers(headers, path)
    for path in ("/static/x/../../settings.py", "/static/x/..%2f..%2fsettings.py", "/static//etc/passwd"):
        assert (await knock(stranger, "GET", path))[0] in (403, 404)


async def test_metrics_tell_figures_to_the_machine_itself_only(server, people):
    visitor, worker, _ = await people.talking(nickname="Kettu", text="salaisuus")
    status, _, body = await knock(worker, "GET", "/metrics")
    assert status == 200
    assert b'zoturi_contacts{channel="chat",state="claimed"} 1.0' in body
    assert b"zoturi_workers_on_duty 1.0" in body
    assert not any(word in body for word in (b"Kettu", b"salaisuus", b"Aino"))
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Proto"):
        status, _, body = await knock(visitor, "GET", "/metrics", headers={header: "1.2.3.4"})
        assert status in (403, 404), header
        assert b"zoturi_" not in body


async def test_health(people, server):
    for path in ("/health/live", "/health/ready"):
        status, headers, body = await knock(people.stranger(), "GET", path)
        assert (status, body) == (200, b"ok\n")
        check_headers(headers, path)
