"""The administrator's pages of the service directory: what is there, who keeps it, what has not been checked."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from aiohttp import web
from multidict import MultiDictProxy
from pydantic import ValidationError

from zoturi import world
from zoturi.actions import directory, directory_import
from zoturi.domain.contacts import AGE_GROUPS
from zoturi.domain.refusals import Refusal
from zoturi.domain.services import ACCEPTS, ANSWER_DAYS, PROVISIONS, TIERS
from zoturi.service_files import Entry
from zoturi.store import services as store
from zoturi.web import proof
from zoturi.web.forms import number, see, text, texts
from zoturi.web.keys import HOUSE, WORKER
from zoturi.web.render import render

LANGUAGES = ("fi", "sv", "en")
OLD_DAYS = 365
AT_ONCE = 100
_TEXTS = ("name", "summary", "reach", "hours_note", "cost")
_PLAIN = (
    "tier", "provision", "phone", "url", "accepts_handover", "team", "email", "answer_days", "owner", "checked_on",
)  # fmt: skip
_CODES = ("areas", "age_groups", "topics")
_LINE = re.compile(r"(.+?)\s+([\d.:]+)\s*[-–]\s*([\d.:]+)(?:\s+(odd|even))?")


async def everything(request: web.Request) -> web.Response:
    """All services, those that nobody has checked for a year first."""
    house = request.app[HOUSE]
    rows = sorted(await house.db.read(store.everything), key=lambda each: (each.checked_on or "", each.id))
    start = number(text(request.query, "from"))
    return render(
        request, "manage/services.html", worker=request[WORKER], here_is="services", rows=rows[start : start + AT_ONCE],
        start=start, total=len(rows), at_once=AT_ONCE, old=(_today(request) - timedelta(OLD_DAYS)).isoformat(),
        done=request.query.get("done"),
    )  # fmt: skip


async def new(request: web.Request) -> web.Response:
    """An empty form."""
    given = {"checked_on": _today(request).isoformat(), "answer_days": str(ANSWER_DAYS), "active": "yes"}
    return _form(request, None, given)


async def one(request: web.Request) -> web.Response:
    """A service to change."""
    entry = await _stored(request)
    return _form(request, entry["id"], _as_given(entry), has_pin=entry["has_pin"], done=request.query.get("done"))


async def add(request: web.Request) -> web.Response:
    """Add a service; an id that is taken is refused."""
    return await _write(request, None)


async def change(request: web.Request) -> web.Response:
    """Write a service anew."""
    return await _write(request, await _stored(request))


async def pin(request: web.Request) -> web.Response:
    """A new PIN for a service, shown this once."""
    asked = await proof.asked(request)
    if asked is not None:
        return asked
    house, made = request.app[HOUSE], directory.new_pin()
    entry = await _stored(request)
    await house.db.write(directory.give_pin, request[WORKER], entry["id"], made)
    await house.services.refresh(house.db)
    return _form(request, entry["id"], _as_given(entry), has_pin=True, new_pin=made)


async def _write(request: web.Request, before: dict | None) -> web.Response:
    asked = await proof.asked(request)
    if asked is not None:
        return asked
    house, form = request.app[HOUSE], await request.post()
    known = before["id"] if before else None
    has_pin = bool(before and before["has_pin"])
    try:
        entry = Entry.model_validate(_described(form, before))
        if known is None and await house.db.read(store.get, entry.id) is not None:
            raise Refusal("bad_field", field="id")
        await house.db.write(directory.put, request[WORKER], house.site, entry)
    except ValidationError as problem:
        place = problem.errors(include_url=False, include_input=False)[0]["loc"]
        wrong = str(place[0]) if place else ("email" if text(form, "accepts_handover") == "mail" else "team")
    except Refusal as refusal:
        if refusal.code != "bad_field":
            raise
        wrong = str(refusal.facts["field"])
    else:
        await house.services.refresh(house.db)
        return see(f"/manage/services/{entry.id}", done="changed" if known else "added")
    return _form(request, known, _kept(form), has_pin=has_pin, wrong=wrong, status=422)


def _form(request: web.Request, service_id: str | None, given: dict, *, status: int = 200, **said: object):
    said = {"has_pin": False, "wrong": None, "done": None, "new_pin": None, **said}
    return render(
        request, "manage/service.html", status, worker=request[WORKER], here_is="services", service_id=service_id,
        given=given, languages=LANGUAGES, tiers=TIERS, provisions=PROVISIONS, accepts=ACCEPTS, ages=AGE_GROUPS, **said,
    )  # fmt: skip


async def _stored(request: web.Request) -> dict:
    """The service of the address as an entry of a file, with whether it has a PIN."""
    service_id = request.match_info["service_id"]
    known = await request.app[HOUSE].db.read(store.one_content, service_id)
    if known is None:
        raise Refusal("not_found")
    content, active, has_pin = known
    return next(directory_import.in_file({service_id: (content, active)})) | {"active": active, "has_pin": has_pin}


def _described(form: MultiDictProxy, before: dict | None) -> dict:
    """The form as an entry of a file. Texts in languages that the form does not show stay as they are."""
    described: dict[str, object] = {"id": before["id"] if before else text(form, "id")}
    for name in _TEXTS:
        others = {code: said for code, said in (before or {}).get(name, {}).items() if code not in LANGUAGES}
        shown = {code: text(form, f"{name}.{code}") for code in LANGUAGES if text(form, f"{name}.{code}")}
        if others | shown:
            described[name] = others | shown
    keywords = {code: said for code, said in (before or {}).get("keywords", {}).items() if code not in LANGUAGES}
    keywords |= {code: text(form, f"keywords.{code}") for code in LANGUAGES if text(form, f"keywords.{code}")}
    described |= {name: text(form, name) for name in _PLAIN if text(form, name)}
    described |= {name: texts(form, name) for name in _CODES if texts(form, name)}
    if hours := text(form, "hours"):
        described["hours"] = _hours(hours)
    if free := text(form, "free"):
        described["free"] = free == "yes"
    return described | {"keywords": keywords, "languages": text(form, "languages"), "active": "active" in form}


def _hours(said: str) -> str | list[dict]:
    """Lines like `mon-fri 8-16` or `thu 12:00-18:00 odd`, or always. A line we do not understand fails as its days."""
    if said == "always":
        return said
    rows = []
    for line in filter(None, map(str.strip, said.splitlines())):
        match = _LINE.fullmatch(line)
        days, opens, closes, weeks = match.groups() if match else (line, "", "", None)
        rows.append({"days": days, "opens": opens, "closes": closes} | ({"weeks": weeks} if weeks else {}))
    return rows


def _as_given(entry: dict) -> dict:
    """A stored entry as the form shows it."""
    given = {f"{name}.{code}": said for name in _TEXTS for code, said in entry.get(name, {}).items()}
    given |= {f"keywords.{code}": ", ".join(words) for code, words in entry.get("keywords", {}).items()}
    given |= {name: str(entry[name]) for name in _PLAIN if entry.get(name) is not None}
    given |= {name: entry[name].split(", ") for name in _CODES if name in entry}
    hours = entry.get("hours", "")
    if not isinstance(hours, str):
        hours = "\n".join(
            " ".join(filter(None, (row["days"], f"{row['opens']}-{row['closes']}", row.get("weeks")))) for row in hours
        )
    free = entry.get("free")
    given.setdefault("answer_days", str(ANSWER_DAYS))
    return given | {
        "languages": entry["languages"], "hours": hours, "active": "yes" if entry["active"] else "",
        "free": "" if free is None else ("yes" if free else "no"),
    }  # fmt: skip


def _kept(form: MultiDictProxy) -> dict:
    """What was typed, so that nothing is lost when something does not fit."""
    return {name: texts(form, name) if name in _CODES else text(form, name) for name in form}


def _today(request: web.Request) -> date:
    return datetime.fromtimestamp(world.now() / 1000, UTC).astimezone(request.app[HOUSE].zone).date()
