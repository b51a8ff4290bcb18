"""What may be said in a conversation, and how long a sign of life lasts."""

from __future__ import annotations

from zoturi.domain.refusals import Refusal

TEXT_MAX = 4000
NICKNAME_MAX = 40
AWAY_AFTER_MS = 60_000
GONE_AFTER_MS = 10 * 60_000
FORMS_TIMES_LONGER = 5
CLOSED_AS_LEFT_AFTER_MS = 24 * 3_600_000
ORPHANED_AFTER_MS = 3 * 60_000
READABLE_AFTER_CLOSING_MS = 24 * 3_600_000
OFFERED_MS = 2 * 60_000
"""How long a transfer waits for its receiver before it returns to the head of the queue it came from."""
MOST_COMPANIONS = 3
REST_AFTER_ABUSE_MS = 30 * 60_000
"""How long a session opens nothing new after a chat that was ended for abuse."""

HIDDEN_FROM_VISITOR = frozenset({"note", "call"})
HANDOVER_FOR_VISITOR = ("handover_id", "state", "service", "contact_by")
"""What a visitor may know of a handover's way; why a service said no is for staff."""
BARE_FOR_VISITOR = frozenset({"released", "transferred", "closed", "claimed", "returned", "joined", "parted"})


def check_text(text: str, *, longest: int = TEXT_MAX, field: str = "text") -> str:
    """The text without surrounding white space; refuses ``bad_text`` when empty, too long, or not plain text.

    Control characters (save line feed and tab) and lone surrogates cannot be shown safely everywhere.
    """
    cleaned = text.replace("\r\n", "\n").strip()
    if not cleaned or len(cleaned) > longest:
        raise Refusal("bad_text", field=field)
    if not cleaned.isprintable():
        for letter in cleaned:
            code = ord(letter)
            if (code < 32 and letter not in "\n\t") or code == 127 or 0x80 <= code < 0xA0 or 0xD800 <= code < 0xE000:
                raise Refusal("bad_text", field=field)
    return cleaned


def visitor_state(now: int, last_sign_at: int, by_forms: bool = False) -> str:
    """``here``, ``away`` after a minute without a sign of life, ``gone`` after ten.

    Somebody without a socket gives a sign only when they load a page, so their clocks run five times as long.
    """
    silent = (now - last_sign_at) // (FORMS_TIMES_LONGER if by_forms else 1)
    if silent < AWAY_AFTER_MS:
        return "here"
    return "away" if silent < GONE_AFTER_MS else "gone"
