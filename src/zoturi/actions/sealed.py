"""Values that travel through a page in a form field which only we can read; nothing of them is stored here."""

from __future__ import annotations

import base64
import binascii

import orjson

from zoturi.store import vault
from zoturi.store.vault import Vault, VaultError


def seal(keys: Vault, purpose: str, kind: str, content: object) -> str:
    """Content (whatever JSON can hold) as text for a field, under a key of this purpose and bound to its kind."""
    sealed = vault.seal(keys.derived(purpose), kind.encode(), orjson.dumps(content))
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def unseal(keys: Vault, purpose: str, kind: str, token: str, longest: int) -> object | None:
    """What :func:`seal` sealed; None for a token that is empty, changed, foreign or too long."""
    if not token or len(token) > longest:
        return None
    try:
        sealed = base64.b64decode(token.encode() + b"=" * (-len(token) % 4), b"-_", validate=True)
        return orjson.loads(vault.unseal(keys.derived(purpose), kind.encode(), sealed))
    except (VaultError, ValueError, binascii.Error):
        return None
