"""The wire cannot change unseen: commands with their fields and permissions, events, codes and shapes, as a file.

After a wanted change: ``ZOTURI_TEST_WRITE=1 python -m pytest tests/contract/test_wire.py``, and read the difference.
"""

import json
import os
import re
from pathlib import Path

import pytest

from zoturi import wire
from zoturi.domain import access, contacts
from zoturi.realtime.desk import desk
from zoturi.realtime.visitor import visitor

SNAPSHOT = Path(__file__).parent / "wire.json"
# The contract's own words; the file beside this test may only add to them.
VISITOR_COMMANDS = {
    "watch_mine",
    "open_contact",
    "send_message",
    "read_entries",
    "set_typing",
    "mark_seen",
    "say_not_safe",
    "leave_contact",
    "erase_contact",
    "give_feedback",
}
DESK_COMMANDS = {"watch_desk", "set_duty", "claim_contact", "claim_next", "send_message", "set_typing", "mark_seen",
                 "read_entries", "add_note", "release_contact", "close_contact"}  # fmt: skip
EVENTS = {"entry", "contact_changed", "contact_gone", "place", "typing", "seen", "handover_changed", "presence_changed",
          "restarting", "session_ended"}  # fmt: skip
CODES = {
    "unauthorised",
    "forbidden",
    "not_found",
    "bad_field",
    "bad_text",
    "unknown_command",
    "conflict",
    "already_claimed",
    "at_capacity",
    "gone",
    "nothing_waiting",
    "too_fast",
    "busy",
    "closed_now",
    "storage_unavailable",
    "internal",
}
ENTRY = {"seq", "at", "kind", "by", "text", "data", "client_id"}
CONTACT = {
    "id",
    "version",
    "channel",
    "state",
    "language",
    "area",
    "age_group",
    "topics",
    "urgency",
    "urgency_reason",
    "nickname",
    "visitor",
    "team",
    "claimed_by",
    "companions",
    "opened_at",
    "due_at",
    "last_seq",
}
COLLEAGUE = {"id", "version", "name", "role", "team", "languages", "on_duty", "capacity", "live"}


def the_wire() -> dict:
    """Everything a client relies on, as plain values."""

    def commands(registry) -> dict:
        return {name: {"fields": spec.model.model_json_schema(), "permission": spec.permission, "counts": spec.counts}
                for name, spec in sorted(registry.specs.items())}  # fmt: skip

    return {
        "visitor": commands(visitor),
        "desk": commands(desk),
        "events": list(wire.EVENTS),
        "error_codes": list(wire.ERROR_CODES),
        "channels": list(contacts.CHANNELS),
        "age_groups": list(contacts.AGE_GROUPS),
        "topics": list(contacts.TOPICS),
        "outcomes": list(contacts.OUTCOMES),
    }


def test_the_wire_is_as_it_was():
    now = the_wire()
    if os.environ.get("ZOTURI_TEST_WRITE"):
        SNAPSHOT.write_text(json.dumps(now, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
    assert json.loads(SNAPSHOT.read_text()) == json.loads(json.dumps(now))


def test_everything_the_contract_names_is_there():
    assert set(visitor.specs) >= VISITOR_COMMANDS
    assert set(desk.specs) >= DESK_COMMANDS
    assert set(wire.EVENTS) >= EVENTS
    assert set(wire.ERROR_CODES) == CODES


def test_no_command_takes_more_than_its_fields():
    for registry in (visitor, desk):
        for name, spec in registry.specs.items():
            assert spec.model.model_config["extra"] == "forbid", name
            assert spec.model.model_config["strict"], name
            assert spec.permission in access.PERMISSIONS, name


@pytest.mark.parametrize("registry", [visitor, desk], ids=["visitor", "desk"])
def test_a_command_without_a_permission_stops_the_start(registry):
    with pytest.raises(RuntimeError, match="declares no known permission"):
        registry.command(wire.Nothing, "")(lambda door, fields: None)


async def test_objects_carry_all_their_keys(people):
    seen_by_visitor, seen_by_worker, contact_id = await people.talking(text="moi")
    desk_now = await seen_by_worker.do("watch_desk")
    mine_now = await seen_by_visitor.do("watch_mine")
    for contact in (*mine_now["contacts"], *desk_now["mine"], *desk_now["queue"]):
        assert contact.keys() >= CONTACT
        assert contact.keys() == mine_now["contacts"][0].keys()
    for person in (seen_by_visitor, seen_by_worker):
        for entry in await person.entries(contact_id):
            assert entry.keys() == ENTRY
            assert entry["by"].keys() == {"role", "name"}
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entry["at"])
    assert desk_now["me"].keys() >= COLLEAGUE
    assert all(colleague.keys() >= COLLEAGUE for colleague in desk_now["colleagues"])
    assert desk_now.keys() >= {"ok", "me", "queue", "mine", "colleagues", "handovers"}
    assert mine_now.keys() >= {"ok", "contacts", "handovers", "places"}


async def test_every_refusal_is_one_of_the_known_codes(people):
    visitor_, worker, contact_id = await people.talking()
    for person, registry in ((visitor_, visitor), (worker, desk)):
        for command in registry.specs:
            for fields in ({}, {"contact_id": contact_id, "nonsense": 1}, {"contact_id": "0000000000000000"}):
                answer = await person.ask(command, **fields)
                if not answer["ok"]:
                    assert answer["code"] in CODES - {"internal"}, command
                    assert isinstance(answer["retry"], bool)
