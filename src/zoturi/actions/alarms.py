"""Alarms: somebody waits and nobody watches, a flagged contact is not taken, or a promised answer has not come.
A mail without any content.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from zoturi import i18n
from zoturi.actions import entry
from zoturi.domain import promises
from zoturi.i18n import mark as N_  # noqa: N812 - the name gettext tools know
from zoturi.site_hours import public_holidays
from zoturi.store import alarms, people
from zoturi.store.tx import Tx

FLAGGED_AFTER_MS = 60_000
AGAIN_AFTER_MS = 15 * 60_000
FLAGGED_AGAIN_AFTER_MS = 5 * 60_000
LANGUAGES = ("fi", "sv", "en")

_WORDS = {
    "unseen": (
        N_("Somebody is waiting"),
        N_("Somebody is waiting in the queue and nobody has answered yet. Open the desk: %(address)s"),
    ),
    "overdue": (
        N_("An answer is overdue"),
        N_("We promised somebody an answer, and the time has passed. Open the desk: %(address)s"),
    ),
}


def ring(tx: Tx) -> list[str]:
    """Addresses to alarm now; each team at most every quarter of an hour, every five minutes while one is flagged."""
    found: list[str] = []
    for row in alarms.unseen(tx, tx.now - FLAGGED_AFTER_MS):
        if not row["flagged"] and entry.ended(tx, row["team"]):
            continue  # they were told that nobody comes any more today
        if _rings_now(tx, f"alarm:{row['team']}", FLAGGED_AGAIN_AFTER_MS if row["flagged"] else AGAIN_AFTER_MS):
            found += alarms.addresses(tx, row["team"])
    return found


def ring_overdue(tx: Tx, zone: ZoneInfo) -> list[str]:
    """Addresses to tell now that a promised answer has not come: the owner's, else the team's.

    A contact rings when its promise passes, then at most once a working day; a team every quarter of an hour.
    """
    today = promises.local_day(tx.now, zone)
    again = promises.is_working_day(today, public_holidays().keys())
    rung_before = promises.end_of_day(today - timedelta(days=1), zone) + 1 if again else 0
    found: list[str] = []
    for team, group in groupby(alarms.overdue(tx, rung_before), key=lambda row: row["team"]):
        if _rings_now(tx, f"overdue:{team}", AGAIN_AFTER_MS):
            rows = list(group)
            alarms.rung_for(tx, [row["key"] for row in rows])
            found += [row["owner_email"] for row in rows if row["owner_email"] is not None]
            if any(row["owner_email"] is None for row in rows):
                found += alarms.addresses(tx, team)
    return list(dict.fromkeys(found))


def _rings_now(tx: Tx, name: str, pause_ms: int) -> bool:
    """Whether this alarm was quiet for so long; if so, it rings now."""
    rung = people.setting(tx, name)
    if rung is not None and 0 <= tx.now - int(rung) < pause_ms:
        return False
    people.set_setting(tx, name, str(tx.now))
    return True


def words(alarm: str, address: str) -> tuple[str, str]:
    """Subject and text of an alarm (``unseen``, ``overdue``) in all languages of the staff, one after another."""
    subject, text = _WORDS[alarm]
    translators = [i18n.translations(code) for code in LANGUAGES]
    texts = [i18n.fill(each.gettext(text), {"address": address}) for each in translators]
    return " / ".join(each.gettext(subject) for each in translators), "\n\n".join(texts) + "\n"
