"""The codes of the contract in words, once for templates and browsers alike."""

from __future__ import annotations

from zoturi.domain.help_requests import CHILD_AGES
from zoturi.i18n import KNOWN, LOCALES, Translator, language_name
from zoturi.i18n import mark as N_  # noqa: N812 - the name gettext tools know
from zoturi.site import Site

TOPICS = {
    "mood": N_("Mood"),
    "anxiety": N_("Anxiety"),
    "sleep": N_("Sleep"),
    "loneliness": N_("Loneliness"),
    "bullying": N_("Bullying"),
    "family": N_("Home and family"),
    "violence": N_("Violence"),
    "school": N_("School"),
    "body": N_("My body"),
    "substances": N_("Alcohol or drugs"),
    "online": N_("Life online"),
    "sex_and_relationships": N_("Dating and sex"),
    "money": N_("Money"),
    "housing": N_("A place to live"),
    "work": N_("Work"),
    "parenting": N_("Being a parent"),
    "separation": N_("Break-up or divorce"),
    "neuropsychiatric": N_("Neuropsychiatric questions"),
    "own_health": N_("My own health"),
    "other": N_("Something else"),
}
AGE_GROUPS = {
    "under13": N_("Under 13"),
    "13-17": N_("13–17"),
    "18-24": N_("18–24"),
    "25plus": N_("25 or over"),
}
CHANNELS = {
    "chat": N_("Chat"),
    "help_button": N_("Help request"),
    "phone": N_("Phone call"),
    "walk_in": N_("Walk-in"),
}
OUTCOMES = {
    "advice": N_("Advice given"),
    "listened": N_("Listened and talked"),
    "guided": N_("Shown the way to a service"),
    "handed_over": N_("Handed over to a service"),
    "left": N_("The person left"),
    "no_answer": N_("No answer"),
    "test": N_("Testing the chat"),
    "prank": N_("Prank"),
    "abuse": N_("Abuse"),
    "other": N_("Other"),
}
REASONS = {
    "missing_children": N_("Missing or run away"),
    "violence": N_("Violence or abuse"),
    "mental_health": N_("Mental health"),
    "physical_health": N_("Physical health"),
    "access_to_services": N_("Getting services, money or a home"),
    "discrimination": N_("Discrimination or exclusion"),
    "family_relationships": N_("Family relationships"),
    "peer_relationships": N_("Friends and peers"),
    "education_and_occupation": N_("School, studies or work"),
    "sexuality": N_("Sexuality and dating"),
    "non_counselling": N_("No counselling: silent, test, thanks or a question about the service"),
}
URGENCY_REASONS = {
    "says_danger_now": N_("Says that somebody is in danger right now"),
    "says_not_safe": N_("Says they are not safe now"),
    "says_overdose_or_unconscious": N_("Says that somebody took too much or does not wake up"),
    "says_may_hurt_self_now": N_("Says they may hurt themselves now"),
    "says_hurt_or_threatened": N_("Says that somebody hurts or threatens"),
    "says_child_hurt_or_threatened": N_("Says that somebody hurts or threatens their child"),
    "says_not_safe_at_home": N_("Says it is not safe at home"),
    "says_hurt_self": N_("Says they have hurt themselves"),
    "says_thinks_of_hurting_self": N_("Says they think of hurting themselves or do not want to live"),
    "says_child_run_away": N_("Says their child has run away"),
    "says_run_away": N_("Says they have run away"),
    "says_child_alone": N_("Says a child is alone without an adult"),
    "says_alone": N_("Says they are alone without an adult"),
}
ROLES = {
    "worker": N_("Worker"),
    "supervisor": N_("Supervisor"),
    "admin": N_("Administrator"),
}
VISITOR_STATES = {
    "here": N_("here"),
    "away": N_("away for a moment"),
    "gone": N_("gone"),
}
CALL_RESULTS = {
    "reached": N_("Reached"),
    "no_answer": N_("No answer"),
    "voicemail": N_("Left a voicemail"),
    "busy": N_("Busy"),
    "wrong_number": N_("Wrong number"),
}
AFTER_CALLS = {  # domain/attempts.py
    "first_call": N_("Nobody has rung yet."),
    "talked": N_("You have talked. Say when the next step is, or close this."),
    "other_time": N_("Try again at another time of the day."),
    "wrong_number": N_("The number is wrong: do not ring it again. Write an answer behind the return code."),
    "write": N_("Three calls did not reach them. Write an answer here; they read it with their return code."),
    "write_and_text": N_("Three calls did not reach them. Write an answer here and send the text below."),
    "write_or_text": N_(
        "Three calls did not reach them. Write an answer here. Send a text only if it is safe that others see it."
    ),
    "write_and_mail": N_("Three calls did not reach them. Write an answer here; a mail without content tells them."),
    "last_try": N_("They can read nothing here. Try another way once more, then close this with “No answer”."),
}
WHY_IN_SIGHT = {  # domain/watching.py
    "past_promise": N_("the promise has passed, and nobody has answered"),
    "no_owner": N_("nobody has taken it"),
    "owner_away": N_("its worker is off duty, and a time has passed"),
    "no_next_step": N_("answered, but nothing is planned"),
    "handover_open": N_("the service has not said yes to the handover"),
}
# What a help request says of itself, as staff read it.
ASKED_FOR = {
    "my_child": N_("their child"),
    "my_family": N_("their family"),
    "myself": N_("themselves"),
    "someone_else": N_("somebody else"),
}
ASKERS = {
    "parent": N_("Parent"),
    "guardian": N_("Guardian"),
    "young_person": N_("Young person"),
    "relative": N_("Relative or friend"),
    "professional": N_("Professional"),
    "other": N_("Somebody else"),
}
WISHED_ANSWERS = {
    "phone": N_("by a call"),
    "sms": N_("by a text message"),
    "email": N_("in writing here, told by e-mail"),
    "reply_here": N_("in writing here"),
}
TIMES_TO_RING = {
    "morning": N_("in the morning"),
    "daytime": N_("in the daytime"),
    "evening": N_("in the evening"),
}
RING_FIRST = {
    "me": N_("whoever asked"),
    "family": N_("the family"),
}
ERRORS = {
    "unauthorised": N_("Your session has ended. Start again."),
    "forbidden": N_("This is not open to you right now."),
    "not_found": N_("We could not find this. It may have ended."),
    "bad_field": N_("Something in this did not fit. Check it and try again."),
    "bad_text": N_("This text cannot be sent. It may be empty, too long, or hold characters that cannot be shown."),
    "unknown_command": N_("This page is out of date. Load it again."),
    "conflict": N_("This was already sent, or you already have an open chat."),
    "already_claimed": N_("Somebody took this first."),
    "at_capacity": N_("You have as many chats as you said you can take."),
    "gone": N_("This has already ended."),
    "nothing_waiting": N_("Nobody is waiting."),
    "too_fast": N_("That was very fast. Wait a moment and try again."),
    "busy": N_("There is a rush right now. Try again in a moment."),
    "closed_now": N_("The chat is closed right now."),
    "storage_unavailable": N_("We could not save this. Your text is still here; try again in a moment."),
    "internal": N_("Something broke on our side. Try again in a moment."),
}


class Labels:
    """All codes in one language; each attribute is a ``{code: words}`` in display order."""

    def __init__(self, code: str, words: Translator, site: Site) -> None:
        def say(codes: dict[str, str]) -> dict[str, str]:
            return {key: words.gettext(text) for key, text in codes.items()}

        self.topics = say(TOPICS)
        self.age_groups = say(AGE_GROUPS)
        self.channels = say(CHANNELS)
        self.outcomes = say(OUTCOMES)
        self.reasons = say(REASONS)
        self.urgency_reasons = say(URGENCY_REASONS)
        self.roles = say(ROLES)
        self.visitor_states = say(VISITOR_STATES)
        self.call_results = say(CALL_RESULTS)
        self.after_calls = say(AFTER_CALLS)
        self.why_in_sight = say(WHY_IN_SIGHT)
        self.asked_for = say(ASKED_FOR)
        self.askers = say(ASKERS)
        self.child_ages = {ages: ages.replace("-", "–") for ages in CHILD_AGES}
        self.wished_answers = say(WISHED_ANSWERS)
        self.times_to_ring = say(TIMES_TO_RING)
        self.ring_first = say(RING_FIRST)
        self.errors = say(ERRORS)
        self.areas = {area.id: site.text(area.name, code) for area in site.areas}
        self.units = {unit.id: site.text(unit.name, code) for unit in site.units}
        # Who asks for help may wish a language that nobody here speaks; plain Finnish is one only where it is written.
        spoken = dict.fromkeys([known.code for known in LOCALES] + [c for team in site.teams for c in team.languages])
        spoken |= dict.fromkeys(each for each in KNOWN if each != "fi_SIMPLE")
        self.languages = {of: language_name(code, of) for of in spoken}
