"""The second factor of staff: codes of an app, recovery codes, and the ticket between the two steps of signing in."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b32encode
from dataclasses import dataclass

import pyotp

from zoturi import world
from zoturi.domain.refusals import Refusal
from zoturi.domain.return_codes import ALPHABET
from zoturi.store import accounts as store
from zoturi.store import vault
from zoturi.store.tx import Row, Tx
from zoturi.store.vault import Vault, VaultError

STEP_SECONDS = 30
TICKET_MS = 5 * 60_000
SET_UP_MS = 15 * 60_000
RECOVERY_CODES = 10
_RECOVERY_LENGTH = 8
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})


@dataclass(frozen=True, slots=True)
class Factor:
    """A second factor that fits: a step of the app's clock, or a recovery code; spent in the deed that uses it."""

    step: int | None = None
    recovery: bytes | None = None


def fitting(keys: Vault, row: Row, code: str) -> Factor | None:
    """What a code is for this worker: a present step of their app, what may be a recovery code, or nothing."""
    secret = vault.unseal(keys.derived("second factor"), row["id"].encode(), row["second_factor"]).decode()
    step = step_of(secret, code)
    if step is not None:
        return Factor(step=step)
    plain = _plain(code)
    return Factor(recovery=_recovery_hash(keys, plain)) if len(plain) == _RECOVERY_LENGTH else None


def spend(tx: Tx, worker: int, factor: Factor | None) -> bool:
    """Use a factor up; False for one that is none of this worker's, or was used before, in whatever process."""
    if factor is None:
        return True
    if factor.recovery is not None:
        return store.use_recovery_code(tx, worker, factor.recovery)
    return store.use_step(tx, worker, factor.step)


def step_of(secret: str, code: str) -> int | None:
    """The time step a code belongs to (this one or its neighbours), or None."""
    now = world.now() // 1000 // STEP_SECONDS
    totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
    for step in (now, now - 1, now + 1):
        if pyotp.utils.strings_equal(totp.generate_otp(step), code.strip().replace(" ", "")):
            return step
    return None


def address(secret: str, email: str) -> str:
    """What a code app reads from the picture."""
    return pyotp.TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=email, issuer_name="zoturi")


def new_secret() -> str:
    """160 random bits as code apps take them."""
    return b32encode(world.random_bytes(20)).decode()


def carried(keys: Vault, link_hash: bytes, secret: str) -> str:
    """A secret that is not the account's yet, sealed for the page that shows it and bound to its link, for a quarter of
    an hour. It is fresh for each showing: whoever opened the link before knows another one.
    """
    content = f"{world.now() + SET_UP_MS}:{secret}".encode()
    return vault.seal(keys.derived("second factor set-up"), link_hash, content).hex()


def open_carried(keys: Vault, link_hash: bytes, given: str) -> str | None:
    """The secret that a page carried, or None where it is too old, or none of this link."""
    try:
        content = vault.unseal(keys.derived("second factor set-up"), link_hash, bytes.fromhex(given)).decode()
    except (VaultError, ValueError):
        return None
    until, secret = content.split(":")
    return secret if world.now() < int(until) else None


def sealed(keys: Vault, worker_id: str, secret: str) -> bytes:
    """A secret as it is stored."""
    return vault.seal(keys.derived("second factor"), worker_id.encode(), secret.encode())


def new_recovery_codes() -> list[str]:
    """Ten codes to be shown once: eight letters and digits each, 40 random bits."""
    codes = []
    for _ in range(RECOVERY_CODES):
        number = int.from_bytes(world.random_bytes(5), "big")
        letters = "".join(ALPHABET[(number >> (5 * place)) & 31] for place in range(_RECOVERY_LENGTH))
        codes.append(f"{letters[:4]}-{letters[4:]}")
    return codes


def recovery_hashes(keys: Vault, codes: list[str]) -> list[bytes]:
    """The codes as they are stored: an HMAC under a key outside the database, since they are random."""
    return [_recovery_hash(keys, _plain(code)) for code in codes]


def _plain(code: str) -> str:
    return "".join(sign for sign in code.upper().translate(_LOOKALIKES) if sign in ALPHABET)


def _recovery_hash(keys: Vault, plain: str) -> bytes:
    return hmac.new(keys.derived("recovery code"), plain.encode(), hashlib.sha256).digest()


def ticket(keys: Vault, row: Row) -> str:
    """Proof of the first step of signing in, for five minutes, or until the account's password or factor changes."""
    content = f"{row['key']}:{world.now() + TICKET_MS}:{state_of(row)}".encode()
    return vault.seal(keys.derived("sign-in ticket"), b"ticket", content).hex()


def open_ticket(keys: Vault, given: str) -> tuple[int, str]:
    """The worker a ticket belongs to, and the state of the account it was made for; refuses ``unauthorised``."""
    try:
        content = vault.unseal(keys.derived("sign-in ticket"), b"ticket", bytes.fromhex(given))
    except (VaultError, ValueError):
        raise Refusal("unauthorised") from None
    worker, until, state = content.decode().split(":")
    if world.now() > int(until):
        raise Refusal("unauthorised")
    return int(worker), state


def state_of(row: Row) -> str:
    """What changes with an account's password or second factor."""
    return hashlib.sha256((row["password_hash"] or "").encode() + bytes(row["second_factor"] or b"")).hexdigest()[:32]
