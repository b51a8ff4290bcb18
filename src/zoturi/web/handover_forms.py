"""A person's answer to a handover by a plain form, from the chat and from behind the return code alike."""

from __future__ import annotations

from aiohttp import web

from zoturi.actions import handovers
from zoturi.domain.refusals import Refusal
from zoturi.web.chat_forms import actor_of
from zoturi.web.forms import text, texts
from zoturi.web.handover_view import cards_of
from zoturi.web.keys import HOUSE
from zoturi.web.refusals import STATUS
from zoturi.web.visitor import lang_of, visitor_page
from zoturi.wire import AnswerHandover, parse

PLACES = ("chat", "help/answer")


async def answer(request: web.Request) -> web.Response:
    """Agree to what is ticked, or say no; back to the page one came from, or the offer again with what to mend."""
    lang = lang_of(request)
    house = request.app[HOUSE]
    form = await request.post()
    actor = await actor_of(request)
    agree = text(form, "agree") == "yes"
    fields = {"handover_id": text(form, "handover_id"), "agree": agree, "read_in": lang}
    # The first answer says what goes along; a field that no form sends leaves it as it was offered.
    if agree and "ticks" in form:
        fields["include"] = texts(form, "include")
    back = next((place for place in PLACES if place == text(form, "back")), PLACES[0])
    try:
        await house.db.write(handovers.answer, actor, house.site, house.zone, parse(AnswerHandover, fields))
    except Refusal as refusal:
        try:
            contact, handover = await house.db.read(handovers.of_visitor, actor, fields["handover_id"])
        except Refusal:
            raise refusal from None
        cards = [card for card in await cards_of(request, contact) if card["id"] == handover.id]
        problem = refusal.facts.get("field") or refusal.code
        return visitor_page(
            request, "visitor/handover.html", STATUS.get(refusal.code, 500), handovers=cards, problem=problem, back=back
        )  # fmt: skip
    return web.Response(status=303, headers={"Location": f"/{lang}/{back}#handovers"})
