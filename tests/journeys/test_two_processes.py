"""The same stories with two processes on PostgreSQL and Redis: nobody notices which of them they are on.

ZOTURI_TEST_PROCESSES=2 runs all other journeys so.
"""

import pytest

from tests.invariants import canaries_in
from tests.journeys.conftest import stop
from tests.journeys.test_story import test_somebody_young_is_heard_from_the_first_page_to_the_end  # noqa: F401
from tests.journeys.test_two_at_once import test_one_claim_wins_and_the_other_is_told_who_was_quicker  # noqa: F401

WORDS = ("Kuura", "yksin koulussa", "koulukuraattorista", "Aino", "Onni")


@pytest.fixture(scope="module")
async def shared_service(make_pair, tmp_path_factory):
    pair = await make_pair(tmp_path_factory.mktemp("pair")).start()
    yield pair
    await stop(pair)
    for served in pair.served.values():
        assert all(served), "one of the two was never asked"
    assert pair.redis.heard and canaries_in(WORDS, b"\n".join(pair.redis.heard)) == []
