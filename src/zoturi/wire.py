"""The contract, typed: the commands of both namespaces with their fields, the events and the error codes.

Models are strict and refuse extra fields, so nobody smuggles in a ``role``, an ``owner`` or a ``seq``.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from zoturi.domain.handovers import MOST_MESSAGES
from zoturi.domain.help_requests import CHILD_AGES, FOR_WHOM, ROLES
from zoturi.domain.refusals import Refusal

UUID_PATTERN = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
MOST_ENTRIES = 200
FRAME_BYTES = 16 * 1024
ESCAPED_FRAME_BYTES = 3 * FRAME_BYTES
"""The same frame where a client writes every letter beyond ASCII as an escape, as many libraries do."""

ERROR_CODES = (
    "unauthorised", "forbidden", "not_found", "bad_field", "bad_text", "unknown_command", "conflict",
    "already_claimed", "at_capacity", "gone", "nothing_waiting", "too_fast", "busy", "closed_now",
    "storage_unavailable", "internal",
)  # fmt: skip
EVENTS = (
    "entry", "contact_changed", "contact_gone", "place", "typing", "seen", "handover_changed", "presence_changed",
    "restarting", "session_ended",
)  # fmt: skip

Id = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]+$", max_length=64)]
ClientId = Annotated[str, StringConstraints(pattern=UUID_PATTERN, max_length=36)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z_]{2,10}$")]
AgeGroup = Literal["under13", "13-17", "18-24", "25plus"]
Topic = Literal[
    "mood", "anxiety", "sleep", "loneliness", "bullying", "family", "violence", "school", "body", "substances",
    "online", "sex_and_relationships", "money", "housing", "work", "parenting", "separation", "neuropsychiatric",
    "own_health", "other",
]  # fmt: skip
Reason = (
    Topic
    | Literal[
        "missing_children", "violence", "mental_health", "physical_health", "access_to_services", "discrimination",
        "family_relationships", "peer_relationships", "education_and_occupation", "sexuality", "non_counselling",
    ]
)  # fmt: skip
Outcome = Literal["advice", "listened", "guided", "handed_over", "left", "no_answer", "test", "prank", "abuse", "other"]
HandoverItem = Literal["summary", "messages", "test_answers", "help_request", "callback"]
Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$", max_length=10)]
Notice = Literal[
    "notified", "joint_contact", "police", "told_young_person", "could_not_tell", "consulted_without_naming",
]  # fmt: skip
Seq = Annotated[int, Field(ge=0, le=2**31 - 1)]
Moment = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d", max_length=40)]
LONGEST_CARRY = 8192
Carry = Annotated[str, Field(max_length=LONGEST_CARRY)]


class Command(BaseModel):
    """What a client may send; one object, nothing else."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


C = TypeVar("C", bound="Command")


class Nothing(Command):
    """A command without fields."""


class OfContact(Command):
    contact_id: Id


class OpenContact(Command):
    client_id: ClientId
    language: Language
    nickname: Annotated[str, Field(max_length=200)] | None = None
    age_group: AgeGroup | None = None
    area: Annotated[str, Field(max_length=64)] | None = None
    topics: Annotated[list[Topic], Field(max_length=20)] | None = None
    text: str | None = None
    carry: Carry | None = None


class SendMessage(OfContact):
    client_id: ClientId
    text: str


class ReadEntries(OfContact):
    after: Seq
    limit: Annotated[int, Field(ge=1, le=MOST_ENTRIES)] | None = None


class ReadEntriesAsStaff(ReadEntries):
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=500)] | None = None


class SetTyping(OfContact):
    typing: bool


class MarkSeen(OfContact):
    seq: Seq


class GiveFeedback(OfContact):
    helped: Annotated[int, Field(ge=1, le=5)]
    text: str | None = None


class SetDuty(Command):
    on: bool
    capacity: Annotated[int, Field(ge=1, le=9)] | None = None
    languages: Annotated[list[Language], Field(min_length=1, max_length=20)] | None = None
    paused: bool | None = None


class CloseContact(OfContact):
    outcome: Outcome
    reasons: Annotated[list[Reason], Field(max_length=40)] | None = None
    handled_here: bool | None = None
    own_words: str | None = None


class TransferContact(OfContact):
    team: Id | None = None
    worker: Id | None = None
    note: str | None = None


class LogCall(OfContact):
    client_id: ClientId
    result: Literal["reached", "no_answer", "voicemail", "busy", "wrong_number"]
    text: str | None = None
    next_at: Moment | None = None


class LogContact(Command):
    client_id: ClientId
    channel: Literal["phone", "walk_in"]
    language: Language
    area: Annotated[str, Field(max_length=64)] | None = None
    age_group: AgeGroup | None = None
    topics: Annotated[list[Topic], Field(max_length=20)] | None = None
    text: str


class SetNextStep(OfContact):
    next_at: Moment | None


class HelpRequest(Command):
    """The complete help button form as it is stored: checked and tidied by ``domain/help_requests``, no command of a
    socket. ``phone`` is in E.164. "Call me, I speak …" asks neither for whom nor who asks.
    """

    client_id: ClientId
    for_whom: Literal[FOR_WHOM] | None = None
    role: Literal[ROLES] | None = None
    child_ages: Annotated[list[Literal[CHILD_AGES]], Field(max_length=len(CHILD_AGES))] = []
    area: Annotated[str, Field(max_length=64)] | None = None
    unit: Annotated[str, Field(max_length=64)] | None = None
    topics: Annotated[list[Topic], Field(max_length=20)] = []
    text: str | None = None
    contact_by: Literal["phone", "sms", "email", "reply_here"]
    phone: Annotated[str, StringConstraints(pattern=r"^\+[0-9]{5,15}$")] | None = None
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)] | None = None
    best_time: Annotated[list[Literal["morning", "daytime", "evening"]], Field(max_length=3)] = []
    voicemail_ok: bool | None = None
    who_may_know: Annotated[str, Field(max_length=300)] | None = None
    language: Language
    interpreter: bool | None = None
    name: Annotated[str, Field(max_length=80)] | None = None
    danger_now: bool | None = None
    family_knows: bool | None = None
    call_first: Literal["me", "family"] | None = None
    carry: Carry | None = None

    @model_validator(mode="after")
    def _reachable(self) -> HelpRequest:
        needed = {"phone": self.phone, "sms": self.phone, "email": self.email}
        if self.contact_by in needed and needed[self.contact_by] is None:
            raise ValueError("nobody can be reached without a number or an address")
        return self


class OfHandover(Command):
    handover_id: Id


class OfferHandover(OfContact):
    service_id: Id
    summary: str
    include: Annotated[list[HandoverItem], Field(min_length=1, max_length=10)]
    entry_seqs: Annotated[list[Seq], Field(max_length=MOST_MESSAGES)] | None = None
    written_in: Language | None = None


class AnswerHandover(OfHandover):
    agree: bool
    include: Annotated[list[HandoverItem], Field(max_length=10)] | None = None
    read_in: Language | None = None


class RecordConsent(OfHandover):
    how: Literal["phone", "in_person", "form"]
    read_in: Language


class AcceptHandover(OfHandover):
    contact_by: Day | None = None


class DeclineHandover(OfHandover):
    reason: str


class LogNotice(OfContact):
    client_id: ClientId
    codes: Annotated[list[Notice], Field(min_length=1, max_length=10)]


class OfCompanion(OfContact):
    worker: Id


class OfClientId(Command):
    client_id: ClientId


class SavePhrase(Command):
    phrase_id: ClientId
    texts: Annotated[dict[Language, str], Field(min_length=1, max_length=20)]


class OfPhrase(Command):
    phrase_id: ClientId


class FindServices(Command):
    area: Annotated[str, Field(max_length=64)] | None = None
    language: Language | None = None
    age_group: AgeGroup | None = None
    topics: Annotated[list[Topic], Field(max_length=20)] | None = None
    query: Annotated[str, Field(max_length=200)] | None = None
    limit: Annotated[int, Field(ge=1, le=50)] | None = None
    reader: Language | None = None


class SendServiceCard(OfContact):
    client_id: ClientId
    service_id: Id


def parse(model: type[C], data: object) -> C:
    """The typed command; refuses ``bad_field`` and names the first field that is wrong."""
    try:
        return model.model_validate(data)
    except ValidationError as problem:
        location = problem.errors(include_url=False, include_context=False, include_input=False)[0]["loc"]
        # A key that is no name is nobody's field, and might not even be text that can be sent.
        facts = {"field": location[0]} if location and str(location[0]).isidentifier() else {}
        raise Refusal("bad_field", **facts) from None
