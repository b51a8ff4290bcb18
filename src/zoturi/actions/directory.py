"""The service directory: found for somebody, sent into a talk, kept in order; and the PINs of services."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from zoturi import i18n, world
from zoturi.actions import accounts, chat
from zoturi.actions.house import House
from zoturi.domain.directory import Answer, Wanted
from zoturi.domain.people import Worker
from zoturi.domain.refusals import Refusal
from zoturi.domain.services import Service, in_words, service_for
from zoturi.i18n import mark as N_  # noqa: N812 - the name gettext tools know
from zoturi.service_files import Entry
from zoturi.site import Site
from zoturi.store import contacts, people
from zoturi.store import services as store
from zoturi.store.tx import Tx
from zoturi.wire import FindServices, SendMessage, SendServiceCard

PIN_DIGITS = 6
HANDOVERS_GO_BY = ("accepts_handover", "team", "email")
FOUND_AT_ONCE = 10
_ALWAYS = N_("always open")


def search(house: House, wanted: Wanted, limit: int) -> Answer:
    """The services that fit best at this moment; read from memory, so it is no deed."""
    local = datetime.fromtimestamp(world.now() / 1000, UTC).astimezone(house.zone)
    return house.services.now.find(wanted, local, limit)


def first_language(tx: Tx, actor: Worker) -> str:
    """The language a worker reads first."""
    return next(iter(people.colleague(tx, actor.key).languages), "fi")


def find(house: House, command: FindServices, reader: str) -> dict:
    """``services`` of the contract, best first, each with ``why`` it is there and whether it is ``open`` now;
    refuses ``bad_field`` for an area the site does not have.
    """
    if command.area is not None and house.site.area(command.area) is None:
        raise Refusal("bad_field", field="area")
    wanted = Wanted(command.area, command.language, command.age_group, tuple(command.topics or ()), command.query or "")
    answer = search(house, wanted, command.limit or FOUND_AT_ONCE)
    return {
        "services": [
            shown(each.service, reader, house.site) | {"why": list(each.why), "open": each.open}
            for each in answer.found
        ],
        "total": answer.total,
    }


def shown(service: Service, language: str, site: Site) -> dict:
    """``service`` of the contract in a language; without areas it serves all."""
    seen = service_for(service, language, hours_in_words(service, language))
    return seen | {"areas": seen["areas"] or [area.id for area in site.areas]}


def hours_in_words(service: Service, language: str) -> str | None:
    """When it answers, as a line of text; None where nobody knows."""
    code = _page_language(language)
    note = in_words(service.hours_note, code)
    if service.always:
        said = i18n.translations(code).gettext(_ALWAYS)
    else:
        said = ", ".join(i18n.format_window(code, window) for window in service.windows or ())
    return ". ".join(filter(None, (said, note))) or None


def _page_language(language: str) -> str:
    """This language where our pages speak it, else English; some we know without having sentences in them."""
    return language if any(language == known.code for known in i18n.locales()) else "en"


def send_card(tx: Tx, actor: Worker, origin: str, command: SendServiceCard) -> dict:
    """A service as a message in the visitor's language: plain words, so that every browser shows them; ``data`` names
    it for those who can show more. Refuses as any message does.
    """
    contact = contacts.get(tx, command.contact_id)
    service = store.get(tx, command.service_id)
    if contact is None or service is None or not service.active:
        raise Refusal("not_found")
    text = card(service, contact.language, origin)
    said = SendMessage(contact_id=command.contact_id, client_id=command.client_id, text=text)
    return chat.send_message(tx, actor, said, data={"service": service.id})


def card(service: Service, language: str, origin: str) -> str:
    """What a service is, when it answers and how to reach it, as a few lines."""
    page = _page_language(language)
    lines = (
        in_words(service.name, language), in_words(service.summary, language), in_words(service.reach, language),
        hours_in_words(service, language), service.phone, service.url, f"{origin}/{page}/services/{service.id}",
    )  # fmt: skip
    return "\n".join(filter(None, lines))


def put(tx: Tx, actor: Worker, site: Site, entry: Entry) -> None:
    """Add a service or change it; refuses ``bad_field`` for a team or an area the site does not have."""
    accounts.must_be_fresh(tx, actor)
    if (field := misfit(entry, site)) is not None:
        raise Refusal("bad_field", field=field)
    known = store.get(tx, entry.id)
    # Whoever changes where handovers arrive could have them sent to themselves: the audit says so.
    rerouted = known is not None and any(getattr(known, name) != getattr(entry, name) for name in HANDOVERS_GO_BY)
    store.keep(tx, entry.id, entry.content(), active=entry.active)
    store.changed(tx)
    people.audit(tx, actor.key, "service_changed", entry.id, active=entry.active, rerouted=rerouted)


def misfit(entry: Entry, site: Site) -> str | None:
    """The field that names something the site does not have."""
    if any(site.area(area) is None for area in entry.areas):
        return "areas"
    return "team" if entry.accepts_handover == "desk" and site.team(entry.team) is None else None


def give_pin(tx: Tx, actor: Worker, service_id: str, pin: str) -> None:
    """A new PIN for a service that gets handovers by mail; the old one opens nothing any more."""
    accounts.must_be_fresh(tx, actor)
    if store.get(tx, service_id) is None:
        raise Refusal("not_found")
    store.set_pin(tx, service_id, pin)
    store.changed(tx)
    people.audit(tx, actor.key, "service_pin_set", service_id)


def new_pin() -> str:
    """A PIN for a service, to be said once."""
    return f"{int.from_bytes(world.random_bytes(8), 'big') % 10**PIN_DIGITS:0{PIN_DIGITS}d}"


def fill_demo(tx: Tx, entries: Sequence[Entry], pin: str) -> None:
    """The demo's services, once; those that take handovers by mail get the demo's PIN."""
    known = store.contents(tx)
    for entry in entries:
        if entry.id not in known:
            store.keep(tx, entry.id, entry.content(), active=entry.active)
        if entry.accepts_handover == "mail" and not store.pin_fits(tx, entry.id, pin):
            store.set_pin(tx, entry.id, pin)
    if any(entry.id not in known for entry in entries):
        store.changed(tx)
