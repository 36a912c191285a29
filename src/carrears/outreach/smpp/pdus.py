"""Protocol data units of SMPP 3.4 (Issue 1.2, sections 4 and 5), to bytes and back.

Integers are big-endian; C-octet strings end with a zero octet; optional parameters are TLVs.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

HEADER = struct.Struct(">IIII")
RESPONSE = 0x80000000
VERSION = 0x34
# Far more than any unit of this protocol has: whoever announces more is not speaking it.
LONGEST = 1 << 20
_LONGEST_SHORT = 254


class Command(IntEnum):
    """Operations, by 5.1.2.1."""

    BIND_TRANSCEIVER = 0x00000009
    SUBMIT_SM = 0x00000004
    DELIVER_SM = 0x00000005
    UNBIND = 0x00000006
    ENQUIRE_LINK = 0x00000015
    GENERIC_NACK = 0x80000000


class Status(IntEnum):
    """The states that decide what is done, by 5.1.3; all others refuse."""

    OK = 0x00000000
    SYSTEM_ERROR = 0x00000008
    QUEUE_FULL = 0x00000014
    THROTTLED = 0x00000058
    REFUSED_FOR_NOW = 0x00000064  # ESME_RX_T_APPN


# The gateway may take the same unit later.
PASSING = frozenset(
    {Status.SYSTEM_ERROR, Status.QUEUE_FULL, Status.THROTTLED, Status.REFUSED_FOR_NOW}
)

# It says nothing of the unit: the line takes no more at present.
FULL = frozenset({Status.QUEUE_FULL, Status.THROTTLED})


class Tag(IntEnum):
    """Optional parameters, by 5.3.2."""

    RECEIPTED_MESSAGE_ID = 0x001E
    USER_MESSAGE_REFERENCE = 0x0204
    SAR_REFERENCE = 0x020C
    SAR_TOTAL = 0x020E
    SAR_NUMBER = 0x020F
    NETWORK_ERROR_CODE = 0x0423
    MESSAGE_PAYLOAD = 0x0424
    MESSAGE_STATE = 0x0427


class PduError(ValueError):
    """Octets that are no unit of this protocol."""


@dataclass(frozen=True, slots=True)
class Pdu:
    """One unit: what, its status, its number and its body."""

    command: int
    sequence: int
    status: int = 0
    body: bytes = b""

    def to_bytes(self) -> bytes:
        """The unit as it goes over the line."""
        return HEADER.pack(16 + len(self.body), self.command, self.status, self.sequence) + (
            self.body
        )


@dataclass(frozen=True, slots=True)
class Address:
    """A number with its type and numbering plan (5.2.5, 5.2.6)."""

    ton: int
    npi: int
    digits: str


@dataclass(frozen=True, slots=True)
class Message:
    """The body of ``submit_sm`` and ``deliver_sm`` (4.4.1, 4.6.1)."""

    source: Address
    target: Address
    short: bytes = b""
    esm_class: int = 0
    data_coding: int = 0
    registered_delivery: int = 0
    tlvs: Mapping[int, bytes] = field(default_factory=dict)

    @property
    def text_bytes(self) -> bytes:
        """The message, wherever it stands."""
        return self.tlvs.get(Tag.MESSAGE_PAYLOAD, b"") or self.short


def take_pdu(buffer: bytearray) -> Pdu | None:
    """The first whole unit of ``buffer``, removed from it; None while more has to come.

    Raises:
        PduError: a length that no unit has.
    """
    if len(buffer) < HEADER.size:
        return None
    length, command, status, sequence = HEADER.unpack_from(buffer)
    if not HEADER.size <= length <= LONGEST:
        raise PduError(f"a unit of {length} octets")
    if len(buffer) < length:
        return None
    body = bytes(buffer[HEADER.size : length])
    del buffer[:length]
    return Pdu(command, sequence, status, body)


def bind_body(system_id: str, password: str, system_type: str) -> bytes:
    """The body of ``bind_transceiver`` (4.1.5)."""
    head = b"".join(map(c_octets, (system_id, password, system_type)))
    return head + bytes((VERSION, 0, 0)) + c_octets("")


def message_body(message: Message) -> bytes:
    """The body of ``submit_sm`` or ``deliver_sm``.

    Raises:
        PduError: a short message of more than 254 octets.
    """
    if len(message.short) > _LONGEST_SHORT:
        raise PduError("a short message of more than 254 octets")
    plain = bytes(
        (message.esm_class, 0, 0, 0, 0, message.registered_delivery, 0, message.data_coding, 0)
    )
    tlvs = b"".join(
        struct.pack(">HH", tag, len(value)) + value for tag, value in message.tlvs.items()
    )
    return b"".join(
        (
            c_octets(""),  # service_type
            _address(message.source),
            _address(message.target),
            plain,
            bytes((len(message.short),)),
            message.short,
            tlvs,
        )
    )


def read_message(body: bytes) -> Message:
    """What a ``submit_sm`` or ``deliver_sm`` says.

    Raises:
        PduError: it is cut off.
    """
    try:
        _, at = _read_c(body, 0)
        source, at = _read_address(body, at)
        target, at = _read_address(body, at)
        esm_class, registered, coding = body[at], 0, 0
        at += 3  # esm_class, protocol_id, priority_flag
        _, at = _read_c(body, at)  # schedule_delivery_time
        _, at = _read_c(body, at)  # validity_period
        registered, coding, length = body[at], body[at + 2], body[at + 4]
        at += 5
        short = body[at : at + length]
    except IndexError as error:
        raise PduError("a message that is cut off") from error
    if len(short) != length:
        raise PduError("a message that is cut off")
    tlvs = read_tlvs(body, at + length)
    return Message(source, target, short, esm_class, coding, registered, tlvs)


def read_tlvs(body: bytes, at: int) -> dict[int, bytes]:
    """The optional parameters from ``at`` on.

    Raises:
        PduError: one is cut off.
    """
    found = {}
    while at < len(body):
        if at + 4 > len(body):
            raise PduError("an optional parameter that is cut off")
        tag, length = struct.unpack_from(">HH", body, at)
        value = body[at + 4 : at + 4 + length]
        if len(value) != length:
            raise PduError("an optional parameter that is cut off")
        found[tag] = value
        at += 4 + length
    return found


def c_octets(text: str) -> bytes:
    """A C-octet string; what is no Latin text cannot stand in one.

    Raises:
        PduError: it cannot.
    """
    try:
        return text.encode("latin-1") + b"\0"
    except UnicodeEncodeError as error:
        raise PduError("a field that is no Latin text") from error


def read_c(body: bytes) -> str:
    """The C-octet string that ``body`` begins with; what lacks its end ends with the body."""
    return body.partition(b"\0")[0].decode("latin-1")


def _address(address: Address) -> bytes:
    return bytes((address.ton, address.npi)) + c_octets(address.digits)


def _read_c(body: bytes, at: int) -> tuple[str, int]:
    end = body.find(b"\0", at)
    if end < 0:
        raise PduError("a text without an end")
    return body[at:end].decode("latin-1"), end + 1


def _read_address(body: bytes, at: int) -> tuple[Address, int]:
    ton, npi = body[at], body[at + 1]
    digits, end = _read_c(body, at + 2)
    return Address(ton, npi, digits), end
