"""How tests go through the staff's pages: forms, links, codes of an app."""

import html
import re

import pyotp

from tests.people import WorkerPerson

OWN_PASSWORD = "kolme sanaa ja väli"


async def post(person, path, **form):
    """Post a form as a browser does; (status, headers, body). A list gives a field several times."""
    pairs = [(name, each) for name, value in form.items() for each in (value if isinstance(value, list) else [value])]
    async with person.http.post(
        person.origin + path, data=pairs, headers=person.same_origin, allow_redirects=False
    ) as answer:
        return answer.status, answer.headers, await answer.text()


async def get(person, path):
    async with person.http.get(person.origin + path, allow_redirects=False) as answer:
        return answer.status, answer.headers, await answer.text()


def secret_on(page: str) -> str:
    """The letters beside the picture code."""
    return re.search(r"((?:[A-Z2-7]{4} ){7}[A-Z2-7]{4})", page)[1].replace(" ", "")


def code_of(server, secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(server.clock() // 1000 + 30 * steps)


def link_on(page: str) -> str:
    """The path of the one-time link a page shows."""
    return re.search(r"/desk/welcome/[0-9a-f]{64}", page)[0]


def codes_on(page: str) -> list[str]:
    """The recovery codes a page shows."""
    return re.findall(r"<code>([0-9A-Z]{4}-[0-9A-Z]{4})</code>", page)


def hidden_on(page: str) -> dict[str, str]:
    """The hidden fields of the page's form."""
    return {html.unescape(name): html.unescape(value)
            for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page)}  # fmt: skip


async def set_up(server, people, path, password=OWN_PASSWORD):
    """Follow a one-time link with a second factor; (person, secret, recovery codes)."""
    person = people.stranger(WorkerPerson)
    shown = (await get(person, path))[2]
    secret = secret_on(shown)
    status, headers, page = await post(
        person, path, password=password, code=code_of(server, secret), **hidden_on(shown)
    )
    assert status == 200, page
    assert "zoturi-desk=" in headers["Set-Cookie"]
    return person, secret, codes_on(page)
