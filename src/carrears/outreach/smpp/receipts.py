"""What a delivery receipt says: by its TLVs, else by its text (SMPP 3.4, appendix B)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from carrears.outreach.smpp.pdus import Message, Tag
from carrears.outreach.smpp.texts import read_text

Fate = Literal["delivered", "undelivered", "under_way"]
# The kinds of deliver_sm, by 5.2.12.
_KIND, _RECEIPT, _INTERMEDIATE = 0x3C, 0x04, 0x20
_UNDER_WAY, _REACHED = frozenset({1, 6}), 2
_WORDS = {
    "ENROUTE": 1, "DELIVRD": 2, "EXPIRED": 3, "DELETED": 4, "UNDELIV": 5, "ACCEPTD": 6,
    "UNKNOWN": 7, "REJECTD": 8,
}  # fmt: skip
_NAMES = {number: word for word, number in _WORDS.items()}
_ID = re.compile(r"\bid:\s*(\S+)", re.IGNORECASE)
_STATE = re.compile(r"\bstat:\s*([A-Z]+)", re.IGNORECASE)
_ERROR = re.compile(r"\berr:\s*(\S+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Which message, what became of it, and the words of the gateway; never the text sent."""

    reference: str
    fate: Fate
    words: str


def is_receipt(message: Message) -> bool:
    """Whether a ``deliver_sm`` tells of a message of ours, rather than being one to us."""
    return message.esm_class & _KIND in {_RECEIPT, _INTERMEDIATE}


def is_intermediate(message: Message) -> bool:
    """Whether it tells of one that is tried still (5.2.12, *intermediate notification*)."""
    return message.esm_class & _KIND == _INTERMEDIATE


def read_receipt(message: Message) -> Receipt | None:
    """The receipt; None where it names no message or no state.

    Whatever an intermediate one says, the message is under way.
    """
    # Digits, ASCII letters and colons are the same in every alphabet that gateways send here.
    text = read_text(message.text_bytes, message.data_coding)
    text = text.partition("ext:")[0]  # the beginning of the message itself follows there
    reference, state = _reference(message, text), _state(message, text)
    if not reference or state is None:
        return None
    fate: Fate = "undelivered"
    if state in _UNDER_WAY or is_intermediate(message):
        fate = "under_way"
    elif state == _REACHED:
        fate = "delivered"
    error = _error(message, text)
    return Receipt(reference, fate, f"{_NAMES.get(state, state)} {error}".strip())


def _reference(message: Message, text: str) -> str:
    if told := message.tlvs.get(Tag.RECEIPTED_MESSAGE_ID):
        return told.partition(b"\0")[0].decode("latin-1")
    found = _ID.search(text)
    return found[1] if found else ""


def _state(message: Message, text: str) -> int | None:
    if told := message.tlvs.get(Tag.MESSAGE_STATE):
        return told[0]
    found = _STATE.search(text)
    return _WORDS.get(found[1].upper()[:7]) if found else None


def _error(message: Message, text: str) -> str:
    told = message.tlvs.get(Tag.NETWORK_ERROR_CODE, b"")
    if len(told) == 3:  # noqa: PLR2004  type of network, then its code
        return str(int.from_bytes(told[1:], "big"))
    found = _ERROR.search(text)
    return found[1] if found else ""
