"""Who may do what, generated from the registries: every route and command, for everybody, on own, foreign and missing
objects. What one may not see answers exactly like what does not exist.
"""

import re

import pytest

from tests.people import WorkerPerson, new_id
from zoturi.domain.access import PERMISSIONS, may
from zoturi.domain.people import Visitor, Worker
from zoturi.realtime.desk import desk
from zoturi.realtime.visitor import visitor as visitor_commands
from zoturi.web.routes import ROUTES

MISSING = "0000000000000000"
ACTORS = {
    "nobody": None,
    "visitor": Visitor(1, b""),
    "worker": Worker(1, "w", "W", "worker", 1, 1),
    "supervisor": Worker(2, "s", "S", "supervisor", 1, 1),
    "admin": Worker(3, "a", "A", "admin", 1, 1),
}
# Every permission, and who has it. A new one has to be written down here, too.
WHO = {
    "public.read": "nobody visitor worker supervisor admin",
    "public.chat": "nobody visitor worker supervisor admin",
    "public.help": "nobody visitor worker supervisor admin",
    "staff.sign_in": "nobody visitor worker supervisor admin",
    "handover.receive": "nobody visitor worker supervisor admin",
    "own.contact": "visitor",
    "operations.health": "nobody visitor worker supervisor admin",
    "operations.metrics": "nobody visitor worker supervisor admin",
    "staff.session": "worker supervisor admin",
    "staff.quiet": "worker supervisor admin",
    "queue.work": "worker supervisor",
    "manage.see": "supervisor admin",
    "manage.accounts": "admin",
    "manage.site": "admin",
    "manage.audit": "admin",
    "manage.queue": "supervisor",
    "manage.queue.quiet": "supervisor",
    "manage.hours": "supervisor admin",
    "manage.figures": "supervisor admin",
}
STAFF_DOORS = [
    (method, path, permission)
    for method, path, _, permission in ROUTES
    if permission.split(".")[0] in ("queue", "manage") or permission in ("staff.session", "staff.quiet")
]
FORM = {
    "reason": "a complaint came to the operator",
    "worker": MISSING,
    "name": "X",
    "role": "worker",
    "team": "nuoret",
    "languages": "fi",
    "session": "999999",
    "section": "look",
}
SAMPLES = {
    "client_id": new_id,
    "text": "moi",
    "after": 0,
    "limit": 10,
    "reason": FORM["reason"],
    "typing": True,
    "seq": 1,
    "helped": 3,
    "outcome": "advice",
    "reasons": [],
    "handled_here": True,
    "own_words": "omin sanoin",
    "team": None,
    "worker": MISSING,
    "note": None,
    "on": False,
    "capacity": 1,
    "languages": ["fi"],
    "paused": False,
    "language": "fi",
    "nickname": None,
    "age_group": None,
    "area": None,
    "topics": None,
    "carry": None,
    "phrase_id": new_id,
    "texts": {"fi": "moi"},
    "shared": True,
    "contact_by": None,
    "how": "phone",
    "read_in": "fi",
    "agree": True,
    "handover_id": MISSING,
    "codes": ["notified"],
    "written_in": None,
    "entry_seqs": None,
    "include": ["summary"],
    "summary": "lyhyesti",
    "service_id": "perheneuvola",
    "query": "raha",
    "reader": "fi",
    "result": "no_answer",
    "next_at": None,
    "channel": "phone",
}


def test_every_permission_is_for_whom_it_says():
    assert WHO.keys() == PERMISSIONS.keys()
    for permission, who in WHO.items():
        assert [name for name, actor in ACTORS.items() if may(actor, permission)] == who.split(), permission


def test_administrators_have_no_door_to_the_queue_or_to_contents():
    for spec in (*desk.specs.values(), *visitor_commands.specs.values()):
        assert not may(ACTORS["admin"], spec.permission)
    for _, path, _, permission in ROUTES:
        if "contact" in path:
            assert not may(ACTORS["admin"], permission) or permission == "public.chat", path


def filled(path, object_id):
    path = re.sub(r"\{(contact_id|worker_id)[^}]*\}", object_id, path)
    return re.sub(r"\{(\w+)(?::[^{}]*)?\}", "x", path)


async def knock(person, method, path):
    async with person.http.request(
        method,
        person.origin + path,
        allow_redirects=False,
        headers=person.same_origin,
        data=FORM if method == "POST" else None,
    ) as answer:
        return answer.status, answer.headers.get("Location"), await answer.text()


async def another_team(server):
    """A team whose contacts and workers are foreign to everybody of the demo."""
    await server.write(lambda tx: tx.run("INSERT INTO team (id) VALUES ('other')"))
    (row,) = await server.query("SELECT key FROM team WHERE id = 'other'")
    return row["key"]


@pytest.fixture
async def world_of(people, server):
    """Aino with an own contact and Onni as her companion, a foreign contact of another team, and one of each role."""
    visitor, aino, own = await people.talking("aino", text="oma")
    onni = await people.on_duty("onni")
    (row,) = await server.query("SELECT id FROM worker WHERE email = 'onni@demo.example'")
    await aino.do("invite_companion", contact_id=own, worker=row["id"])
    stranger = await people.visitor()
    foreign = (await stranger.open_contact(text="vieras"))["id"]
    other = await another_team(server)
    await server.write(lambda tx: tx.run("UPDATE contact SET team = ? WHERE id = ?", other, foreign))
    return {
        "own": own,
        "foreign": foreign,
        "visitor": visitor,
        "stranger": stranger,
        "owner": aino,
        "companion": onni,
        "supervisor": await people.worker("signe"),
        "admin": await people.worker("admin", connect=False),
        "nobody": people.stranger(WorkerPerson),
    }


async def test_every_staff_door_for_everybody_on_every_object(world_of, server):
    roles = {
        "nobody": "nobody",
        "visitor": "visitor",
        "companion": "worker",
        "supervisor": "supervisor",
        "admin": "admin",
    }
    for method, path, permission in sorted(STAFF_DOORS, key=lambda door: "logout" in door[1]):
        for name, role in roles.items():
            if "logout" in path and role in ("worker", "supervisor", "admin"):
                continue
            answers = {}
            for which, object_id in (("foreign", world_of["foreign"]), ("missing", MISSING)):
                status, location, body = await knock(world_of[name], method, filled(path, object_id))
                answers[which] = (status, location, body.replace(object_id, "ID"))
            where = f"{method} {path} as {name}"
            status, location, _ = answers["missing"]
            if role not in WHO[permission].split():
                refused = (303, "/desk/login") if role in ("nobody", "visitor") else (403, None)
                assert (status, location) == refused, where
            else:
                assert status not in (401, 403, 500), where
            if "{contact_id}" in path:
                assert answers["foreign"] == answers["missing"], where
                assert role not in WHO[permission].split() or status == 404, where
    assert not server.errors()


def sample(spec, contact_id):
    fields = {}
    for name, field in spec.model.model_fields.items():
        if name == "contact_id":
            fields[name] = contact_id
            continue
        assert name in SAMPLES, f"tests/contract/test_authorisation.py has no sample for {name}"
        value = SAMPLES[name]() if callable(SAMPLES[name]) else SAMPLES[name]
        if value is not None or field.is_required():
            fields[name] = value
    return fields


def of_contacts(registry):
    return sorted(name for name, spec in registry.specs.items() if "contact_id" in spec.model.model_fields)


async def same_for_foreign_and_missing(person, registry, name, foreign):
    answers = []
    for contact_id in (foreign, MISSING):
        fields = sample(registry.specs[name], contact_id)
        answers.append(await person.ask(name, **fields))
    assert answers[0] == answers[1], (name, answers)
    return answers[0]


@pytest.mark.parametrize("who", ["owner", "companion", "supervisor"])
async def test_every_desk_command_on_foreign_and_missing_contacts(world_of, server, who):
    for name in of_contacts(desk):
        answer = await same_for_foreign_and_missing(world_of[who], desk, name, world_of["foreign"])
        hints = ("set_typing", "mark_seen")  # they say nothing either way
        assert answer["ok"] is (name in hints and answer["ok"]), (who, name, answer)
        assert name in hints or answer["code"] in ("not_found", "forbidden"), (who, name, answer)
    assert (await server.query("SELECT state, last_seq FROM contact WHERE id = ?", world_of["foreign"]))[0][
        "state"
    ] == "waiting"


async def test_every_visitor_command_on_foreign_and_missing_contacts(world_of, server):
    before = await server.query("SELECT version, last_seq FROM contact WHERE id = ?", world_of["own"])
    for name in of_contacts(visitor_commands):
        answer = await same_for_foreign_and_missing(world_of["stranger"], visitor_commands, name, world_of["own"])
        assert answer["ok"] or answer["code"] == "not_found", (name, answer)
    assert await server.query("SELECT version, last_seq FROM contact WHERE id = ?", world_of["own"]) == before


async def test_a_companion_writes_but_decides_nothing(world_of):
    own, onni = world_of["own"], world_of["companion"]
    for name in ("send_message", "add_note", "read_entries"):
        fields = sample(desk.specs[name], own)
        fields.pop("reason", None)
        await onni.do(name, **fields)
    for name in ("close_contact", "release_contact"):
        assert await onni.refused(name, **sample(desk.specs[name], own)) == "not_found"


async def test_commands_of_the_other_side_do_not_exist(world_of):
    for person, registry, other in (
        (world_of["visitor"], visitor_commands, desk),
        (world_of["owner"], desk, visitor_commands),
    ):
        for name in other.specs.keys() - registry.specs.keys():
            assert await person.refused(name, **sample(other.specs[name], world_of["own"])) == "unknown_command"
