"""Mail: through a real server, or as files in the outbox folder where none is set. Mails never carry content."""

from __future__ import annotations

import asyncio
import os
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib

from zoturi import world
from zoturi.settings import Settings

SEND_SECONDS = 20


class MailFailed(Exception):
    """The mail did not leave; worth another try later."""


class Mail(Protocol):
    """Sends one short plain mail."""

    async def send(self, to: str, subject: str, text: str, mark: str | None = None) -> None:
        """Raises :class:`MailFailed`. ``mark`` is the same at each try of one letter, so that a repeat can be told."""


def mail_for(settings: Settings) -> Mail:
    """The way mails leave this server."""
    if settings.smtp_url is None:
        return Outbox(settings.data / "outbox")
    return Smtp(settings.smtp_url, settings.origins[0])


def _letter(sender: str, to: str, subject: str, text: str, mark: str | None = None) -> EmailMessage:
    letter = EmailMessage()
    if mark is not None:
        letter["Message-ID"] = f"<{mark}@{sender.rpartition('@')[2]}>"
    letter["From"] = sender
    letter["To"] = to
    letter["Subject"] = subject
    letter["Date"] = formatdate(world.now() / 1000)
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(text)
    return letter


class Outbox:
    """Mails as files: for a try, and for whoever fetches them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, to: str, subject: str, text: str, mark: str | None = None) -> None:
        letter = _letter("zoturi@localhost", to, subject, text, mark)
        letter.set_content(text, cte="8bit")  # whoever reads the file finds its link in one piece
        await asyncio.to_thread(self._write, letter, mark)

    def _write(self, letter: EmailMessage, mark: str | None) -> None:
        name = f"{world.now()}-{world.new_id()}"
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            draft = self._folder / f"{name}.draft"
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(letter.as_bytes())
            # A letter that is written twice is one file, and a half-written one is none.
            draft.replace(self._folder / f"{mark or name}.eml")
        except OSError as problem:
            raise MailFailed from problem


class Smtp:
    """A real server: ``smtp://user:password@host:587`` (STARTTLS where offered), ``smtps://…`` (TLS from the start).

    ``?from=…`` sets the sender.
    """

    def __init__(self, url: str, origin: str) -> None:
        parts = urlsplit(url)
        sender = dict(pair.partition("=")[::2] for pair in parts.query.split("&") if pair).get("from")
        self._sender = unquote(sender) if sender else f"zoturi@{urlsplit(origin).hostname}"
        self._to_server = {
            "hostname": parts.hostname,
            "port": parts.port or (465 if parts.scheme == "smtps" else 587),
            "username": unquote(parts.username) if parts.username else None,
            "password": unquote(parts.password) if parts.password else None,
            "use_tls": parts.scheme == "smtps",
            "timeout": SEND_SECONDS,
        }

    async def answers(self) -> None:
        """Connect and sign in, and send nothing; raises :class:`MailFailed`."""
        try:
            async with aiosmtplib.SMTP(**self._to_server):
                pass
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as problem:
            raise MailFailed from problem

    async def send(self, to: str, subject: str, text: str, mark: str | None = None) -> None:
        try:
            await aiosmtplib.send(_letter(self._sender, to, subject, text, mark), **self._to_server)
        # ValueError: an address that cannot be sent to. It keeps no other letter waiting.
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as problem:
            raise MailFailed from problem
