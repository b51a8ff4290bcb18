"""Figures that may be shown: nobody can be known from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

LEAST = 5
"""A cell that counts fewer people is not shown."""

K = TypeVar("K")


def shown(cells: Mapping[K, int]) -> dict[K, int | None]:
    """The cells of a table with None for those under five, so that a small group cannot be picked out."""
    return {key: count if count >= LEAST else None for key, count in cells.items()}


def protected(cells: Mapping[K, int]) -> dict[K, int | None]:
    """As :func:`shown`, for a table whose sum is known from elsewhere: as many of the smallest cells are hidden as it
    takes that the hidden ones together are no small group either.
    """
    found = shown(cells)
    hidden = sum(count for key, count in cells.items() if found[key] is None)
    for key in sorted((key for key in cells if found[key] is not None), key=lambda key: cells[key]):
        if not 0 < hidden < LEAST:
            break
        found[key] = None
        hidden += cells[key]
    return found


WAIT_MINUTES = (2, 6, 15, 30, 60)
"""Where one bucket of waits ends and the next begins: within the target, within its tail, and longer ones."""
LENGTH_MINUTES = (5, 15, 30, 60)


def bucket(milliseconds: int, bounds: tuple[int, ...]) -> int:
    """Which bucket a duration falls into: 0 below the first bound, one for each further bound, the last one open."""
    return sum(milliseconds >= bound * 60_000 for bound in bounds)
