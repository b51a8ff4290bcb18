"""The words of a consent to a handover. Whoever changes them gives them the next version."""

from __future__ import annotations

from zoturi import i18n
from zoturi.domain.handovers import Body, in_one_of
from zoturi.i18n import mark as N_  # noqa: N812 - the name gettext tools know
from zoturi.site import Site

VERSION = 1
CONSENT = N_(
    "I agree that %(sender)s sends %(service)s what is ticked here, and nothing else."
    " I can take it back until it has been opened there."
)


def text(site: Site, body: Body, language: str) -> str:
    """What a person agrees to, in a language; in English where we do not speak it."""
    code = language if any(language == known.code for known in i18n.locales()) else "en"
    said = {"sender": site.text(site.name, code), "service": in_one_of(body.names, code)}
    return i18n.fill(i18n.translations(code).gettext(CONSENT), said)
