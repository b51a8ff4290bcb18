"""Whatever broke: no planted word lies open in any file or log (I8)."""

import pytest

from tests.faults.crowd import CANARIES
from tests.invariants import canaries_in

WORDS = (*CANARIES, "häkkilintu", "salaisuus")


@pytest.fixture(autouse=True)
def nothing_lies_open(request, tmp_path):
    yield
    files = [path for path in tmp_path.rglob("*") if path.is_file() and "keys" not in path.parts]
    server = request.node.funcargs.get("server")
    assert canaries_in(WORDS, *files, server.log if server is not None else "") == []
