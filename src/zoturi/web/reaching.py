"""Numbers and addresses at which somebody can be reached: read as people write them, and what is wrong with one.

Nothing is looked up in a network.
"""

from __future__ import annotations

import re

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType, ValidationResult

HOME = "FI"
"""A number without a country is Finnish."""
_WRITTEN = re.compile(r"(?:\+|00)?[0-9(][0-9 ()\-–./\u00a0]*")


def phone(text: str) -> tuple[str | None, str | None]:
    """The number in international form (E.164), else what is wrong: ``too_short``, ``too_long`` or ``no_number``."""
    written = text.strip()
    if not _WRITTEN.fullmatch(written):
        return None, "no_number"
    try:
        number = phonenumbers.parse(written, HOME)
    except NumberParseException as problem:
        return None, "too_short" if problem.error_type == NumberParseException.TOO_SHORT_NSN else "no_number"
    if phonenumbers.number_type(number) == PhoneNumberType.PREMIUM_RATE:
        return None, "no_number"  # whoever rings it pays whoever left it; nobody is reached at one
    if phonenumbers.is_valid_number(number):
        return phonenumbers.format_number(number, PhoneNumberFormat.E164), None
    fits = phonenumbers.is_possible_number_with_reason(number)
    digits = len(str(number.national_number))
    if fits == ValidationResult.TOO_SHORT or (number.country_code == 358 and digits < 7):
        return None, "too_short"
    return None, "too_long" if fits == ValidationResult.TOO_LONG else "no_number"


def email(text: str) -> tuple[str | None, str | None]:
    """The address as it is written to, else ``no_address``."""
    try:
        return validate_email(text.strip(), check_deliverability=False).normalized, None
    except EmailNotValidError:
        return None, "no_address"
