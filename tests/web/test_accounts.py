"""Accounts worth trusting: recovery codes, proving again who one is, sessions listed and ended."""

import pytest

from tests.crowd import People
from tests.house import PASSWORD
from tests.people import WorkerPerson
from tests.web.staff_pages import OWN_PASSWORD, code_of, codes_on, get, hidden_on, link_on, post, secret_on, set_up
from zoturi import world
from zoturi.actions import accounts


@pytest.fixture
async def strict(serve):
    """A server that demands a second factor, as outside the demo."""
    server = await serve(require_second_factor=True)
    people = People(server)
    yield server, people
    await people.leave()


async def invited(server, email="uusi@demo.example", role="worker"):
    token = world.new_token()

    def add(tx):
        accounts.add_worker(tx, server.site, email=email, name="Uusi Ihminen", role=role,
                            team=server.site.teams[0].id, languages=["fi"])  # fmt: skip
        accounts.new_link(tx, email, accounts.token_hash(token))

    await server.write(add)
    return f"/desk/welcome/{token}"


@pytest.mark.parametrize("password", ["uusi ihminen 1", "Salasana2026!", "qwertyuiop123", "kuusi sanaa"])
async def test_a_password_that_is_easy_to_guess_is_refused_and_the_link_still_works(strict, password):
    server, people = strict
    path = await invited(server)
    person = people.stranger(WorkerPerson)
    page = (await get(person, path))[2]
    code = code_of(server, secret_on(page))
    status, headers, page = await post(person, path, password=password, code=code, **hidden_on(page))
    assert status == 422
    assert "Set-Cookie" not in headers
    assert password not in page
    assert (await post(person, path, password=OWN_PASSWORD, code=code, **hidden_on(page)))[0] == 200


async def test_ten_recovery_codes_are_shown_once_and_each_opens_the_desk_once(strict):
    server, people = strict
    _, _, codes = await set_up(server, people, await invited(server))
    assert len(set(codes)) == 10
    for code in (codes[0], codes[1].lower().replace("-", " ")):
        person = people.stranger(WorkerPerson)
        form = {"email": "uusi@demo.example", "password": OWN_PASSWORD, "code": code}
        assert (await post(person, "/desk/login", **form))[0] == 303
        assert (await post(people.stranger(WorkerPerson), "/desk/login", **form))[0] == 401
    facts = [line["facts"] for line in await server.query("SELECT facts FROM audit WHERE deed = 'recovery_code_used'")]
    assert facts == ['{"left":9}', '{"left":8}']
    for stored in await server.query("SELECT code_hash FROM recovery_code"):
        assert all(code.encode() not in bytes(stored["code_hash"]) for code in codes)
    assert not any(code in server.log for code in codes)


async def test_a_recovery_code_of_somebody_else_opens_nothing(strict):
    server, people = strict
    _, _, codes = await set_up(server, people, await invited(server))
    await set_up(server, people, await invited(server, "toinen@demo.example"))
    person = people.stranger(WorkerPerson)
    form = {"email": "toinen@demo.example", "password": OWN_PASSWORD, "code": codes[0]}
    assert (await post(person, "/desk/login", **form))[0] == 401


async def test_new_recovery_codes_need_a_fresh_proof_and_end_the_old_ones(strict):
    server, people = strict
    person, secret, old = await set_up(server, people, await invited(server))
    server.clock.move(minutes=6)
    status, _, page = await post(person, "/desk/account/codes")
    assert status == 200
    assert codes_on(page) == []
    status, _, page = await post(person, "/desk/account/codes", proof="000000")
    assert status == 401
    _, _, page = await post(person, "/desk/account/codes", proof=code_of(server, secret))
    new = codes_on(page)
    assert len(new) == 10
    form = {"email": "uusi@demo.example", "password": OWN_PASSWORD}
    assert (await post(people.stranger(WorkerPerson), "/desk/login", **form, code=old[0]))[0] == 401
    assert (await post(people.stranger(WorkerPerson), "/desk/login", **form, code=new[0]))[0] == 303


async def test_a_code_used_as_proof_does_not_sign_in_again(strict):
    server, people = strict
    person, secret, _ = await set_up(server, people, await invited(server))
    server.clock.move(minutes=6)
    code = code_of(server, secret)
    assert (await post(person, "/desk/account/codes", proof=code))[0] == 200
    form = {"email": "uusi@demo.example", "password": OWN_PASSWORD, "code": code}
    assert (await post(people.stranger(WorkerPerson), "/desk/login", **form))[0] == 401


async def test_ones_own_sessions_are_listed_and_ended_and_their_sockets_close(server, people):
    here = people.stranger(WorkerPerson)
    await here.sign_in("aino@demo.example", PASSWORD)
    other = await people.worker("aino")
    foreign = await people.worker("onni")
    _, _, page = await get(here, "/desk/account")
    assert page.count('name="session"') == 1
    (theirs,) = await server.query("SELECT s.key FROM worker_session s JOIN worker w ON w.key = s.worker"
                                   " WHERE w.email = 'onni@demo.example'")  # fmt: skip
    for wrong in (str(theirs["key"]), "999999", "x", "-1"):
        assert (await post(here, "/desk/account/sessions", session=wrong))[0] == 404
    assert not foreign.closed.is_set()
    assert (await post(here, "/desk/account/sessions", session=hidden_on(page)["session"]))[0] == 303
    assert await other.heard("session_ended") == {"code": "revoked"}
    assert (await get(other, "/desk"))[1]["Location"] == "/desk/login"
    assert (await get(here, "/desk"))[0] == 200


async def test_all_other_sessions_end_at_once(server, people):
    here = people.stranger(WorkerPerson)
    await here.sign_in("aino@demo.example", PASSWORD)
    others = [await people.worker("aino") for _ in range(3)]
    assert (await post(here, "/desk/account/sessions"))[0] == 303
    for other in others:
        await other.heard("session_ended")
    assert (await get(here, "/desk"))[0] == 200


async def test_one_changes_ones_own_password_and_all_other_sessions_end(server, people):
    here, elsewhere = people.stranger(WorkerPerson), await people.worker("aino")
    await here.sign_in("aino@demo.example", PASSWORD)
    right = {"current": PASSWORD, "password": OWN_PASSWORD, "again": OWN_PASSWORD}
    for wrong, field in (({"current": "not this one"}, "current"), ({"again": OWN_PASSWORD + "!"}, "again"),
                         ({"password": "salasana2026!", "again": "salasana2026!"}, "password"),
                         ({"password": PASSWORD, "again": PASSWORD}, "password")):  # fmt: skip
        status, _, page = await post(here, "/desk/account/password", **(right | wrong))
        assert (status, f'href="#{field}"' in page, OWN_PASSWORD in page) == (422, True, False)
    assert (await get(elsewhere, "/desk"))[0] == 200  # nothing has changed so far
    assert (await post(here, "/desk/account/password", **right))[1]["Location"] == "/desk/account?done=password"
    await server.sessions()
    assert (await elsewhere.heard("session_ended"))["code"] == "revoked"
    assert (await get(here, "/desk"))[0] == 200
    stranger = people.stranger(WorkerPerson)
    assert await stranger.sign_in("aino@demo.example", PASSWORD) == 401
    assert await stranger.sign_in("aino@demo.example", OWN_PASSWORD) == 303
    lines = await server.query(
        "SELECT deed FROM audit WHERE deed IN ('password_refused', 'password_changed') ORDER BY key"
    )
    assert [line["deed"] for line in lines] == ["password_refused", "password_changed"]
    assert not any(word in server.log for word in (PASSWORD, OWN_PASSWORD))


async def test_a_page_is_a_sign_of_life_but_its_own_question_is_none(server, people):
    person = people.stranger(WorkerPerson)
    await person.sign_in("signe@demo.example", PASSWORD)
    server.clock.move(minutes=29)
    async with person.http.get(f"{person.origin}/desk/session") as answer:
        assert (await answer.json())["idle_ms"] <= 61_000
    assert (await post(person, "/desk/still-here"))[0] == 204
    server.clock.move(minutes=29)
    assert (await get(person, "/desk/account"))[0] == 200
    server.clock.move(minutes=31)
    assert (await get(person, "/desk/session"))[1]["Location"] == "/desk/login"


async def test_twelve_hours_end_a_session_however_busy(server, people):
    person = people.stranger(WorkerPerson)
    await person.sign_in("signe@demo.example", PASSWORD)
    for _ in range(24):
        server.clock.move(minutes=29, seconds=50)
        assert (await post(person, "/desk/still-here"))[0] == 204
    server.clock.move(minutes=5)
    assert (await get(person, "/desk"))[1]["Location"] == "/desk/login"


async def test_reading_with_a_reason_needs_a_fresh_proof(server, people):
    _, _, contact_id = await people.talking("aino", text="moi")
    signe = await people.worker("signe")
    fields = {"contact_id": contact_id, "after": 0, "reason": "a complaint came to the operator"}
    assert (await signe.ask("read_entries", **fields))["ok"]
    server.clock.move(minutes=6)
    assert await signe.ask("read_entries", **fields) == {
        "ok": False,
        "code": "forbidden",
        "retry": False,
        "field": "proof",
    }
    assert len(await server.query("SELECT 1 FROM audit WHERE deed = 'read_with_reason'")) == 1


async def test_an_account_made_by_the_operator_sets_itself_up_from_its_link(strict):
    server, people = strict
    person, _, _ = await set_up(server, people, await invited(server, "paa@demo.example", "admin"))
    _, _, page = await post(person, "/manage/workers", email="lisa@demo.example", name="Lisa", role="worker",
                            team="nuoret", languages=["fi", "sv"])  # fmt: skip
    lisa, _, codes = await set_up(server, people, link_on(page))
    assert len(codes) == 10
    await lisa.on_duty()
