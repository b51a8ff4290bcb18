"""A worker's own ready sentences, beside the shared phrasebook. They are about nobody, so they are not sealed."""

from __future__ import annotations

from zoturi.domain.chat import check_text
from zoturi.domain.people import Worker
from zoturi.domain.refusals import Refusal
from zoturi.store import people
from zoturi.store import phrases as store
from zoturi.store.tx import Tx
from zoturi.wire import SavePhrase

MOST_OWN = 100
LONGEST = 600


def save(tx: Tx, actor: Worker, command: SavePhrase) -> dict:
    """Keep a phrase in at least one language under the id its maker gave it; again with other words changes them."""
    texts = {
        language: check_text(text, longest=LONGEST, field="texts")
        for language, text in command.texts.items() if text.strip()
    }  # fmt: skip
    if not texts:
        raise Refusal("bad_field", field="texts")
    people.lock(tx, actor.key)  # counts one after the other
    known = store.of(tx, actor.key)
    if len(known) >= MOST_OWN and all(each["id"] != command.phrase_id for each in known):
        raise Refusal("at_capacity")
    store.keep(tx, actor.key, command.phrase_id, texts)
    return {"phrases": store.of(tx, actor.key)}


def delete(tx: Tx, actor: Worker, phrase_id: str) -> dict:
    """Drop a phrase of one's own; one that is gone already changes nothing."""
    store.drop(tx, actor.key, phrase_id)
    return {"phrases": store.of(tx, actor.key)}
