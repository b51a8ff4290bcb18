"""Trying to reach somebody: what came of each call, and what a worker does next so that nobody just fades away."""

from __future__ import annotations

from collections.abc import Sequence

ENOUGH = 3
"""After so many calls in vain the answer goes another way."""
_OTHER_WAY = {"sms": "write_and_text", "phone": "write_or_text", "email": "write_and_mail"}


def after_attempts(results: Sequence[str], contact_by: str | None, *, reads_here: bool = True) -> str:
    """What to do after these calls, oldest first, as a code.

    ``first_call`` before any; ``talked`` when the last one reached them; ``wrong_number``: do not ring it again, answer
    in writing; ``other_time`` while fewer than three have failed in a row; then a written answer behind the return
    code, with what makes them look (``write_and_text``, ``write_or_text``, ``write_and_mail``, or just ``write``).
    Whoever reads nothing here (``reads_here`` False) gets ``last_try``: another way, or an end with the reason.
    """
    if not results:
        return "first_call"
    if results[-1] == "reached":
        return "talked"
    if results[-1] == "wrong_number":
        return "wrong_number" if reads_here else "last_try"
    failed = 0
    for result in reversed(results):
        if result == "reached":
            break
        failed += 1
    if failed < ENOUGH:
        return "other_time"
    return _OTHER_WAY.get(contact_by or "", "write") if reads_here else "last_try"
