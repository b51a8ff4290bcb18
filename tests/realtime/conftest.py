"""Whatever sockets do is tested on both ways of serving them."""

import pytest


@pytest.fixture(params=[True, False], ids=["lane", "stock"])
def fast_lane(request):
    return request.param
