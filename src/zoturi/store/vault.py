"""Encryption at rest: master key → week keys → one key for each contact → every text and detail.

XChaCha20-Poly1305 (libsodium). The master key and the week keys are files in the key folder, outside the database; week
key files are wrapped by the master key. What is sealed is padded to 256 bytes and bound to its place by associated
data, so that a row moved elsewhere does not open.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections import OrderedDict
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nacl._sodium import ffi, lib
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_ABYTES as TAG_BYTES

from zoturi import world

KEY_BYTES = 32
NONCE_BYTES = 24
BLOCK = 256
_KEPT_KEYS = 4096


class VaultError(Exception):
    """Keys are missing, wrong or unreadable; the message says which file and what to do, never a secret."""


# Every message comes through these two, and PyNaCl's own functions spend more time on words for their errors than the
# cipher takes, so the library under them is called; what it would read past is checked here.


def _seal(key: bytes, place: bytes, plain: bytes) -> bytes:
    """Nonce and what is sealed."""
    if len(key) != KEY_BYTES:
        raise VaultError(f"a key must have {KEY_BYTES} bytes")
    nonce = world.random_bytes(NONCE_BYTES)
    sealed = bytearray(len(plain) + TAG_BYTES)
    if lib.crypto_aead_xchacha20poly1305_ietf_encrypt(
        ffi.from_buffer(sealed), ffi.NULL, plain, len(plain), place, len(place), ffi.NULL, nonce, key
    ):
        raise VaultError("sealing failed")
    return nonce + sealed


def _unseal(key: bytes, place: bytes, sealed: bytes) -> bytes:
    nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    if len(key) != KEY_BYTES or len(rest) < TAG_BYTES:
        raise VaultError("a sealed value is too short, or its key is none")
    plain = bytearray(len(rest) - TAG_BYTES)
    if lib.crypto_aead_xchacha20poly1305_ietf_decrypt(
        ffi.from_buffer(plain), ffi.NULL, ffi.NULL, rest, len(rest), place, len(place), nonce, key
    ):
        raise VaultError("a sealed value does not open with its key")
    return bytes(plain)


def seal(key: bytes, place: bytes, plain: bytes) -> bytes:
    """``plain`` padded to a multiple of 256 bytes and sealed; it opens only with the same ``place``."""
    padded = plain + b"\x80" + bytes(-(len(plain) + 1) % BLOCK)
    return _seal(key, place, padded)


def unseal(key: bytes, place: bytes, sealed: bytes) -> bytes:
    """What :func:`seal` sealed; raises :class:`VaultError` for a wrong key, place or changed bytes."""
    padded = _unseal(key, place, sealed)
    return padded[: padded.rindex(b"\x80")]


def week_of(at: int) -> str:
    """The ISO week of a time in milliseconds UTC, as ``2026-W47``."""
    year, week, _ = datetime.fromtimestamp(at / 1000, UTC).isocalendar()
    return f"{year}-W{week:02d}"


def _end_of(week: str) -> int:
    """The first moment after an ISO week such as ``2026-W47``, in milliseconds UTC."""
    monday = datetime.strptime(f"{week}-1", "%G-W%V-%u").replace(tzinfo=UTC)
    return int((monday + timedelta(days=7)).timestamp() * 1000)


class Vault:
    """The keys in memory. Thread-safe for reading; week keys are made under the file system's exclusive create."""

    def __init__(self, folder: Path, master: bytes) -> None:
        self.folder = folder
        self._master = master
        self._derived: dict[str, bytes] = {}
        self._weeks: dict[str, bytes] = {}
        self._contacts: OrderedDict[str, bytes] = OrderedDict()
        self.opened: OrderedDict[str, tuple[bytes, object]] = OrderedDict()  # sealed details and what they hold

    @classmethod
    def open(cls, folder: Path, *, create: bool) -> Vault:
        """The vault of a key folder. ``create`` makes the master key where there is none; otherwise refuses.

        Keys are never made over existing data: the caller says whether the database is still empty.
        """
        path = folder / "master.key"
        if not path.exists():
            if not create:
                raise VaultError(f"{path} is missing, but the database holds data sealed with it; put the key back")
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with suppress(FileExistsError):  # another process was first
                _write_new(path, world.random_bytes(KEY_BYTES))
        master = path.read_bytes()
        if len(master) != KEY_BYTES:
            raise VaultError(f"{path} is damaged: it must hold {KEY_BYTES} bytes")
        return cls(folder, master)

    def derived(self, purpose: str) -> bytes:
        """A key for one other purpose, derived from the master key."""
        key = self._derived.get(purpose)
        if key is None:
            key = hmac.new(self._master, b"zoturi/" + purpose.encode(), hashlib.sha256).digest()
            self._derived[purpose] = key
        return key

    def fingerprint(self) -> str:
        """Stored beside the data so that a foreign master key is noticed at start."""
        return self.derived("fingerprint").hex()[:32]

    def new_contact_key(self, contact_id: str, now: int) -> tuple[str, bytes, bytes]:
        """A fresh key for a contact: (week, wrapped key to store, the key itself)."""
        week = week_of(now)
        key = world.random_bytes(KEY_BYTES)
        wrapped = _seal(self._week_key(week, create=True), contact_id.encode(), key)
        self._remember(contact_id, key)
        return week, wrapped, key

    def contact_key(self, contact_id: str, week: str, wrapped: bytes) -> bytes:
        """The key of a stored contact; the last few thousand stay in memory."""
        key = self._contacts.get(contact_id)
        if key is None:
            key = _unseal(self._week_key(week, create=False), contact_id.encode(), wrapped)
            self._remember(contact_id, key)
        return key

    def week(self, now: int) -> str:
        """The present week, with its key ready."""
        week = week_of(now)
        self._week_key(week, create=True)
        return week

    def opens_week(self, week: str) -> None:
        """Refuse a week whose key is missing or does not open."""
        self._week_key(week, create=False)

    def rewrap(self, contact_id: str, week: str, wrapped: bytes, to: str) -> bytes:
        """A contact's key wrapped in another week's key."""
        key = _unseal(self._week_key(week, create=False), contact_id.encode(), wrapped)
        return _seal(self._week_key(to, create=False), contact_id.encode(), key)

    def destroy_weeks(self, ended_before: int, in_use: set[str]) -> list[str]:
        """Destroy the week keys whose week ended before a time and that wrap nothing any more; which ones."""
        gone = []
        for path in sorted(self.folder.glob("week-*.key")):
            week = path.stem.removeprefix("week-")
            if week not in in_use and _end_of(week) < ended_before:
                _overwrite(path)
                self._weeks.pop(week, None)
                gone.append(week)
        return gone

    def forget(self, contact_id: str) -> None:
        """Drop an erased contact's key, and what it opened, from memory."""
        self._contacts.pop(contact_id, None)
        self.opened.pop(contact_id, None)

    def remembered(self) -> list[str]:
        """The contacts of which something is kept in memory."""
        return list({*self._contacts.copy(), *self.opened.copy()})

    def forget_destroyed_weeks(self) -> None:
        """Drop week keys whose file is gone: another process has destroyed them."""
        for week in list(self._weeks):
            if not self._week_file(week).exists():
                self._weeks.pop(week, None)

    def keep_opened(self, contact_id: str, opened: tuple[bytes, object]) -> None:
        """Keep what a contact's sealed details hold, beside the sealed bytes they were opened from."""
        self.opened[contact_id] = opened
        if len(self.opened) > _KEPT_KEYS:
            self.opened.popitem(last=False)

    def _remember(self, contact_id: str, key: bytes) -> None:
        self._contacts[contact_id] = key
        if len(self._contacts) > _KEPT_KEYS:
            self._contacts.popitem(last=False)

    def _week_file(self, week: str) -> Path:
        return self.folder / f"week-{week}.key"

    def _week_key(self, week: str, *, create: bool) -> bytes:
        key = self._weeks.get(week)
        if key is None:
            path = self._week_file(week)
            if not path.exists():
                if not create:
                    raise VaultError(f"{path} is missing; what it sealed cannot be opened")
                fresh = _seal(self._master, week.encode(), world.random_bytes(KEY_BYTES))
                try:
                    _write_new(path, fresh)
                except FileExistsError:
                    pass  # another process made this week's key first; theirs is read below
            key = self._weeks[week] = _unseal(self._master, week.encode(), path.read_bytes())
        return key


def _overwrite(path: Path) -> None:
    """Overwrite a key before its file is removed; what the disk keeps beneath that, no program can promise."""
    with path.open("r+b", buffering=0) as file:
        file.write(world.random_bytes(path.stat().st_size))
        os.fsync(file.fileno())
    path.unlink()


def _write_new(path: Path, content: bytes) -> None:
    """Write a new file that is whole and on disk before anything can be sealed with it."""
    draft = path.with_suffix(f".{world.new_id()}.draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        os.link(draft, path)  # fails where the file exists already, unlike a rename
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
