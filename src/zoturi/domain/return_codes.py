"""Return codes: sixteen letters and digits that open one contact again, from any device.

4 selector + 11 secret + 1 check character in Crockford's base32, which has no I, L, O or U. The check character is a
sum in the field of 32 elements, so it catches every single wrong character and every two neighbours swapped.
"""

from __future__ import annotations

import re

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16
SELECTOR = 4
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
_BETWEEN = re.compile(r"[\s\-–_.·]+")
_IN_TEXT = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Za-z]{4}[\s\-–]?){3}[0-9A-Za-z]{4}(?![0-9A-Za-z])")


def _times(a: int, b: int) -> int:
    """Multiply in the field of 32 elements, modulo x⁵ + x² + 1."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a & 32:
            a ^= 0b100101
        b >>= 1
    return product


def _check(values: list[int]) -> int:
    total, weight = 0, 1
    for value in values:
        weight = _times(weight, 2)
        total ^= _times(weight, value)
    return total


def make(randomness: bytes) -> str:
    """A code from ten random bytes, with its check character. It always has a digit: by that one is told from words."""
    number = int.from_bytes(randomness, "big")
    values = [(number >> (5 * place)) & 31 for place in range(LENGTH - 1)]
    if all(value > 9 for value in values):
        values[-1] %= 10
    return "".join(ALPHABET[value] for value in [*values, _check(values)])


def shown(code: str) -> str:
    """The code as it is shown and printed: four groups of four."""
    return "-".join(code[at : at + 4] for at in range(0, LENGTH, 4))


def read(typed: str) -> str | None:
    """The code somebody typed, however they wrote it; None when it cannot be one (a typing error)."""
    code = _BETWEEN.sub("", typed).upper().translate(_LOOKALIKES)
    if len(code) != LENGTH or any(letter not in ALPHABET for letter in code):
        return None
    values = [ALPHABET.index(letter) for letter in code]
    return code if _check(values[:-1]) == values[-1] else None


def found_in(text: str) -> bool:
    """Whether a text holds something that is a return code: nobody should hand theirs out by mistake."""
    return any(
        read(match.group()) is not None and any(letter.isdigit() for letter in match.group())
        for match in _IN_TEXT.finditer(text)
    )
