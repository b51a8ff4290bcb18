"""How long a visitor's session lasts, on a device of one's own and on one that others use too."""

import pytest

from zoturi.domain.sessions import covered, visitor_ended

MINUTE = 60_000


@pytest.mark.parametrize(("silent", "shared", "ended", "hidden"), [
    (0, True, False, False), (2, True, False, False), (2.1, True, False, True), (10, True, False, True),
    (10.1, True, True, True), (10.1, False, False, False), (24 * 60, False, False, False),
    (24 * 60 + 1, False, True, False),
])  # fmt: skip
def test_a_shared_device_is_covered_after_two_minutes_and_left_after_ten(silent, shared, ended, hidden):
    now = 1_800_000_000_000
    last = now - round(silent * MINUTE)
    assert visitor_ended(None, last, now, shared=shared) is ended
    assert covered(last, now, shared=shared) is hidden


@pytest.mark.parametrize("shared", [True, False])
def test_quick_exit_ends_either(shared):
    assert visitor_ended(1, 2, 2, shared=shared)
