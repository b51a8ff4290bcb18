"""What the pages of the help button say: choices, mistakes and promises in words. Pure; nothing is read or stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from zoturi.actions.help_button import Receipt
from zoturi.domain.help_requests import BY_VOICE_OR_TEXT, OUTSIDERS, Known, reference
from zoturi.i18n import KNOWN
from zoturi.i18n import mark as N_  # noqa: N812 - the name gettext tools know
from zoturi.site import Site
from zoturi.web import reaching
from zoturi.web.safety import PANELS
from zoturi.wire import HelpRequest

CHOICES: Mapping[str, Mapping[str, str]] = {
    "danger_now": {"no": N_("No, not right now"), "yes": N_("Yes")},
    "for_whom": {
        "my_child": N_("My child"),
        "my_family": N_("My family"),
        "myself": N_("Me"),
        "someone_else": N_("Somebody else"),
    },
    "role": {
        "parent": N_("A parent"),
        "guardian": N_("Another guardian"),
        "young_person": N_("A young person"),
        "relative": N_("A relative or a friend"),
        "professional": N_("A professional, for example a teacher"),
        "other": N_("Somebody else"),
    },
    "child_ages": {
        "0-2": N_("0–2 years"),
        "3-6": N_("3–6 years"),
        "7-12": N_("7–12 years"),
        "13-17": N_("13–17 years"),
        "18-24": N_("18–24 years"),
    },
    "contact_by": {
        "phone": N_("Ring me"),
        "sms": N_("Send me a text message"),
        "email": N_("Send me an e-mail"),
        "reply_here": N_("Answer me here"),
    },
    "best_time": {"morning": N_("In the morning"), "daytime": N_("In the daytime"), "evening": N_("In the evening")},
    "voicemail_ok": {"yes": N_("Yes, you may"), "no": N_("No")},
    "interpreter": {"no": N_("No, I manage without"), "yes": N_("Yes, please")},
    "family_knows": {"yes": N_("Yes, they know"), "no": N_("Not yet")},
    "call_first": {"me": N_("Me first"), "family": N_("The family first")},
}
HINTS = {
    "email": N_("It only tells you that an answer is waiting."),
    "reply_here": N_("You need no name. You read the answer with a code."),
}
QUESTIONS = {
    "danger_now": N_("Is somebody in danger right now?"),
    "for_whom": N_("Who is this about?"),
    "role": N_("Who are you?"),
    "child_ages": N_("How old is the child or young person?"),
    "area": N_("In which municipality?"),
    "unit": N_("A school, daycare or clinic"),
    "topics": N_("What is it about?"),
    "text": N_("Tell it in your own words"),
    "family_knows": N_("Does the family know that you ask?"),
    "call_first": N_("Whom shall we ring first?"),
    "language": N_("In which language?"),
    "interpreter": N_("Do you need an interpreter?"),
    "contact_by": N_("How may we reach you?"),
    "phone": N_("Your phone number"),
    "email": N_("Your e-mail address"),
    "name": N_("What may we call you?"),
    "best_time": N_("When may we reach you?"),
    "voicemail_ok": N_("May we leave a voicemail?"),
    "who_may_know": N_("Who may know that we get in touch?"),
}
_MISTAKES = {
    "missing": N_("Choose one of these."),
    "unknown": N_("Choose one of these."),
    "too_many": N_("These are too many. Choose again."),
    "signs": N_("There are characters in this that cannot be shown. Write it with letters and digits."),
    "identity_code": N_("This looks like a personal identity code. We never need it: please take it out."),
}
_OF_ONE_FIELD = {
    ("for_whom", "missing"): N_("Choose who this is about."),
    ("role", "missing"): N_("Choose who you are."),
    ("area", "missing"): N_("Choose a municipality. You may also choose “Somewhere else”."),
    ("contact_by", "missing"): N_("Choose how we may reach you."),
    ("language", "missing"): N_("Choose the language in which we talk."),
    ("family_knows", "missing"): N_("Tell whether the family knows that you ask."),
    ("call_first", "missing"): N_("Tell whom we shall ring first."),
    ("voicemail_ok", "missing"): N_("Choose one, so that the wrong person does not hear the message."),
    ("phone", "missing"): N_("Write the number we may ring. Write it like this: 040 000 0000"),
    ("phone", "too_short"): N_("The end of the number is missing. Write it like this: 040 000 0000"),
    ("phone", "too_long"): N_("There are too many digits. Write the number like this: 040 000 0000"),
    ("phone", "no_number"): N_("This does not look like a phone number. Write it like this: 040 000 0000, or with the "
                               "country: +358 40 000 0000"),
    ("email", "missing"): N_("Write your e-mail address. Write it like this: name@place.fi"),
    ("email", "no_address"): N_("Something in the address did not fit. Write it like this: name@place.fi"),
    ("text", "nothing"): N_("Write a few words or choose a topic, so that we can answer you here."),
    ("text", "too_long"): N_("This is too long. Leave out the part that can wait: at most 4,000 signs fit here."),
    ("who_may_know", "too_long"): N_("This is too long. At most 300 signs fit here."),
    ("name", "too_long"): N_("This is too long. At most 80 signs fit here."),
}  # fmt: skip


def mistake(field: str, fault: str) -> str:
    """What to mend and how, to be put into the reader's language."""
    if field in ("phone", "email") and (field, fault) not in _OF_ONE_FIELD:
        fault = "no_number" if field == "phone" else "no_address"
    return _OF_ONE_FIELD.get((field, fault)) or _MISTAKES[fault]


def known(site: Site) -> Known:
    """What the site lets people choose from. The languages of its teams come first."""
    spoken = dict.fromkeys(code for team in site.teams for code in team.languages)
    others = dict.fromkeys(code for code in KNOWN if code != "fi_SIMPLE")
    return Known(
        areas=tuple(area.id for area in site.areas), units={unit.id: unit.area for unit in site.units},
        languages=tuple(spoken | others),
    )  # fmt: skip


def unreachable(answers: Mapping[str, str | tuple[str, ...]]) -> tuple[dict[str, str], dict[str, str]]:
    """The number and the address as they are stored, and what is wrong with them."""
    found, wrong = {}, {}
    for name, read in (("phone", reaching.phone), ("email", reaching.email)):
        if name in answers:
            value, fault = read(answers[name])
            (wrong if value is None else found)[name] = fault if value is None else value
    return found, wrong


_TRUTHS = {"yes": True, "no": False}
_IN_YES_OR_NO = ("voicemail_ok", "interpreter", "danger_now", "family_knows")


def as_request(client_id: str, answers: Mapping[str, str | tuple[str, ...]], reached: Mapping[str, str]) -> dict:
    """Tidied answers with their number and address as the fields of :class:`HelpRequest`."""
    fields: dict[str, object] = {"client_id": client_id}
    for name, given in (answers | reached).items():
        if name in HelpRequest.model_fields:
            fields[name] = list(given) if isinstance(given, tuple) else given
    return fields | {name: _TRUTHS[fields[name]] for name in _IN_YES_OR_NO if name in fields}


def on_paper(site: Site, receipt: Receipt, zone: ZoneInfo) -> dict[str, object]:
    """What a receipt tells, by the names its template knows."""
    contact, said = receipt.contact, receipt.contact.details.request or {}
    return {
        "reference": reference(contact.id), "code": receipt.code, "arrived": contact.opened_at, "due": contact.due_at,
        "due_year": local_day(contact.due_at, zone).year, "by": said.get("contact_by"),
        "rings": said.get("contact_by") in BY_VOICE_OR_TEXT, "times": said.get("best_time") or [],
        "voicemail": said.get("voicemail_ok"), "outsider": said.get("role") in OUTSIDERS,
        "professional": said.get("role") == "professional",
        "dangers": tuple(code for code in (contact.details.urgency_reason,) if code in PANELS),
        "team": site.team(contact.team_id), "spoken": contact.language, "asked_role": said.get("role"),
        "call_first": said.get("call_first"),
    }  # fmt: skip


def local_day(at: int, zone: ZoneInfo) -> date:
    """The date on the wall at a moment."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(zone).date()
