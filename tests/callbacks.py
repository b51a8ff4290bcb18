"""Help requests straight into the queue, for tests of the staff's side; the form itself is tested in tests/web."""

from __future__ import annotations

from zoturi.domain.contacts import Details
from zoturi.store import contacts, people, timeline

DAY_MS = 86_400_000
REQUEST = {
    "for_whom": "my_child", "role": "parent", "child_ages": ["7-12"], "contact_by": "phone", "phone": "040 000 0001",
    "email": None, "best_time": ["evening"], "voicemail_ok": False, "who_may_know": "vain minä", "interpreter": True,
    "name": "Raita", "danger_now": None, "family_knows": None, "call_first": None,
}  # fmt: skip


async def asks_for_help(server, *, text: str = "emme jaksa", channel: str = "help_button", language: str = "fi",
                        team: str = "nuoret", due_in: int = 3 * DAY_MS, meant_for: str | None = None,
                        unit: str | None = None, **request: object) -> str:  # fmt: skip
    """A help request in a team's queue; its id. ``request`` are fields of the form that differ."""

    def ask(tx):
        visitor = people.begin_visitor(tx, tx.new_id().encode())
        contact = contacts.insert(
            tx, channel=channel, language=language, team=people.team_key(tx, team), visitor=visitor.key,
            client_id=None, details=Details(topics=("parenting",), unit=unit, request=REQUEST | request),
            due_at=tx.now + due_in,
            meant_for=None if meant_for is None else people.worker_by_email(tx, meant_for)["key"],
        )  # fmt: skip
        timeline.append(tx, contact, "opened", "visitor")
        timeline.append(tx, contact, "message", "visitor", text=text)
        return contact.id

    return await server.write(ask)
