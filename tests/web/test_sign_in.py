"""Signing in through the real form: passwords, second factors, one-time links."""

import asyncio
import re

import pytest

from tests.crowd import People
from tests.house import PASSWORD
from tests.people import Refused, WorkerPerson
from tests.web.staff_pages import OWN_PASSWORD, code_of, get, hidden_on, post, secret_on
from zoturi import world
from zoturi.actions import accounts, devices


async def test_the_right_password_opens_the_desk(people):
    aino = people.stranger(WorkerPerson)
    status, headers, _ = await post(aino, "/desk/login", email=" AINO@demo.example ", password=PASSWORD)
    assert (status, headers["Location"]) == (303, "/desk")
    cookie = headers["Set-Cookie"]
    assert all(part in cookie for part in ("zoturi-desk=", "HttpOnly", "Path=/", "SameSite=Strict"))
    assert "Domain" not in cookie
    assert (await get(aino, "/desk"))[0] == 200
    await aino.on_duty()


async def test_every_wrong_pair_is_answered_with_the_same_words(server, people):
    answers = []
    for email, password in (("aino@demo.example", "wrong"), ("nobody@demo.example", PASSWORD), ("", ""),
                            ("aino@demo.example", "x" * 5000), ("' OR 1=1 --", "' OR 1=1 --")):  # fmt: skip
        stranger = people.stranger(WorkerPerson)
        status, headers, body = await post(stranger, "/desk/login", email=email, password=password)
        assert "Set-Cookie" not in headers
        answers.append((status, body.replace(f'value="{email}"', 'value=""')))
    answers[-1] = (answers[-1][0], answers[0][1])  # its address is written back escaped
    assert {status for status, _ in answers} == {401}
    assert answers[0] == answers[1]
    assert PASSWORD not in server.log
    assert "aino" not in server.log


async def test_signing_in_again_after_three_slips_waits_longer_and_longer():
    tries = accounts.Tries()
    waits = []
    for _ in range(12):
        waits.append(tries.delay("aino"))
        tries._slips["aino"] = tries._slips.get("aino", 0) + 1
    assert waits == [0, 0, 0, 1, 2, 4, 8, 16, 32, 42, 42, 42]
    assert tries.delay("onni") == 0


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_strangers_who_guess_do_not_keep_somebody_from_their_desk(impatient):
    """Forty-two seconds for whoever comes from nowhere; a browser that was here before is let in at once."""
    server, people = await impatient()
    aino, onni = people.stranger(WorkerPerson), people.stranger(WorkerPerson)
    for person, name in ((aino, "aino"), (onni, "onni")):
        _, headers, _ = await post(person, "/desk/login", email=f"{name}@demo.example", password=PASSWORD)
    cookie = headers.getall("Set-Cookie")[1]
    assert all(part in cookie for part in ("zoturi-device=", "HttpOnly", "Path=/", "SameSite=Strict"))
    assert f"Max-Age={devices.LASTS_SECONDS}" in cookie
    tries = server.house.limits.tries
    tries._slips["address", "aino@demo.example"] = 20
    strangers = [asyncio.create_task(person.sign_in("aino@demo.example", PASSWORD))
                 for person in (people.stranger(WorkerPerson), onni)]  # fmt: skip
    assert await asyncio.wait_for(aino.sign_in("aino@demo.example", PASSWORD), 5) == 303
    assert not any(stranger.done() for stranger in strangers)  # onni's browser is known, but not as hers
    for stranger in strangers:
        stranger.cancel()
    # Her own slips make her own browser wait, and the mark opens nothing by itself.
    assert [await aino.sign_in("aino@demo.example", "wrong") for _ in range(2)] == [401] * 2
    ours = [of for of in tries._slips if of[0] == "device"]
    assert [tries._slips[of] for of in ours] == [2]
    server.clock.move(days=91)
    marks = {cookie.key: cookie.value for cookie in aino.http.cookie_jar}["zoturi-device"]
    (worker,) = await server.query("SELECT id FROM worker WHERE email = 'aino@demo.example'")
    assert devices.known(server.db.vault, marks, worker["id"]) is None


@pytest.mark.parametrize("marks", ["", "~", "a.b.c.d", "....", "å.b.c.d", "a.b.9.d~" * 100, "x" * 4000])
@pytest.mark.parametrize("kind", ["sqlite"])
async def test_a_made_up_mark_is_nobodys(server, marks):
    keys = server.db.vault
    assert devices.known(keys, marks, "a") is None
    several = devices.marked(keys, marks, "first")
    for name in ("second", "third"):
        several = devices.marked(keys, several, name)
    assert all(devices.known(keys, several, name) for name in ("first", "second", "third"))
    assert devices.known(keys, several.replace("first", "fourth"), "fourth") is None
    assert len(devices.marked(keys, several, "fifth").split("~")) <= devices.MOST_MARKS


@pytest.fixture
async def strict(serve):
    """A server where the second factor is required, as outside the demo; with people and a one-time link."""
    server = await serve(require_second_factor=True)
    people = People(server)
    yield server, people
    await people.leave()


@pytest.fixture
async def impatient(serve, monkeypatch):
    """A server that does not wait at its end for those who still wait to sign in; with people."""
    monkeypatch.setattr("zoturi.app.SHUTDOWN_SECONDS", 0.1)
    started = []

    async def start(**given):
        server = await serve(**given)
        started.append(People(server))
        return server, started[-1]

    yield start
    for people in started:
        await people.leave()


async def new_link(server, email="uusi@demo.example"):
    token = world.new_token()

    def add(tx):
        if accounts.people.worker_by_email(tx, email) is None:
            accounts.add_worker(tx, server.site, email=email, name="Uusi", role="worker",
                                team=server.site.teams[0].id, languages=["fi"])  # fmt: skip
        accounts.new_link(tx, email, accounts.token_hash(token))

    await server.write(add)
    return f"/desk/welcome/{token}"


async def welcomed(server, people):
    """A worker who has followed the link; (person, secret of the second factor)."""
    path = await new_link(server)
    person = people.stranger(WorkerPerson)
    _, _, page = await get(person, path)
    secret = secret_on(page)
    status, _, page = await post(person, path, password=OWN_PASSWORD, code=code_of(server, secret), **hidden_on(page))
    assert (status, page.count("<code>")) == (200, 10)  # the recovery codes, shown this once
    return person, secret


async def test_a_one_time_link_sets_password_and_second_factor_and_signs_in(strict):
    server, people = strict
    person, _ = await welcomed(server, people)
    assert (await get(person, "/desk"))[0] == 200


async def test_the_link_works_once(strict):
    server, people = strict
    path = await new_link(server)
    person, thief = people.stranger(WorkerPerson), people.stranger(WorkerPerson)
    _, _, seen_before = await get(thief, path)
    _, _, page = await get(person, path)  # looking at it spends nothing
    secret = secret_on(page)
    assert secret_on(seen_before) != secret  # nobody who opened it earlier knows the code to come
    code = code_of(server, secret)
    assert (await post(person, path, password=OWN_PASSWORD, code=code, **hidden_on(seen_before)))[0] == 422
    assert (await post(person, path, password=OWN_PASSWORD, code=code, **hidden_on(page)))[0] == 200
    for status, _, body in (await get(thief, path), await post(thief, path, password="x" * 20, code="1")):
        assert status == 410
        assert "Uusi" not in body
    assert (await post(thief, "/desk/login", email="uusi@demo.example", password="x" * 20))[0] == 401


async def test_a_link_dies_after_an_hour_and_when_a_newer_one_is_made(strict):
    server, people = strict
    person = people.stranger(WorkerPerson)
    old, new = await new_link(server), await new_link(server)
    assert [(await get(person, path))[0] for path in (old, new)] == [410, 200]
    server.clock.move(minutes=61)
    assert (await get(person, new))[0] == 410
    assert (await get(person, "/desk/welcome/" + "0" * 64))[0] == 410


async def test_what_is_missing_at_the_link_is_told_and_spends_nothing(strict):
    server, people = strict
    path = await new_link(server)
    person = people.stranger(WorkerPerson)
    page = (await get(person, path))[2]
    secret = secret_on(page)
    for password, code in (("short", code_of(server, secret)), ("x" * 257, code_of(server, secret)),
                           (OWN_PASSWORD, "000000"), (OWN_PASSWORD, "")):  # fmt: skip
        status, headers, page = await post(person, path, password=password, code=code, **hidden_on(page))
        assert status == 422
        assert "Set-Cookie" not in headers
        assert secret_on(page) == secret
    server.clock.move(minutes=16)  # a picture does not last as long as its link
    again = await post(person, path, password=OWN_PASSWORD, code=code_of(server, secret), **hidden_on(page))
    assert again[0] == 422
    assert (fresh := secret_on(again[2])) != secret
    done = await post(person, path, password=OWN_PASSWORD, code=code_of(server, fresh), **hidden_on(again[2]))
    assert done[0] == 200


async def test_the_second_factor_is_asked_for_after_the_password(strict):
    server, people = strict
    _, secret = await welcomed(server, people)
    server.clock.move(minutes=2)
    person = people.stranger(WorkerPerson)
    right = {"email": "uusi@demo.example", "password": OWN_PASSWORD}
    status, headers, page = await post(person, "/desk/login", **right)
    assert status == 200
    assert "Set-Cookie" not in headers
    assert OWN_PASSWORD not in page
    ticket = re.search(r'name="ticket" value="([0-9a-f]+)"', page)[1]
    status, headers, _ = await post(person, "/desk/login", ticket=ticket, code="000000")
    assert (status, "Set-Cookie" in headers) == (401, False)
    status, headers, _ = await post(person, "/desk/login", ticket=ticket, code=code_of(server, secret))
    assert (status, headers["Location"]) == (303, "/desk")
    await person.connect()


async def test_both_at_once_work_too_and_a_wrong_code_is_a_wrong_pair(strict):
    server, people = strict
    _, secret = await welcomed(server, people)
    server.clock.move(minutes=2)
    person = people.stranger(WorkerPerson)
    right = {"email": "uusi@demo.example", "password": OWN_PASSWORD}
    assert (await post(person, "/desk/login", **right, code="123 456"))[0] == 401
    code = code_of(server, secret)
    assert (await post(person, "/desk/login", **right, code=f" {code[:3]} {code[3:]} "))[0] == 303


async def test_a_step_of_the_second_factor_works_once(strict):
    server, people = strict
    _, secret = await welcomed(server, people)
    server.clock.move(minutes=2)
    right = {"email": "uusi@demo.example", "password": OWN_PASSWORD}
    code = code_of(server, secret)
    first, again = people.stranger(WorkerPerson), people.stranger(WorkerPerson)
    assert (await post(first, "/desk/login", **right, code=code))[0] == 303
    assert (await post(again, "/desk/login", **right, code=code))[0] == 401
    assert (await post(again, "/desk/login", **right, code=code_of(server, secret, -1)))[0] == 401
    assert (await post(again, "/desk/login", **right, code=code_of(server, secret, +1)))[0] == 303


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_codes_guessed_in_parallel_wait_for_one_another(impatient):
    """A million codes at fifty at once would be tried in days, delay or not."""
    server, people = await impatient(require_second_factor=True)
    await welcomed(server, people)
    thief = people.stranger(WorkerPerson)
    _, _, page = await post(thief, "/desk/login", email="uusi@demo.example", password=OWN_PASSWORD)
    (worker,) = await server.query("SELECT key FROM worker WHERE email = 'uusi@demo.example'")
    server.house.limits.tries._slips["code", worker["key"]] = 20
    guesses = [asyncio.create_task(post(thief, "/desk/login", code=f"{n:06}", **hidden_on(page))) for n in range(3)]
    done, waiting = await asyncio.wait(guesses, timeout=5, return_when=asyncio.FIRST_COMPLETED)
    for guess in waiting:
        guess.cancel()
    assert [guess.result()[0] for guess in done] == [429]


async def test_a_ticket_lasts_five_minutes_and_can_not_be_made_up(strict):
    server, people = strict
    _, secret = await welcomed(server, people)
    server.clock.move(minutes=2)
    person = people.stranger(WorkerPerson)
    _, _, page = await post(person, "/desk/login", email="uusi@demo.example", password=OWN_PASSWORD)
    ticket = re.search(r'name="ticket" value="([0-9a-f]+)"', page)[1]
    for wrong in (ticket[:-2] + "00", "zz", "00" * 300, ticket + "0"):
        assert (await post(person, "/desk/login", ticket=wrong, code=code_of(server, secret)))[0] == 401
    server.clock.move(minutes=6)
    assert (await post(person, "/desk/login", ticket=ticket, code=code_of(server, secret)))[0] == 401


async def test_without_a_second_factor_nobody_enters_where_it_is_required(strict):
    _, people = strict
    assert (await post(people.stranger(WorkerPerson), "/desk/login", email="aino@demo.example", password=PASSWORD))[
        0
    ] == 401


async def test_a_reset_ends_all_older_sessions(strict):
    server, people = strict
    person, _ = await welcomed(server, people)
    await person.connect()
    server.clock.move(minutes=2)
    path = await new_link(server)
    other = people.stranger(WorkerPerson)
    page = (await get(other, path))[2]
    form = {"password": "aivan toinen salasana", "code": code_of(server, secret_on(page)), **hidden_on(page)}
    assert (await post(other, path, **form))[0] == 200
    assert await person.heard("session_ended") == {"code": "revoked"}
    assert (await get(person, "/desk"))[1]["Location"] == "/desk/login"
    with pytest.raises(Refused):
        await person.connect()


async def test_signing_out_takes_the_cookie_back(people):
    aino = await people.worker(connect=False)
    status, headers, _ = await post(aino, "/desk/logout")
    assert (status, headers["Location"]) == (303, "/desk/login?ended=signed_out")
    assert 'zoturi-desk=""' in headers["Set-Cookie"]
    assert (await get(aino, "/desk"))[1]["Location"] == "/desk/login"


async def test_nothing_secret_is_stored_in_the_clear(strict):
    server, people = strict
    person, secret = await welcomed(server, people)
    (row,) = await server.query("SELECT password_hash, second_factor FROM worker WHERE email = 'uusi@demo.example'")
    assert row["password_hash"].startswith("$argon2id$v=19$m=47104,t=2,p=1$")
    assert secret.encode() not in bytes(row["second_factor"])
    tokens = [cookie.value for cookie in person.http.cookie_jar]
    hashes = await server.query("SELECT token_hash FROM worker_session UNION ALL SELECT token_hash FROM sign_in_link")
    assert hashes
    for stored in hashes:
        assert all(token.encode() not in bytes(stored["token_hash"]) for token in tokens)
    for word in (OWN_PASSWORD, secret, *tokens):
        assert word not in server.log
