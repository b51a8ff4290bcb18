"""The shift: "one moment" to all own chats, and its end by the last one on duty."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from zoturi import i18n
from zoturi.actions import entry
from zoturi.actions.news import ColleagueChanged, entry_added
from zoturi.domain.contacts import CLAIMED, Contact
from zoturi.domain.people import Worker
from zoturi.domain.refusals import Refusal
from zoturi.domain.timeline import colleague_for
from zoturi.i18n import mark as N_  # noqa: N812 - the name gettext tools know
from zoturi.site import Site
from zoturi.store import contacts, people, timeline
from zoturi.store.tx import Tx

ONE_MOMENT = N_("I will be back in a few minutes. You can go on writing meanwhile.")
SHIFT_ENDS = N_(
    "We stop answering for today, and nobody reaches you in this chat any more. If you want, we answer you in writing:"
    " make a return code here, and read the answer later with it. Without a code no answer can reach you once you leave"
    " this page. In danger, ring 112."
)


def in_language(sentence: str, language: str) -> str:
    """A marked sentence in the visitor's language; English where we do not speak it."""
    try:
        return i18n.translations(language).gettext(sentence)
    except KeyError:
        return sentence


def one_moment(tx: Tx, actor: Worker, client_id: str) -> dict:
    """Say in all own live chats, each in its language, that one is back in a few minutes; sent twice, said once."""
    people.lock(tx, actor.key)  # the same worker's repeat waits here, so that it finds what the first one said
    said = 0
    for contact in contacts.held_by(tx, actor.key):
        if contact.owner == actor.key and contact.live and not contact.visitor_left:
            said += say_once(tx, contact, ONE_MOMENT, client_id, actor)
    return {"said": said}


def end_shift(tx: Tx, actor: Worker, site: Site, zone: ZoneInfo, client_id: str) -> dict:
    """The last one on duty goes: no new chats come in, and everybody waiting is told and offered a written answer.

    Own chats go on. Refuses ``conflict`` while a colleague is on duty, or somebody who is not safe still waits
    (with ``contact_id``). Repeated under the same client id it answers the same.
    """
    people.lock(tx, actor.key)
    before = entry.stopped(tx, actor.team)
    if before is not None and before["client_id"] == client_id:
        return {"told": before["told"], "me": colleague_for(people.colleague(tx, actor.key))}
    me = people.colleague(tx, actor.key)
    if not me.on_duty:
        raise Refusal("forbidden")
    if any(each.on_duty and each.key != actor.key for each in people.team_of(tx, actor.team)):
        raise Refusal("conflict")
    waiting = [contact for contact in contacts.waiting(tx, actor.team, actor.key) if waits_live(contact)]
    for contact in waiting:
        if contact.flagged and contact.visitor_state != "gone":
            raise Refusal("conflict", contact_id=contact.id)
    told = sum(say_once(tx, contact, SHIFT_ENDS, client_id, None) for contact in waiting)
    entry.stop(tx, site, zone, actor.team, me.team_id, told, client_id)
    people.touch(tx, actor.key, on_duty=0, paused=0)
    me = people.colleague(tx, actor.key)
    tx.tell(ColleagueChanged(me))
    people.audit(tx, actor.key, "shift_ended", told=told)
    return {"told": told, "me": colleague_for(me)}


def waits_live(contact: Contact) -> bool:
    """Whether somebody waits in a chat for an answer now."""
    return contact.channel == "chat" and contact.state != CLAIMED and not contact.written


def say_once(tx: Tx, contact: Contact, sentence: str, client_id: str, author: Worker | None) -> int:
    """Say a marked sentence in a contact, in its language; said before under the same client id, it says nothing."""
    if timeline.stored(tx, contact.key, contact.id, client_id) is not None:
        return 0
    said = timeline.append(
        tx, contact, "message", "worker" if author else "system", author=author and author.key,
        name=author and author.name, text=in_language(sentence, contact.language), client_id=client_id,
    )  # fmt: skip
    if said is None:
        raise Refusal("conflict")
    tx.tell(entry_added(contact, said))
    return 1
