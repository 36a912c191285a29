"""An SMSC as a gateway: each text cut into segments, each segment one ``submit_sm``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from carrears.outreach.channels import Handed, LineError, Parcel
from carrears.outreach.smpp.ids import id_of_answer
from carrears.outreach.smpp.pdus import FULL, PASSING, Address, Message, Tag
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
        return self.stream(iter(parcels))

    def stream(self, parcels: Iterator[Parcel | None]) -> Iterator[Handed]:
        """The same, of parcels as they come.

        Raises:
            LineError: the line broke.
        """
        under_way = _UnderWay(self.smsc)
        try:
            for answer in self.session.submit(under_way.units(parcels)):
                yield from under_way.take_refused()
                if answer is not None:
                    yield from under_way.take(answer)
        except SessionError as error:
            yield from under_way.take_refused()
            yield from under_way.take_partial()
            raise LineError(str(error)) from error
        yield from under_way.take_refused()

    def idle(self, seconds: float) -> None:
        """Take up what comes in.

        Raises:
            LineError: the line broke.
        """
        try:
            self.session.idle(seconds)
        except SessionError as error:
            raise LineError(str(error)) from error


@dataclass(slots=True)
class _UnderWay:
    """The segments that were submitted, to which parcels they belong, and what was answered."""

    smsc: Smsc
    _count: int = 0
    _owner: dict[int, str] = field(default_factory=dict)
    _wanted: dict[str, int] = field(default_factory=dict)
    _answers: dict[str, list[Answer]] = field(default_factory=dict)
    _refused: list[Handed] = field(default_factory=list)

    def units(self, parcels: Iterator[Parcel | None]) -> Iterator[Message | None]:
        """The segments of the parcels; what cannot be cut is refused here."""
        for parcel in parcels:
            if parcel is None:
                yield None
                continue
            try:
                cut = segments(parcel, self.smsc)
            except (TextError, ValueError) as error:
                self._refused.append(Handed(parcel.key, "refused", str(error)))
                continue
            self._wanted[parcel.key], self._answers[parcel.key] = len(cut), []
            for unit in cut:
                self._owner[self._count] = parcel.key
                self._count += 1
                yield unit

    def take(self, answer: Answer) -> Iterator[Handed]:
        """What came of the parcel, once all its segments were answered."""
        key = self._owner.pop(answer.number)
        named = id_of_answer(answer.reference, self.smsc.ids)
        self._answers[key].append(replace(answer, reference=named))
        if len(self._answers[key]) == self._wanted[key]:
            yield weigh(key, self._answers.pop(key), self._wanted.pop(key))

    def take_refused(self) -> Iterator[Handed]:
        """What was refused here since it was asked."""
        while self._refused:
            yield self._refused.pop()

    def take_partial(self) -> Iterator[Handed]:
        """What left in part, and no more of it will."""
        for key, answers in self._answers.items():
            if answers:
                yield weigh(key, answers, self._wanted[key])


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
    if not all(each.status in PASSING for each in refused):
        return Handed(key, "refused", words, (), wanted)
    is_full = all(each.status in FULL for each in refused)
    return Handed(key, "deferred", words, (), wanted, is_full=is_full)
