"""By which number an SMSC knows a message, where its answers and its receipts write it otherwise.

SMPP 3.4 has ``message_id`` an opaque string; some SMSCs answer ``submit_sm`` with it in
hexadecimal and tell of it in receipts in decimal, or the other way round. ``Ids`` says which is
which; both come to one form, the decimal number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

Ids = Literal["same", "hex-dec", "dec-hex"]  # of answers, then of receipts
IDS: tuple[Ids, ...] = get_args(Ids)
_BASES: Mapping[Ids, tuple[int, int]] = {"hex-dec": (16, 10), "dec-hex": (10, 16)}


def id_of_answer(reference: str, ids: Ids) -> str:
    """What an answer names a message, in the form in which both are compared."""
    return _plain(reference, _BASES[ids][0]) if ids in _BASES else reference


def id_of_receipt(reference: str, ids: Ids) -> str:
    """What a receipt names it, in the same form."""
    return _plain(reference, _BASES[ids][1]) if ids in _BASES else reference


def _plain(reference: str, base: int) -> str:
    """The number in decimal; what is none stays as it is, and so is told of by nobody else."""
    told = reference.strip()
    # ``int`` would take signs, underscores and the digits of other scripts, too.
    if not told.isascii() or not told.isalnum():
        return reference
    try:
        return str(int(told, base))
    except ValueError:
        return reference
