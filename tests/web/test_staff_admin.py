"""The administrator's pages about people: they make accounts and close them, and see no contents anywhere."""

import pytest

from tests.house import PASSWORD
from tests.people import WorkerPerson
from tests.web.staff_pages import OWN_PASSWORD, get, hidden_on, link_on, post

NEW = {"email": "lisa@demo.example", "name": "Lisa", "role": "worker", "team": "nuoret", "languages": ["fi", "en"]}


@pytest.fixture
async def admin(people):
    return await people.worker("admin", connect=False)


async def worker_id(server, email):
    (row,) = await server.query("SELECT id FROM worker WHERE email = ?", email)
    return row["id"]


async def test_the_administrator_is_led_to_the_workers(admin):
    assert (await get(admin, "/desk"))[1]["Location"] == "/manage"
    assert (await get(admin, "/manage"))[1]["Location"] == "/manage/workers"
    status, _, page = await get(admin, "/manage/workers")
    assert status == 200
    assert all(name in page for name in ("aino@demo.example", "Signe", "Kim"))


async def test_a_new_worker_gets_a_link_and_then_answers_chats(server, people, admin):
    status, _, page = await post(admin, "/manage/workers", **NEW)
    assert status == 200
    lisa = people.stranger(WorkerPerson)
    assert (await post(lisa, link_on(page), password=OWN_PASSWORD))[0] == 303
    await lisa.on_duty()
    visitor = await people.visitor()
    contact = await visitor.open_contact()
    await lisa.do("claim_contact", contact_id=contact["id"])
    page = (await get(admin, f"/manage/workers/{await worker_id(server, NEW['email'])}"))[2]
    assert "/desk/welcome/" not in page  # shown only once


@pytest.mark.parametrize("wrong", [
    {"email": "aino@demo.example"}, {"email": "no address"}, {"email": ""}, {"name": " "}, {"name": "x" * 61},
    {"role": "root"}, {"role": ""}, {"team": "nowhere"}, {"languages": []}, {"languages": ["fi", "xx"]},
])  # fmt: skip
async def test_what_does_not_fit_is_said_and_kept(admin, server, wrong):
    status, _, page = await post(admin, "/manage/workers", **NEW | wrong)
    assert status == 422
    assert "/desk/welcome/" not in page
    assert 'role="alert"' in page
    if "name" not in wrong:
        assert 'value="Lisa"' in page
    assert len(await server.query("SELECT 1 FROM worker")) == 5


async def test_a_changed_role_ends_the_sessions_and_gives_chats_back(server, people, admin):
    visitor, aino, contact_id = await people.talking("aino")
    onni = await people.on_duty("onni")
    path = f"/manage/workers/{await worker_id(server, 'aino@demo.example')}"
    form = {"name": "Aino", "role": "supervisor", "team": "nuoret", "languages": ["fi"]}
    assert (await post(admin, path, **form))[1]["Location"] == f"{path}?done=changed"
    assert await aino.heard("session_ended") == {"code": "revoked"}
    assert (await onni.do("claim_next"))["contact"]["id"] == contact_id
    await visitor.heard("contact_changed", lambda data: data["contact"]["state"] == "claimed"
                        and data["contact"]["claimed_by"] == {"name": "Onni"})  # fmt: skip
    again = people.stranger(WorkerPerson)
    await again.sign_in("aino@demo.example", PASSWORD)
    assert (await get(again, "/manage"))[1]["Location"] == "/manage/now"


async def test_new_languages_alone_disturb_nobody(server, people, admin):
    aino = await people.on_duty("aino")
    aino.forget()
    path = f"/manage/workers/{await worker_id(server, 'aino@demo.example')}"
    await post(admin, path, name="Aino", role="worker", team="nuoret", languages=["sv"])
    assert (await aino.heard("presence_changed"))["colleague"]["languages"] == ["sv"]
    assert (await get(aino, "/desk"))[0] == 200


async def test_a_closed_account_signs_in_no_more_in_the_same_words(server, people, admin):
    aino = await people.on_duty("aino")
    path = f"/manage/workers/{await worker_id(server, 'aino@demo.example')}"
    form = {"name": "Aino", "role": "worker", "team": "nuoret", "languages": ["fi"]}
    await post(admin, path, **form, disabled="yes")
    await aino.heard("session_ended")
    right = await post(people.stranger(WorkerPerson), "/desk/login", email="aino@demo.example", password=PASSWORD)
    wrong = await post(people.stranger(WorkerPerson), "/desk/login", email="aino@demo.example", password="wrong")
    assert (right[0], right[2]) == (wrong[0], wrong[2])
    assert right[0] == 401
    assert (await post(admin, path + "/link"))[0] == 422
    await post(admin, path, **form)
    assert (await post(people.stranger(WorkerPerson), "/desk/login", email="aino@demo.example", password=PASSWORD))[
        0
    ] == 303


async def test_a_reset_closes_every_old_door_at_once(server, people, admin):
    aino = await people.worker("aino")
    path = f"/manage/workers/{await worker_id(server, 'aino@demo.example')}"
    status, _, page = await post(admin, path + "/reset")
    assert status == 200
    await aino.heard("session_ended")
    assert await aino.sign_in("aino@demo.example", PASSWORD) == 401
    assert (await post(aino, link_on(page), password=OWN_PASSWORD))[0] == 303
    assert (await get(aino, "/desk"))[0] == 200


async def test_a_new_link_leaves_the_old_password_until_it_is_used(server, people, admin):
    path = f"/manage/workers/{await worker_id(server, 'aino@demo.example')}/link"
    first, second = [link_on((await post(admin, path))[2]) for _ in range(2)]
    assert await people.stranger(WorkerPerson).sign_in("aino@demo.example", PASSWORD) == 303
    assert (await get(admin, first))[0] == 410
    assert (await post(people.stranger(WorkerPerson), second, password=OWN_PASSWORD))[0] == 303
    assert await people.stranger(WorkerPerson).sign_in("aino@demo.example", PASSWORD) == 401


async def test_sessions_are_listed_and_revoked_one_by_one_and_all(server, people, admin):
    first, second, third = [await people.worker("aino") for _ in range(3)]
    foreign = await people.worker("onni")
    path = f"/manage/workers/{await worker_id(server, 'aino@demo.example')}"
    _, _, page = await get(admin, path)
    assert page.count('name="session"') == 3
    (theirs,) = await server.query("SELECT s.key FROM worker_session s JOIN worker w ON w.key = s.worker"
                                   " WHERE w.email = 'onni@demo.example'")  # fmt: skip
    for wrong in (theirs["key"], 999999):
        assert (await post(admin, path + "/sessions", session=str(wrong)))[0] == 404
    assert (await post(admin, path + "/sessions", session=hidden_on(page)["session"]))[0] == 303
    await first.heard("session_ended")  # the oldest stands last
    assert (await post(admin, path + "/sessions"))[0] == 303
    for person in (second, third):
        await person.heard("session_ended")
    assert (await get(foreign, "/desk"))[0] == 200


async def test_role_changes_need_a_fresh_proof_and_the_form_is_carried_along(server, people):
    admin = people.stranger(WorkerPerson)
    await admin.sign_in("admin@demo.example", PASSWORD)
    server.clock.move(minutes=6)
    path = f"/manage/workers/{await worker_id(server, 'aino@demo.example')}"
    form = {"name": "Aino & Co", "role": "admin", "team": "nuoret", "languages": ["fi", "sv"]}
    status, _, page = await post(admin, path, **form)
    assert status == 200
    assert 'name="proof"' in page
    assert page.count('name="languages"') == 2
    carried = hidden_on(page) | {"languages": ["fi", "sv"]}
    assert carried == form
    assert (await post(admin, path, **carried, proof="wrong"))[0] == 401
    assert await server.query("SELECT 1 FROM worker WHERE role = 'admin' AND email = 'aino@demo.example'") == []
    assert (await post(admin, path, **carried, proof=PASSWORD))[0] == 303
    assert (await post(admin, path, **carried | {"role": "worker"}))[0] == 303  # it holds for five minutes


async def test_the_last_administrator_and_oneself_stay(server, admin):
    path = f"/manage/workers/{await worker_id(server, 'admin@demo.example')}"
    form = {"name": "Kim", "role": "worker", "team": "nuoret", "languages": ["fi"]}
    assert (await post(admin, path, **form))[0] == 422
    assert (await post(admin, path, **form | {"role": "admin"}, disabled="yes"))[0] == 422
    assert (await get(admin, "/manage/workers"))[0] == 200


async def test_every_deed_is_audited_with_who_did_it(server, admin):
    path = f"/manage/workers/{await worker_id(server, 'aino@demo.example')}"
    await post(admin, "/manage/workers", **NEW)
    await post(admin, path, name="Aino", role="worker", team="nuoret", languages=["fi"])
    for deed in ("/link", "/reset", "/sessions"):
        await post(admin, path + deed)
    lines = await server.query(
        "SELECT a.deed FROM audit a JOIN worker w ON w.key = a.worker WHERE w.role = 'admin' ORDER BY a.key"
    )
    assert [line["deed"] for line in lines] == [
        "worker_added", "link_made", "worker_changed", "link_made", "link_made", "account_reset", "sessions_revoked",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["aino", "signe"])
async def test_nobody_else_gets_there(server, people, name):
    person = await people.worker(name, connect=False)
    path = f"/manage/workers/{await worker_id(server, 'onni@demo.example')}"
    missing = "/manage/workers/0000000000000000"
    for address in ("/manage/workers", path, missing, "/manage/audit", "/manage/site"):
        assert (await get(person, address))[0] == 403
    for address in (path, path + "/reset", missing, "/manage/workers"):
        assert (await post(person, address, **NEW))[0] == 403


async def test_a_missing_worker_is_not_found(admin):
    assert (await get(admin, "/manage/workers/0000000000000000"))[0] == 404
    form = {"name": "X", "role": "worker", "team": "nuoret", "languages": ["fi"]}
    for deed in ("", "/link", "/reset", "/sessions"):
        assert (await post(admin, "/manage/workers/0000000000000000" + deed, **form))[0] == 404
