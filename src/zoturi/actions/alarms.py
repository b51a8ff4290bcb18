"""Alarms: somebody waits and nobody watches, or a flagged contact is not taken. A mail without any content."""

from __future__ import annotations

from zoturi import i18n
from zoturi.actions import entry
from zoturi.i18n import mark as N_  # noqa: N812 - the name gettext tools know
from zoturi.store import alarms, people
from zoturi.store.tx import Tx

FLAGGED_AFTER_MS = 60_000
AGAIN_AFTER_MS = 15 * 60_000
FLAGGED_AGAIN_AFTER_MS = 5 * 60_000
LANGUAGES = ("fi", "sv", "en")

_SUBJECT = N_("Somebody is waiting")
_TEXT = N_("Somebody is waiting in the queue and nobody has answered yet. Open the desk: %(address)s")


def ring(tx: Tx) -> list[str]:
    """Addresses to alarm now; each team at most every quarter of an hour, every five minutes while one is flagged."""
    found: list[str] = []
    for row in alarms.unseen(tx, tx.now - FLAGGED_AFTER_MS):
        if not row["flagged"] and entry.ended(tx, row["team"]):
            continue  # they were told that nobody comes any more today
        name = f"alarm:{row['team']}"
        rung = people.setting(tx, name)
        pause = FLAGGED_AGAIN_AFTER_MS if row["flagged"] else AGAIN_AFTER_MS
        if rung is not None and 0 <= tx.now - int(rung) < pause:
            continue
        people.set_setting(tx, name, str(tx.now))
        found += alarms.addresses(tx, row["team"])
    return found


def words(address: str) -> tuple[str, str]:
    """Subject and text in all languages of the staff, one after another."""
    translators = [i18n.translations(code) for code in LANGUAGES]
    subject = " / ".join(each.gettext(_SUBJECT) for each in translators)
    return subject, "\n\n".join(i18n.fill(each.gettext(_TEXT), {"address": address}) for each in translators) + "\n"
