"""What can happen to a loan between two nights, and what has to be said of it.

One class a kind. The same classes check what comes by the API and what an integrator wrote
into the table by SQL, so that neither can say what the other could not.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

MinorUnits: TypeAlias = Annotated[int, Field(gt=0, le=10**15, strict=True)]
Currency: TypeAlias = Annotated[str, Field(pattern="^[A-Z]{3}$")]
Words: TypeAlias = Annotated[str, Field(min_length=1, max_length=2000)]
HeardBy: TypeAlias = Literal[
    "phone", "email", "letter", "web", "in_person", "message", "regulator", "ombudsman", "court",
    "other",
]  # fmt: skip


class MalformedEventError(ValueError):
    """An event that says too little, too much or nonsense; ``errors`` name field and reason."""

    def __init__(self, errors: list[dict[str, str]]) -> None:
        self.errors = errors
        super().__init__("; ".join(f"{one['field']}: {one['reason']}" for one in errors))


class Happening(BaseModel):
    """What every kind has in common."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # The field that names the day it counts for; without one it is the day it happened.
    day_field: ClassVar[str] = ""
    # Fields that tell of a person; they are sealed, or dropped once they took effect.
    personal: ClassVar[tuple[str, ...]] = ()

    @property
    def counts_on(self) -> date | None:
        """The day it counts for, where it names one."""
        return getattr(self, self.day_field) if self.day_field else None


class Payment(Happening):
    """Money came in (还款): ``amount`` minor units of ``currency``, value date ``paid_on``."""

    day_field: ClassVar[str] = "paid_on"
    kind: Literal["payment"] = "payment"
    amount: MinorUnits
    currency: Currency
    paid_on: date


class PaymentReversed(Happening):
    """Money was taken back (冲正, 代扣退回): ``payment`` is the key of the payment, if known."""

    day_field: ClassVar[str] = "reversed_on"
    kind: Literal["payment_reversed"] = "payment_reversed"
    amount: MinorUnits
    currency: Currency
    reversed_on: date
    payment: Annotated[str, Field(max_length=128)] = ""
    returned_debit: bool = False


class PromiseDue(Happening):
    """The day of a promise to pay has come or gone: it is kept, broken, or waits on."""

    kind: Literal["promise_due"] = "promise_due"


class BureauChange(Happening):
    """The credit bureau's score of the borrower is another now (征信变动)."""

    kind: Literal["bureau_change"] = "bureau_change"
    bureau_score: Annotated[int, Field(ge=0, le=10_000, strict=True)]


class DeviceAlarm(Happening):
    """The car's device reports (设备报警): silent, opened, out of its region, at a pawnbroker's."""

    kind: Literal["device_alarm"] = "device_alarm"
    alarm: Literal["offline", "tampered", "left_region", "near_pawnshop"]
    device_no: Annotated[str, Field(max_length=64)] = ""


class Complaint(Happening):
    """The borrower complained (投诉): collection stops until somebody has dealt with it.

    It comes into the register of complaints, with ``category``, ``channel`` and ``agency`` as they
    are told (``conduct.models`` names the words).
    """

    personal: ClassVar[tuple[str, ...]] = ("text",)
    kind: Literal["complaint"] = "complaint"
    reference: Annotated[str, Field(max_length=64)] = ""
    text: Words | None = None
    category: Literal[
        "conduct", "frequency", "hours", "third_party", "privacy", "wrong_person", "amount",
        "payment", "credit_report", "vehicle", "service", "other",
    ] = "other"  # fmt: skip
    channel: HeardBy = "other"
    agency: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{0,64}$")] = ""


class PhoneChanged(Happening):
    """The borrower has another number (换号); the old one is not used any more."""

    personal: ClassVar[tuple[str, ...]] = ("phone",)
    kind: Literal["phone_changed"] = "phone_changed"
    phone: Annotated[str, Field(pattern=r"^\+?[0-9][0-9 ()-]{4,24}$")]


class Hardship(Happening):
    """The borrower reports hardship (困难), until ``until_on`` or for now."""

    personal: ClassVar[tuple[str, ...]] = ("text",)
    kind: Literal["hardship"] = "hardship"
    until_on: date | None = None
    text: Words | None = None


class Dispute(Happening):
    """The borrower disputes the debt (争议): collection stops until the dispute is answered.

    It is raised as on the screen: ``dispute`` is a code of ``dispute_kinds.yaml``, ``amount`` is in
    minor units of the loan's currency. ``until_on`` is of old senders; a dispute ends by its
    answer, not by a day.
    """

    personal: ClassVar[tuple[str, ...]] = ("text",)
    kind: Literal["dispute"] = "dispute"
    until_on: date | None = None
    text: Words | None = None
    dispute: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,23}$")] = "other"
    amount: MinorUnits | None = None
    channel: HeardBy = "other"


AnyHappening: TypeAlias = Annotated[
    Payment
    | PaymentReversed
    | PromiseDue
    | BureauChange
    | DeviceAlarm
    | Complaint
    | PhoneChanged
    | Hardship
    | Dispute,
    Field(discriminator="kind"),
]
KINDS: tuple[str, ...] = (
    "payment", "payment_reversed", "promise_due", "bureau_change", "device_alarm", "complaint",
    "phone_changed", "hardship", "dispute",
)  # fmt: skip
_ADAPTER: TypeAdapter[Happening] = TypeAdapter(AnyHappening)


def read_happening(kind: str, payload: Any) -> Happening:
    """What an event says, checked.

    Raises:
        MalformedEventError: an unknown kind, or a field that does not fit; names each.
    """
    if not isinstance(payload, dict):
        raise MalformedEventError([{"field": "payload", "reason": "an object is expected"}])
    if kind not in KINDS:
        reason = f"{kind!r} is none of {', '.join(KINDS)}"
        raise MalformedEventError([{"field": "kind", "reason": reason}])
    try:
        return _ADAPTER.validate_python(payload | {"kind": kind}, by_name=True)
    except ValidationError as error:
        raise MalformedEventError(errors_of(error)) from error


def errors_of(error: ValidationError, *, skip: int = 1) -> list[dict[str, str]]:
    """Field and reason of each fault; the value itself is not repeated, it may be personal.

    ``skip`` steps of the way to the field are left out: by default the kind's name.
    """
    return [
        {"field": ".".join(str(step) for step in one["loc"][skip:]), "reason": one["msg"]}
        for one in error.errors(include_input=False, include_url=False)
    ]
