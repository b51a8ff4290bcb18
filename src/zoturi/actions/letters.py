"""What handovers write to services: a link and nothing else. No name, no content, not even what it is about."""

from __future__ import annotations

from dataclasses import dataclass

from zoturi import i18n
from zoturi.actions.handovers import move
from zoturi.actions.house import House
from zoturi.actions.news import handover_changed
from zoturi.domain.handovers import QUEUED, READABLE, SENT, Handover
from zoturi.i18n import mark as N_  # noqa: N812 - the name gettext tools know
from zoturi.store import contacts, services
from zoturi.store import handovers as store
from zoturi.store.tx import Tx

LANGUAGES = ("fi", "sv", "en")

_SUBJECT = N_("Something is waiting for you")
_TEXT = N_("Something is waiting for you, and for your answer. Open it with your PIN: %(address)s")
_REMINDER = N_("Something is still waiting for your answer. Open it with your PIN: %(address)s")


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail ready to leave."""

    to: str
    subject: str
    text: str


def invitation(tx: Tx, house: House, handover_id: str, number: int) -> Letter | None:
    """The mail with a link; None where a newer link has taken its place, or nothing may be sent any more."""
    handover = store.get(tx, handover_id)
    if handover is None or handover.state not in READABLE or number != handover.link or tx.now >= handover.due_at:
        return None
    return _letter(tx, house, handover, _TEXT)


def reminder(tx: Tx, house: House, handover_id: str, number: int) -> Letter | None:
    """Half of the time has passed; the newest link once more."""
    handover = store.get(tx, handover_id)
    if handover is None or handover.state not in SENT or tx.now >= handover.due_at:
        return None
    return _letter(tx, house, handover, _REMINDER)


def delivered(tx: Tx, handover_id: str, number: int) -> None:
    """A mail has left: the handover is delivered, where nobody opened it before we knew."""
    handover = store.get(tx, handover_id)
    if handover is not None and handover.state == QUEUED:
        move(tx, contacts.get(tx, handover.contact_id), handover, "deliver", None)


def not_delivered(tx: Tx, handover_id: str, number: int) -> None:
    """A try failed: the sender sees how often it was tried."""
    handover = store.get(tx, handover_id)
    if handover is not None and handover.state == QUEUED:
        counted = store.change(tx, handover)
        if counted is not None:
            tx.tell(handover_changed(contacts.get(tx, handover.contact_id), counted))


def _letter(tx: Tx, house: House, handover: Handover, sentence: str) -> Letter | None:
    service = services.get(tx, handover.service_id)
    if service is None or service.email is None or not handover.intact:
        return None
    address = f"{house.settings.origins[0]}/handover/{store.token_of(tx, handover.id, handover.link)}"
    translators = [i18n.translations(code) for code in LANGUAGES]
    subject = " / ".join(each.gettext(_SUBJECT) for each in translators)
    lines = [i18n.fill(each.gettext(sentence), {"address": address}) for each in translators]
    return Letter(service.email, subject, "\n\n".join(lines) + "\n")
