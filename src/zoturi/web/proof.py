"""Proving again who one is, before what a stolen session must not do. The form one came with is carried along."""

from __future__ import annotations

from aiohttp import web

from zoturi.actions import accounts
from zoturi.domain.refusals import Refusal
from zoturi.web import sessions
from zoturi.web.forms import text
from zoturi.web.keys import HOUSE, WORKER
from zoturi.web.render import render

FIELD = "proof"


async def asked(request: web.Request) -> web.Response | None:
    """None once the holder of the session has proved within five minutes who they are; else the page that asks.

    That page posts the same form to the same address again, with the proof in it, so nothing typed is lost.
    """
    house, worker = request.app[HOUSE], request[WORKER]
    form = await request.post()
    proof, wrong = text(form, FIELD), False
    if proof:
        try:
            await accounts.prove(house.db, house.limits.tries, worker, proof, sessions.device_of(request, worker))
        except Refusal as refusal:
            if refusal.code != "unauthorised":
                raise
            wrong = True
        else:
            return None
    elif await house.db.read(accounts.is_fresh, worker):
        return None
    fields = [(name, value) for name, value in form.items() if name != FIELD and isinstance(value, str)]
    by_code = await house.db.read(accounts.has_second_factor, worker)
    return render(request, "staff/proof.html", 401 if wrong else 200, fields=fields, by_code=by_code, error=wrong,
                  action=request.path)  # fmt: skip
