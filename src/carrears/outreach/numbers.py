"""Phone numbers as networks take them."""

from __future__ import annotations

import phonenumbers

# Whose numbering plan a number without a country code follows, by jurisdiction.
REGIONS = {"cn": "CN", "us": "US", "uk": "GB", "in": "IN"}


def to_e164(value: str, jurisdiction: str) -> str:
    """The number as ``+`` and digits; empty where it is none."""
    try:
        number = phonenumbers.parse(value, REGIONS.get(jurisdiction))
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
