"""A worker's own ready sentences."""

from __future__ import annotations

import orjson

from zoturi.store.tx import Tx


def of(tx: Tx, worker: int) -> list[dict]:
    """A worker's own phrases, oldest first: id and a text a language."""
    rows = tx.all("SELECT id, texts FROM phrase WHERE worker = ? ORDER BY at, id", worker)
    return [{"id": row["id"], "texts": orjson.loads(row["texts"])} for row in rows]


def keep(tx: Tx, worker: int, phrase_id: str, texts: dict[str, str]) -> None:
    """Store a phrase, or its new wording; its place among the others stays."""
    tx.run(
        "INSERT INTO phrase (worker, id, texts, at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (worker, id) DO UPDATE SET texts = excluded.texts",
        worker, phrase_id, orjson.dumps(texts).decode(), tx.now,
    )  # fmt: skip


def drop(tx: Tx, worker: int, phrase_id: str) -> None:
    tx.run("DELETE FROM phrase WHERE worker = ? AND id = ?", worker, phrase_id)
