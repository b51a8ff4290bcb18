"""What the forms of staff have in common: their fields as text, and the way back to the page."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from aiohttp import web
from multidict import MultiDictProxy

from zoturi.domain.refusals import Refusal

LONGEST_FIELD = 4000


def text(form: MultiDictProxy, name: str) -> str:
    """A field as text without spaces around it; "" where it is missing or a file."""
    value = form.get(name, "")
    return value.strip()[:LONGEST_FIELD] if isinstance(value, str) else ""


def texts(form: MultiDictProxy, name: str) -> list[str]:
    """All values of a field that may be given several times."""
    return [value for value in form.getall(name, []) if isinstance(value, str)]


def number(given: str) -> int:
    """A whole number that fits the database; 0 for anything else."""
    return int(given) if given.isdecimal() and len(given) <= 18 else 0


def day(given: str) -> date | None:
    """A day as a date field sends it; None where it is left empty. Refuses ``bad_field`` with the field ``until``."""
    if not given:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise Refusal("bad_field", field="until") from None


def see(path: str, **query: str) -> web.Response:
    """303 to a page of our own, with codes of what to say there."""
    return web.Response(status=303, headers={"Location": path + (f"?{urlencode(query)}" if query else "")})
