"""Finnish personal identity codes: nobody has to give theirs here, and none is stored by mistake.

DDMMYY, a separator for the century, three digits and a check character (Decree 690/2022 added the separators besides
``+``, ``-`` and ``A``).
"""

from __future__ import annotations

import re
from datetime import date

CHECKS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_CENTURIES = {"+": 1800, **dict.fromkeys("-YXWVU", 1900), **dict.fromkeys("ABCDEF", 2000)}
_DASHES = str.maketrans({"–": "-", "‐": "-", "‑": "-", "−": "-"})
_IN_TEXT = re.compile(
    r"(?<![0-9A-Za-z+])(\d{2})(\d{2})(\d{2}) ?([-+A-FU-Y]) ?(\d{3})([0-9A-Z])(?![0-9A-Za-z])", re.ASCII | re.IGNORECASE
)


def found_in(text: str) -> bool:
    """Whether a text holds something that is a personal identity code: a real date, and the right check character."""
    return any(_is_code(*match.groups()) for match in _IN_TEXT.finditer(text.translate(_DASHES)))


def _is_code(day: str, month: str, year: str, separator: str, number: str, check: str) -> bool:
    try:
        date(_CENTURIES[separator.upper()] + int(year), int(month), int(day))
    except ValueError:
        return False
    return CHECKS[int(day + month + year + number) % len(CHECKS)] == check.upper()
