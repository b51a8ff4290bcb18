"""A real mail server for tests, and what it got."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage

from aiosmtpd.controller import Controller

from tests.house import free_port


class Slot:
    """Where the mail server drops its letters; it looks at every attribute of this, so there is but one."""

    def __init__(self, box: Mailbox) -> None:
        self._box = box

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802 - the library's own naming
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self._box.letters.append((envelope.rcpt_tos, letter))
        if self._box.on_letter is not None:
            self._box.on_letter()
        return "250 OK"


class Mailbox:
    """What came: (addresses, letter) in their order."""

    def __init__(self, port: int) -> None:
        self.url = f"smtp://127.0.0.1:{port}?from=zoturi@lainela.example"
        self.letters: list[tuple[list[str], EmailMessage]] = []
        self.on_letter: Callable[[], None] | None = None  # called before the sender hears that we have it

    @property
    def newest(self) -> str:
        """The path of the newest link to a handover."""
        return re.search(r"/handover/[0-9a-f]{64}", self.letters[-1][1].get_content())[0]


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A mail server on a port of its own while the test runs."""
    port = free_port()
    box = Mailbox(port)
    controller = Controller(Slot(box), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
