"""What of personal data a screen shows by default: enough to recognise, not to use."""

from __future__ import annotations

import re
from collections.abc import Callable

from carrears.parties.blind import CHINESE_MOBILE, Kind, normalise

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
# Province, city and district may be seen; the first road, lane or number may not.
_DISTRICT = re.compile(
    r"(?:[^路街道巷号\d]{2,3}省|[^路街道巷号\d]{2,6}自治区)?"
    r"(?:[^路街道巷号\d]{2,9}?[市州盟])?"
    r"(?:[^路街道巷号\d]{1,6}?[区县旗市])?"
)
_LOCAL_DIGITS = 6
_LONG_SERIAL = 15
# At most three of five characters of a serial are shown.
_SHOWN, _SHOWN_OF = 3, 5


def mask(kind: Kind, value: str, *, country: str = "CN") -> str:
    """``value`` with its telling part starred, for example ``138****1234`` or ``王*明``."""
    text = value.strip()
    if not text:
        return ""
    if kind is Kind.PHONE:
        return _mask_phone(text, country)
    return _MASKS[kind](text)


def _mask_phone(text: str, country: str) -> str:
    national = normalise(Kind.PHONE, text, country=country).removeprefix("+86")
    if CHINESE_MOBILE.fullmatch(national):
        return f"{national[:3]}****{national[-4:]}"
    return f"****{national[-4:]}" if len(national) > _LOCAL_DIGITS else "****"


def _mask_name(text: str) -> str:
    return " ".join(_mask_word(word) for word in text.split())


def _mask_plate(text: str) -> str:
    return _mask_serial(normalise(Kind.PLATE, text), head=2, tail=2)


def _mask_vin(text: str) -> str:
    return _mask_serial(normalise(Kind.VIN, text), head=3, tail=4)


def _mask_id_no(text: str) -> str:
    serial = normalise(Kind.ID_NO, text)
    return _mask_serial(serial, head=3 if len(serial) >= _LONG_SERIAL else 0, tail=4)


def _mask_email(text: str) -> str:
    user, at, domain = text.rpartition("@")
    return f"{user[:1]}***@{domain}" if at and user else "***"


def _mask_word(word: str) -> str:
    if not _HAN.match(word):
        return f"{word[0]}***"
    if len(word) <= 2:  # noqa: PLR2004  a surname and one character
        return f"{word[0]}*" if len(word) > 1 else "*"
    return _mask_middle(word, head=1, tail=1)


def _mask_account(text: str) -> str:
    return _mask_serial(text, head=1, tail=2)


def _mask_address(text: str) -> str:
    if _HAN.match(text):
        found = _DISTRICT.match(text)
        return f"{found.group() if found else ''}***"
    _street, comma, rest = text.partition(",")
    return f"***,{rest}" if comma else "***"


def _mask_serial(serial: str, *, head: int, tail: int) -> str:
    # A short serial shows less, so that a mask never gives the whole away.
    if (head + tail) * _SHOWN_OF > len(serial) * _SHOWN:
        head, tail = min(head, len(serial) // 4), len(serial) // 4
    return _mask_middle(serial, head=head, tail=tail)


def _mask_middle(text: str, *, head: int, tail: int) -> str:
    hidden = "*" * (len(text) - head - tail)
    return text[:head] + hidden + text[len(text) - tail :]


_MASKS: dict[Kind, Callable[[str], str]] = {
    Kind.EMAIL: _mask_email,
    Kind.NAME: _mask_name,
    Kind.PLATE: _mask_plate,
    Kind.VIN: _mask_vin,
    Kind.ID_NO: _mask_id_no,
    Kind.ADDRESS: _mask_address,
    Kind.PORTAL: _mask_account,
}
