"""Whatever broke: no planted word lies open in any file or log (I8). And several processes that something befalls."""

import asyncio
from pathlib import Path

import pytest

from tests.faults import harmed
from tests.faults.crowd import CODES, every_cell_of
from tests.faults.several import WORDS, states, until
from tests.invariants import canaries_in
from tests.redis import OwnRedis


@pytest.fixture(autouse=True)
def nothing_lies_open(request, tmp_path):
    yield
    files = [path for path in tmp_path.rglob("*") if path.is_file() and "keys" not in path.parts]
    server = request.node.funcargs.get("server")
    log = server.log if server is not None else ""
    assert canaries_in(WORDS, *files, log) == []
    databases = [path for path in files if path.suffix not in (".sqlite3-wal", ".sqlite3-shm")]  # read through the file
    assert canaries_in(CODES, *map(every_cell_of, filter(Path.exists, databases)), log) == []


@pytest.fixture
async def redis(tmp_path):
    """A Redis of the test's own. No word ever passed through it."""
    own = await OwnRedis(tmp_path).start()
    yield own
    own.kill()
    assert canaries_in([*WORDS, "Aino", "Onni"], b"\n".join(own.heard)) == []


@pytest.fixture
def several(process, redis, fast_lane):
    """Processes on one database and one Redis, one for each of these environments, with and without the fast lane by
    turns: `one, other = await several({}, {})`. One with an environment of its own is run by `harmed.py`.
    """

    async def start(*harms: dict[str, str]):
        given = {"ZOTURI_MESSAGES_PER_MINUTE": "0", "ZOTURI_REDIS_URL": redis.url, "ZOTURI_LOG_LEVEL": "DEBUG"}
        made = []
        for number, harm in enumerate(harms):
            lane = str(int(fast_lane and number % 2 == 0))
            made.append(process(**given, **{"ZOTURI_FAST_LANE": lane, **harm}))
            if harm:
                made[-1].program = (harmed.__file__,)
        await asyncio.gather(*(running.start() for running in made))
        await until(lambda: states(made[0]).count("sound") >= len(made))  # they write into one file
        return made

    return start
