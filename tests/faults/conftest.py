"""Whatever broke: no planted word lies open in any file or log (I8)."""

from pathlib import Path

import pytest

from tests.faults.crowd import CANARIES, CODES, every_cell_of
from tests.invariants import canaries_in

WORDS = (*CANARIES, "häkkilintu", "salaisuus")


@pytest.fixture(autouse=True)
def nothing_lies_open(request, tmp_path):
    yield
    files = [path for path in tmp_path.rglob("*") if path.is_file() and "keys" not in path.parts]
    server = request.node.funcargs.get("server")
    log = server.log if server is not None else ""
    assert canaries_in(WORDS, *files, log) == []
    databases = [path for path in files if path.suffix not in (".sqlite3-wal", ".sqlite3-shm")]  # read through the file
    assert canaries_in(CODES, *map(every_cell_of, filter(Path.exists, databases)), log) == []
