"""The service directory at rest: one row a service, its content as JSON. It is about nobody, so it is not sealed."""

from __future__ import annotations

import hashlib
import hmac

import orjson

from zoturi.domain.services import Service, from_content
from zoturi.store import people
from zoturi.store.tx import Row, Tx
from zoturi.store.vault import Vault

VERSION = "service:version"
_ROW = "SELECT id, content, active, pin_hash IS NOT NULL AS has_pin FROM service"


def get(tx: Tx, service_id: str) -> Service | None:
    """A service by its id, also one that is shown no more."""
    row = tx.one(f"{_ROW} WHERE id = ?", service_id)
    return None if row is None else _service(row)


def everything(tx: Tx) -> list[Service]:
    """All services, shown or not, by id."""
    return [_service(row) for row in tx.all(f"{_ROW} ORDER BY id")]


def contents(tx: Tx) -> dict[str, tuple[str, bool]]:
    """Every id with its stored content and whether it is shown: what an import compares itself with."""
    return {row["id"]: (row["content"], bool(row["active"])) for row in tx.all(f"{_ROW} ORDER BY id")}


def one_content(tx: Tx, service_id: str) -> tuple[str, bool, bool] | None:
    """The stored content of one service, whether it is shown, and whether it has a PIN."""
    row = tx.one(f"{_ROW} WHERE id = ?", service_id)
    return None if row is None else (row["content"], bool(row["active"]), bool(row["has_pin"]))


def keep(tx: Tx, service_id: str, content: str, *, active: bool) -> None:
    """Store a service, or its new content; its PIN stays."""
    tx.run(
        "INSERT INTO service (id, content, active, changed_at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
        " content = excluded.content, active = excluded.active, changed_at = excluded.changed_at",
        service_id, content, int(active), tx.now,
    )  # fmt: skip


def hide(tx: Tx, service_id: str) -> None:
    """Show a service to nobody any more; handovers under way go on."""
    tx.run("UPDATE service SET active = 0, changed_at = ? WHERE id = ?", tx.now, service_id)


def pin_hash(tx: Tx, service_id: str) -> bytes | None:
    """The hash of a service's PIN; None where it has none."""
    row = tx.one("SELECT pin_hash FROM service WHERE id = ?", service_id)
    return None if row is None or row["pin_hash"] is None else bytes(row["pin_hash"])


def set_pin(tx: Tx, service_id: str, pin: str) -> None:
    """Write a service's PIN, as a hash."""
    hashed = hash_of_pin(tx.vault, service_id, pin)
    tx.run("UPDATE service SET pin_hash = ?, changed_at = ? WHERE id = ?", hashed, tx.now, service_id)


def hash_of_pin(vault: Vault, service_id: str, pin: str) -> bytes:
    """HMAC-SHA256 under a key outside the database. A PIN is short: whoever has that key has everything, whoever has
    only the database has nothing to try it on, and at the door five tries are all there are.
    """
    return hmac.new(vault.derived("service-pin"), f"{service_id}\n{pin.strip()}".encode(), hashlib.sha256).digest()


def pin_fits(tx: Tx, service_id: str, pin: str) -> bool:
    """Whether this is the service's PIN; one without a PIN has none that fits."""
    known = pin_hash(tx, service_id)
    return known is not None and hmac.compare_digest(known, hash_of_pin(tx.vault, service_id, pin))


def changed(tx: Tx) -> None:
    """Let every process read the directory anew."""
    people.set_setting(tx, VERSION, tx.new_id())


def _service(row: Row) -> Service:
    content = orjson.loads(row["content"])
    return from_content(row["id"], content, active=bool(row["active"]), has_pin=bool(row["has_pin"]))
