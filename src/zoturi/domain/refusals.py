"""How a rule says no."""

from __future__ import annotations

RETRY_HELPS = frozenset({"too_fast", "busy", "storage_unavailable"})


class Refusal(Exception):
    """A deed that may not happen. ``code`` is one of the error codes of the contract; sentences are made at the edge.

    ``facts`` travel with the answer (``field``, ``contact_id``, ``by`` …); they never hold what a person wrote.
    """

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    @property
    def retry(self) -> bool:
        """Whether the same request may succeed a little later."""
        return self.code in RETRY_HELPS

    def answer(self) -> dict:
        """The acknowledgement of the contract."""
        return {"ok": False, "code": self.code, "retry": self.retry, **self.facts}
