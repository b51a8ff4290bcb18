"""Nothing dropped: whether a contact needs somebody's eyes now, and why. Empty is the goal."""

from __future__ import annotations

from typing import Protocol

from zoturi.domain.contacts import CLAIMED, WAITING

REASONS = ("past_promise", "no_owner", "owner_away", "no_next_step", "handover_open")


class Watched(Protocol):
    """What the rule looks at: of a contact nothing that was said and nobody's name. Times are milliseconds UTC."""

    @property
    def state(self) -> str: ...
    @property
    def channel(self) -> str: ...
    @property
    def written(self) -> bool: ...
    @property
    def due_at(self) -> int: ...
    @property
    def answered_at(self) -> int | None: ...
    @property
    def next_at(self) -> int | None: ...


def why_in_sight(contact: Watched, now: int, owner_on_duty: bool, handover_open: bool) -> tuple[str, ...]:
    """Why a contact stands on the page of what may not be dropped, most pressing first; empty: it is in good hands.

    ``past_promise``: unanswered, and the promise has passed (a chat is answered when it is claimed) · ``no_owner``: it
    waits, and is no live chat within its promise · ``owner_away``: its owner is off duty, and the promise or the next
    step has passed · ``no_next_step``: taken and answered, no live chat, and nothing is planned for a time to come ·
    ``handover_open``: a handover that nobody has accepted yet.
    """
    if contact.state not in (WAITING, CLAIMED):
        return ("handover_open",) if handover_open else ()
    waits = contact.state == WAITING
    live = contact.channel == "chat" and not contact.written
    answered = contact.answered_at is not None or (live and not waits)
    broken = now > contact.due_at
    planned = contact.next_at is not None and contact.next_at > now
    missed = contact.next_at is not None and not planned
    found = {
        "past_promise": broken and not answered,
        "no_owner": waits and (not live or broken),
        # A live chat has no other clock than its promise: an owner who went away is told of even though it was claimed.
        "owner_away": not waits and not owner_on_duty and ((broken and (live or not answered)) or missed),
        "no_next_step": not waits and not live and answered and not planned and not handover_open,
        "handover_open": handover_open,
    }
    return tuple(code for code in REASONS if found[code])
