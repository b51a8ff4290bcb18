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

    async def send(self, to: str, subject: str, text: str) -> None:
        """Raises :class:`MailFailed`."""


def mail_for(settings: Settings) -> Mail:
    """The way mails leave this server."""
    if settings.smtp_url is None:
        return Outbox(settings.data / "outbox")
    return Smtp(settings.smtp_url, settings.origins[0])


def _letter(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    letter = EmailMessage()
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

    async def send(self, to: str, subject: str, text: str) -> None:
        await asyncio.to_thread(self._write, _letter("zoturi@localhost", to, subject, text))

    def _write(self, letter: EmailMessage) -> None:
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            path = self._folder / f"{world.now()}-{world.new_id()}.eml"
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(letter.as_bytes())
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

    async def send(self, to: str, subject: str, text: str) -> None:
        try:
            await aiosmtplib.send(_letter(self._sender, to, subject, text), **self._to_server)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as problem:
            raise MailFailed from problem
