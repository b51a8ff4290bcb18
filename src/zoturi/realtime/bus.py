"""The bus between processes: references only (``references.py``). It never blocks a deed, and losing it loses nothing.

Either there is one process and nobody to tell, or Redis (``redis_bus.py``) carries what is ready.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from zoturi.realtime.references import Reference


class Bus(Protocol):
    """How this process reaches the others."""

    deaf: bool

    def publish(self, references: Iterable[Reference]) -> None:
        """Tell the others soon; returns at once."""


class Carrier(Bus, Protocol):
    """A bus that reaches others.

    ``on_references`` gets what others tell; ``on_missed`` is called when something of theirs was or may have been
    missed, ``on_deaf`` when the bus has become deaf.
    """

    on_references: Callable[[list[Reference]], None]
    on_missed: Callable[[], None]
    on_deaf: Callable[[], None]

    async def run(self) -> None:
        """Keep the bus up; runs until cancelled."""


class InProcess:
    """There are no others."""

    deaf = False

    def publish(self, references: Iterable[Reference]) -> None:
        pass
