"""Where a help request stands, in the eyes of whoever asked."""

from __future__ import annotations

from zoturi.domain.contacts import CLAIMED, CLOSED, HANDED_OVER, WAITING, Contact

RECEIVED, READ, ANSWERED, IN_TOUCH = "received", "read", "answered", "in_touch"
WITHDRAWN, ERASED = "withdrawn", "erased"


def standing(contact: Contact) -> str:
    """``received``, ``read`` (somebody took it), ``answered``, ``handed_over`` or ``closed``; before all of them one's
    own ``withdrawn`` and ``erased``. Whoever asked from outside the family hears ``received`` or ``in_touch``, no more.
    """
    if contact.erased:
        return ERASED
    if contact.visitor_left:
        return WITHDRAWN
    begun = contact.state != WAITING or contact.answered_at is not None
    if contact.own_words_only:
        return IN_TOUCH if begun else RECEIVED
    if contact.state in (HANDED_OVER, CLOSED):
        return contact.state
    if contact.answered_at is not None:
        return ANSWERED
    return READ if contact.state == CLAIMED else RECEIVED


def promised(contact: Contact) -> bool:
    """Whether the promise of a first answer still stands open."""
    return standing(contact) in (RECEIVED, READ)


def goes_on(contact: Contact) -> bool:
    """Whether one may still add something, or take the request back."""
    return contact.state in (WAITING, CLAIMED) and not contact.visitor_left and not contact.erased
