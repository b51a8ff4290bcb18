"""A contact: one reach-out of one person, its states and the moves between them."""

from __future__ import annotations

from dataclasses import dataclass, field

from zoturi.domain.refusals import Refusal

CHANNELS = ("chat", "help_button", "phone", "walk_in")
AGE_GROUPS = ("under13", "13-17", "18-24", "25plus")
TOPICS = (
    "mood", "anxiety", "sleep", "loneliness", "bullying", "family", "violence", "school", "body", "substances",
    "online", "sex_and_relationships", "money", "housing", "work", "parenting", "separation", "neuropsychiatric",
    "own_health", "other",
)  # fmt: skip
OUTCOMES = ("advice", "listened", "guided", "handed_over", "left", "no_answer", "test", "prank", "abuse", "other")

OUTSIDERS = ("relative", "professional")

WAITING, CLAIMED, HANDED_OVER, CLOSED = "waiting", "claimed", "handed_over", "closed"

_MOVES = {
    "claim": ({WAITING}, CLAIMED),
    "release": ({CLAIMED}, WAITING),
    "return": ({CLAIMED}, WAITING),
    "transfer": ({CLAIMED}, WAITING),
    "close": ({CLAIMED}, CLOSED),
    "hand_over": ({WAITING, CLAIMED}, HANDED_OVER),
    "leave": ({WAITING}, CLOSED),
    "expire": ({WAITING}, CLOSED),
    "erase": ({WAITING, CLAIMED, HANDED_OVER, CLOSED}, CLOSED),
}


def after(move: str, state: str) -> str:
    """The state a move leads to; refuses ``gone`` where the contact has ended, ``conflict`` where it does not fit."""
    allowed, result = _MOVES[move]
    if state not in allowed:
        raise Refusal("gone" if state in (CLOSED, HANDED_OVER) else "conflict")
    return result


@dataclass(frozen=True, slots=True)
class Details:
    """What could point at a person; sealed at rest, shown only to those who may see the contact.

    ``request`` is what a help request says of itself (``domain/help_requests.py``): for whom, how to reach them safely.
    """

    nickname: str | None = None
    area: str | None = None
    age_group: str | None = None
    topics: tuple[str, ...] = ()
    urgency_reason: str | None = None
    unit: str | None = None
    request: dict | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """All of a contact that says who hears of its entries."""

    id: str
    visitor: int | None
    owner: int | None
    companions: tuple[int, ...]
    own_words_only: bool


def own_words_only(channel: str, details: Details) -> bool:
    """Whether a worker's words must not reach whoever asked: they are no family of the one they worry about.

    A help request that no longer says who asked (erased, or its details do not open) counts as such.
    """
    return channel == "help_button" and (details.request is None or details.request.get("role") in OUTSIDERS)


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact as the rules see it. Times are milliseconds UTC; keys are rows, ids are public.

    ``visitor_state`` is ``here``, ``away`` or ``gone``; ``public_seq`` is the last entry a visitor may see.
    ``offered_to`` alone sees a transfer until ``offered_until``; ``written`` ones wait for an answer, not live.
    ``meant_for`` is the named worker it was routed to; the whole team may take it. ``answered_at``: the first answer
    that reached the person; ``next_at``: when its owner takes the next step. ``opened_by``: the worker who wrote a call
    or walk-in down.
    """

    key: int
    id: str
    version: int
    channel: str
    state: str
    language: str
    team: int
    team_id: str
    visitor: int | None
    owner: int | None
    owner_id: str | None
    owner_name: str | None
    opened_at: int
    due_at: int
    late_at: int | None
    claimed_at: int | None
    closed_at: int | None
    returned: bool
    visitor_left: bool
    flagged: bool
    erased: bool
    visitor_state: str
    rank: str
    last_seq: int
    public_seq: int
    details: Details = field(default_factory=Details)
    companions: tuple[int, ...] = ()
    companion_ids: tuple[str, ...] = ()
    offered_to: int | None = None
    offered_to_id: str | None = None
    offered_by: int | None = None
    offered_by_name: str | None = None
    offered_until: int | None = None
    came_from: int | None = None
    written: bool = False
    rest_until: int | None = None
    meant_for: int | None = None
    meant_for_id: str | None = None
    meant_for_name: str | None = None
    answered_at: int | None = None
    next_at: int | None = None
    opened_by: int | None = None

    @property
    def own_words_only(self) -> bool:
        """Behind the return code stand only the asker's own words and a bare state; see ``own_words_only``."""
        return own_words_only(self.channel, self.details)

    @property
    def reads_here(self) -> bool:
        """Whether the person can read an answer here: in a chat, or behind the return code of a help request."""
        return self.channel in ("chat", "help_button") and not self.own_words_only

    @property
    def live(self) -> bool:
        """A running conversation, which counts against a worker's capacity."""
        return self.channel == "chat" and self.state == CLAIMED and not self.written
