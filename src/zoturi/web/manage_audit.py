"""The audit: who did what and when, by codes and ids; and whether the chain over it holds."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from urllib.parse import urlencode

import orjson
from aiohttp import web

from zoturi import i18n
from zoturi.actions import audits, staff
from zoturi.i18n import mark as N_  # noqa: N812 - the name gettext tools know
from zoturi.web.forms import number
from zoturi.web.keys import HOUSE, WORKER
from zoturi.web.render import language_of, render

DEEDS = {
    "signed_in": N_("Signed in"),
    "signed_out": N_("Signed out"),
    "sign_in_refused": N_("Sign-in refused"),
    "proved": N_("Proved who they are"),
    "password_set": N_("Set a password"),
    "password_changed": N_("Changed their password"),
    "password_refused": N_("Could not change their password"),
    "recovery_code_used": N_("Used a recovery code"),
    "recovery_codes_renewed": N_("Made new recovery codes"),
    "session_ended": N_("Ended a session"),
    "sessions_ended": N_("Ended their other sessions"),
    "sessions_revoked": N_("Ended somebody’s sessions"),
    "worker_added": N_("Added a worker"),
    "worker_changed": N_("Changed a worker"),
    "absence_set": N_("Wrote down an absence"),
    "link_made": N_("Made a one-time link"),
    "account_reset": N_("Reset an account"),
    "on_duty": N_("Went on duty"),
    "off_duty": N_("Went off duty"),
    "shift_ended": N_("Ended the shift"),
    "closed_early": N_("Closed early"),
    "opened_again": N_("Opened again"),
    "claimed": N_("Took a contact"),
    "contact_logged": N_("Wrote down a call or a walk-in"),
    "released": N_("Gave a contact back"),
    "transferred": N_("Handed a contact on"),
    "closed": N_("Closed a contact"),
    "printed": N_("Printed a contact"),
    "printed_with_reason": N_("Printed a colleague’s contact"),
    "read_with_reason": N_("Read a colleague’s contact"),
    "released_for": N_("Took a contact off a colleague"),
    "reassigned": N_("Gave a contact to a colleague"),
    "companion_invited": N_("Invited a companion"),
    "companion_parted": N_("Parted from a companion"),
    "erased_by_visitor": N_("Erased by the visitor"),
    "notice_logged": N_("Wrote down what the duty to notify asked for"),
    "handover_offered": N_("Offered a handover"),
    "handover_consented": N_("A handover was agreed to"),
    "handover_withdrawn": N_("A handover was taken back"),
    "handover_opened": N_("A handover was opened"),
    "handover_accepted": N_("A handover was accepted"),
    "handover_declined": N_("A handover was declined"),
    "handover_pin_wrong": N_("A wrong PIN for a handover"),
    "handover_link_renewed": N_("A new link was sent for a handover"),
    "service_changed": N_("Changed a service"),
    "service_pin_set": N_("Set the PIN of a service"),
    "services_imported": N_("Services came in from a file"),
    "return_code_made": N_("Made a return code"),
    "site_changed": N_("Changed the site"),
    "hours_changed": N_("Changed the opening hours"),
    "lines_confirmed": N_("Confirmed crisis lines"),
    "week_keys_destroyed": N_("Destroyed old keys"),
    "audit_mark_made_anew": N_("Made the mark of the audit anew"),
}  # fmt: skip
PROBLEMS = {
    "anchor_changed": N_("What the last purge left behind was changed."),
    "line_added": N_("There is a line that was never sealed there."),
    "line_missing": N_("A line is missing."),
    "line_changed": N_("A line was changed, or lines stand in another order."),
    "seal_missing": N_("A seal is missing."),
    "cut": N_("The newest lines are gone."),
    "mark_changed": N_("The mark in the key folder was changed."),
    "mark_missing": N_("The mark in the key folder is missing. Right after a restore it is made anew within minutes."),
    "not_sealed": N_("The newest lines wait too long for their seal."),
}
_FILTERS = ("deed", "by", "about", "since", "until")


async def page(request: web.Request) -> web.Response:
    """Lines, newest first, with filters in the address; and what verifying the whole chain says."""
    house, query = request.app[HOUSE], request.query
    given = {name: query.get(name, "").strip()[:64] for name in _FILTERS}
    before = query.get("before", "")
    rows, more, known = await house.db.read(
        _page, {
            "before": number(before) or None, "deed": given["deed"] or None,
            "worker_id": given["by"] or None, "about": given["about"] or None,
            "since": _day(given["since"], house.zone), "until": _day(given["until"], house.zone, days=1),
        },
    )  # fmt: skip
    verdict = await house.db.read(audits.verify)
    say = i18n.translations(language_of(request)).gettext
    older = urlencode({**{k: v for k, v in given.items() if v}, "before": rows[-1]["key"]}) if more else None
    return render(
        request, "manage/audit.html", worker=request[WORKER], here_is="audit", given=given, older=older,
        rows=[(row, say(DEEDS.get(row["deed"], row["deed"])), _facts(row["facts"])) for row in rows],
        deeds={code: say(DEEDS.get(code, code)) for code in known},
        people=await house.db.read(staff.everybody), verdict=verdict,
        problem=say(PROBLEMS[verdict.problem]) if verdict.problem else None,
    )  # fmt: skip


def _page(tx, chosen: dict):
    return audits.page(tx, **chosen)


def _facts(facts: str | None) -> list[tuple[str, str]]:
    """The facts of a line as names and plain values."""
    found = orjson.loads(facts) if facts else {}
    return [(name, " ".join(map(str, each)) if isinstance(each, list) else str(each)) for name, each in found.items()]


def _day(text: str, zone, days: int = 0) -> int | None:
    """The first moment of a day that was written, in milliseconds; None where none was."""
    try:
        day = date.fromisoformat(text) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)
