"""An SMSC as a gateway: each text cut into segments, each segment one ``submit_sm``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from carrears.outreach.channels import Handed, LineError, Parcel
from carrears.outreach.smpp.pdus import PASSING, Address, Message, Tag
from carrears.outreach.smpp.session import Answer, Deliver, Session, SessionError, Smsc, bound
from carrears.outreach.smpp.texts import TextError, cut_text, with_header

NAME = "smpp"
_UDH, _ASKS_RECEIPT = 0x40, 1
_INTERNATIONAL, _E164 = 1, 1


@dataclass(frozen=True, slots=True)
class SmppGateway:
    """One SMSC. What is submitted twice arrives twice: nothing here may be given away again."""

    smsc: Smsc
    on_deliver: Deliver = field(repr=False)
    name: str = NAME
    repeatable: bool = False

    @property
    def window(self) -> int:
        """As many parcels as the SMSC lets us leave unanswered."""
        return self.smsc.window

    @contextmanager
    def open(self) -> Iterator[SmppLine]:
        """A bound session.

        Raises:
            LineError: nobody answers, it refuses us, or the line breaks while it is used.
        """
        try:
            with bound(self.smsc, self.on_deliver) as session:
                yield SmppLine(session, self.smsc)
        except SessionError as error:
            raise LineError(str(error)) from error


@dataclass(frozen=True, slots=True)
class SmppLine:
    """An open session."""

    session: Session
    smsc: Smsc

    def hand_over(self, parcels: Sequence[Parcel]) -> Iterator[Handed]:
        """Submit all segments; of a parcel the answers to all its segments make one.

        Raises:
            LineError: the line broke.
        """
        cut: dict[str, list[Message]] = {}
        for parcel in parcels:
            try:
                cut[parcel.key] = segments(parcel, self.smsc)
            except (TextError, ValueError) as error:
                yield Handed(parcel.key, "refused", str(error))
        units = [(key, unit) for key, several in cut.items() for unit in several]
        answers: dict[str, list[Answer]] = {key: [] for key in cut}
        told: set[str] = set()
        try:
            for answer in self.session.submit([unit for _, unit in units]):
                key = units[answer.number][0]
                answers[key].append(answer)
                if len(answers[key]) == len(cut[key]):
                    told.add(key)
                    yield weigh(key, answers[key], len(cut[key]))
        except SessionError as error:
            for key, several in answers.items():
                if several and key not in told:
                    yield weigh(key, several, len(cut[key]))
            raise LineError(str(error)) from error

    def idle(self, seconds: float) -> None:
        """Take up what comes in.

        Raises:
            LineError: the line broke.
        """
        try:
            self.session.idle(seconds)
        except SessionError as error:
            raise LineError(str(error)) from error


def segments(parcel: Parcel, smsc: Smsc) -> list[Message]:
    """The units of one parcel: its segments with a header each, or one with a payload.

    Raises:
        TextError, ValueError: a text or a number that cannot be sent.
    """
    if not parcel.to.startswith("+") or not parcel.to[1:].isdecimal():
        raise ValueError("a number that is none")
    cut = cut_text(parcel.message.text.strip())
    reference = int.from_bytes(hashlib.sha256(parcel.key.encode()).digest()[:2], "big")
    whole = Message(
        source=smsc.source,
        target=Address(_INTERNATIONAL, _E164, parcel.to[1:]),
        data_coding=cut.coding,
        registered_delivery=_ASKS_RECEIPT,
        tlvs={Tag.USER_MESSAGE_REFERENCE: reference.to_bytes(2, "big")},
    )
    if cut.count == 1:
        return [replace(whole, short=cut.parts[0])]
    if smsc.long_by == "payload":
        payload = {**whole.tlvs, int(Tag.MESSAGE_PAYLOAD): b"".join(cut.parts)}
        return [replace(whole, tlvs=payload)]
    return [
        replace(
            whole,
            esm_class=_UDH,
            short=with_header(part, reference=reference, total=cut.count, number=number),
        )
        for number, part in enumerate(cut.parts, start=1)
    ]


def weigh(key: str, answers: Sequence[Answer], wanted: int) -> Handed:
    """What the answers to a parcel's segments come to.

    Accepted is what was accepted whole. Where a part was accepted or nobody answered, and not
    the whole, nobody knows what the person reads: it is uncertain, and not sent again.
    """
    taken = [each for each in answers if each.status == 0]
    references = tuple(each.reference for each in taken if each.reference)
    if len(taken) == wanted:
        return Handed(key, "accepted", "", references, wanted)
    silent = [each for each in answers if each.status is None]
    refused = [each for each in answers if each.status]
    words = ", ".join(sorted({f"SMPP status 0x{each.status:08x}" for each in refused}))
    if taken or silent:
        told = words or "no answer from the SMSC"
        words = f"{len(taken)} of {wanted} parts taken; {told}"
        return Handed(key, "uncertain", words, references, wanted)
    passing = all(each.status in PASSING for each in refused)
    return Handed(key, "deferred" if passing else "refused", words, (), wanted)
