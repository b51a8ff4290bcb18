"""Telling a family that there is an answer, by mail or a ready text for a work phone; never what it says."""

from __future__ import annotations

from zoturi import i18n
from zoturi.actions.house import House
from zoturi.actions.letters import Letter
from zoturi.i18n import mark as N_  # noqa: N812 - the name gettext tools know
from zoturi.store import contacts
from zoturi.store.tx import Tx

_SUBJECT = N_("You have an answer")
_TEXT = N_("You have an answer. Read it with your return code: %(address)s")
_SPOKEN = frozenset(known.code for known in i18n.LOCALES)


def letter(tx: Tx, house: House, contact_id: str, number: int) -> Letter | None:
    """The mail to whoever wished to be told by one; None where nobody did, or there is nothing left to read."""
    contact = contacts.get(tx, contact_id)
    request = contact and contact.details.request or {}
    if request.get("contact_by") != "email" or not request.get("email") or not contact.reads_here:
        return None
    language = contact.language if contact.language in _SPOKEN else "en"
    subject = i18n.translations(language).gettext(_SUBJECT)
    return Letter(request["email"], subject, _words(language, house.settings.origins[0]) + "\n")


def ready_texts(origin: str) -> dict[str, str]:
    """What a worker may send from a work phone, by language."""
    return {known.code: _words(known.code, origin) for known in i18n.LOCALES}


def _words(language: str, origin: str) -> str:
    return i18n.fill(i18n.translations(language).gettext(_TEXT), {"address": f"{origin}/{language}/return"})
