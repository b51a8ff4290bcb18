"""Logs cannot tell on anybody."""

import io
import logging
from contextlib import redirect_stderr

import orjson
import pytest

from zoturi import logs


@pytest.fixture
def lines():
    """The lines logged in a test, as a server would print them."""
    before = logging.getLogger().handlers[:]
    stderr = io.StringIO()
    with redirect_stderr(stderr):
        logs.begin("DEBUG")
    yield lambda: [orjson.loads(line) for line in stderr.getvalue().splitlines()]
    logging.getLogger().handlers[:] = before


def test_a_field_that_is_not_on_the_list_is_a_mistake_in_the_code():
    for field in ("text", "nickname", "address", "contact_id", "email", "ip", "user_agent", "path", "message"):
        with pytest.raises(ValueError, match="not on the list"):
            logs.event("something", **{field: "x"})
    assert not logs.ALLOWED & {
        "text",
        "nickname",
        "email",
        "name",
        "contact",
        "contact_id",
        "visitor",
        "ip",
        "path",
        "url",
    }


def test_an_error_is_its_type_and_place_never_its_words(lines):
    try:
        raise ValueError("apua, Kettu77 kirjoitti tämän")
    except ValueError as problem:
        logs.failure("went_wrong", problem, job="purge")
    (line,) = lines()
    assert (line["event"], line["error"], line["job"]) == ("went_wrong", "ValueError", "purge")
    assert "Kettu77" not in str(line)


def test_libraries_may_say_that_something_is_wrong_but_not_what(lines):
    try:
        raise KeyError("salaisuus")
    except KeyError:
        logging.getLogger("aiohttp.server").exception("Error handling request from %s", "10.0.0.1 salaisuus")
    logging.getLogger("somebody").warning("salaisuus")
    logging.getLogger("somebody").info("not even this")
    assert [line["event"] for line in lines()] == ["library", "library"]
    assert lines()[0]["error"] == "KeyError"
    assert "salaisuus" not in str(lines())
    assert "10.0.0.1" not in str(lines())


async def test_a_whole_story_leaves_no_word_in_the_log(server, people):
    visitor, worker, contact_id = await people.talking(nickname="Kettu77", text="salaisuus", topics=["violence"])
    await worker.say(contact_id, "vastaus")
    await visitor.ask("no_such_salaisuus", text="salaisuus")
    async with visitor.http.get(f"{server.origin}/fi/salaisuus?nimi=Kettu77", headers={"User-Agent": "Agentti"}):
        pass
    await worker.do("close_contact", contact_id=contact_id, outcome="prank")
    await server.restart()
    for word in (
        "Kettu77",
        "salaisuus",
        "violence",
        "vastaus",
        "Agentti",
        "Aino",
        "aino",
        "127.0.0.1",
        contact_id,
        "prank",
    ):
        assert word not in server.log, word
    assert {"ready", "stopped"} <= {line["event"] for line in server.log_lines()}
    for line in server.log_lines():
        assert line.keys() <= logs.ALLOWED | {"at", "level", "event"}
