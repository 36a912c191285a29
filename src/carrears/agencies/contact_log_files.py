"""Read an agency's log of contacts: pure. Rows that cannot be read are told, not lost.

A row is the same whether it came in a file or by the API. Whether it fits what is on record is
looked at later (``contact_logs``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from carrears.agencies.row_files import NO_LOAN, TOO_LONG, Fault, Reject, Row, line_of
from carrears.clock import zone

# The column names that are understood; the first is the documented one. ``_id`` and ``_why`` stand
# in a file of corrections.
COLUMNS: dict[str, tuple[str, ...]] = {
    "reference": ("reference", "流水号"),
    "loan_no": ("loan_no", "贷款编号", "合同号"),
    "at": ("at", "时间"),
    "zone": ("zone", "时区"),
    "channel": ("channel", "渠道"),
    "direction": ("direction", "方向"),
    "number": ("number", "号码"),
    "with": ("with", "对象"),
    "result": ("result", "结果码"),
    "acted_by": ("acted_by", "催收员"),
    "staff": ("staff", "人数"),
    "note": ("note", "备注"),
}
REQUIRED = ("reference", "loan_no", "at", "channel", "acted_by")
ID, WHY = "_id", "_why"
MOST_ROWS = 2_000

_LONGEST = {"reference": 64, "loan_no": 64, "acted_by": 64, "note": 4000, "number": 320}
_CHANNELS = {
    "call": "call",
    "sms": "sms",
    "email": "email",
    "letter": "letter",
    "visit": "visit",
    "电话": "call",
    "短信": "sms",
    "邮件": "email",
    "信函": "letter",
    "外访": "visit",
}
_DIRECTIONS = {"": "out", "out": "out", "in": "in", "呼出": "out", "呼入": "in"}
_ROLES = {
    "": "",
    "obligor": "obligor",
    "co_obligor": "co_obligor",
    "guarantor": "guarantor",
    "contact": "contact",
    "借款人": "obligor",
    "共同借款人": "co_obligor",
    "担保人": "guarantor",
    "联系人": "contact",
}
_AT_A_NUMBER = frozenset({"call", "sms", "email"})

NO_REFERENCE = "a reference is needed"
NO_TIME = "“%(told)s” is no time with a zone (2026-11-30T10:15:00+08:00)"
NO_ZONE = "“%(told)s” is no time zone (Asia/Shanghai)"
NO_CHANNEL = "“%(told)s” is none of call, sms, email, letter, visit"
NO_DIRECTION = "“%(told)s” is none of out, in"
NO_ROLE = "“%(told)s” is none of obligor, co_obligor, guarantor, contact"
NO_NUMBER = "the number or address is needed"
NOBODY_ACTED = "say who acted"
NO_STAFF = "how many went on a visit: 1 to 20"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """A contact as an agency tells it; ``number`` stays in memory. ``role`` empty: not said."""

    row_no: int
    raw: str
    reject: int | None
    reference: str
    loan_no: str
    at: datetime
    channel: str
    direction: str
    number: str
    role: str
    result: str
    acted_by: str
    staff: int | None
    note: str


def read_row(row: Row) -> LogRow | Reject:
    """A row by its fields, or what is wrong with it; kept aside with its fields in one order."""
    told = {field: row.told.get(field, "") for field in COLUMNS}
    raw = line_of(list(told.values()))
    faults = [Fault(field, TOO_LONG) for field, most in _LONGEST.items() if len(told[field]) > most]
    if not told["reference"]:
        faults.append(Fault("reference", NO_REFERENCE))
    if not told["loan_no"]:
        faults.append(Fault("loan_no", NO_LOAN))
    if not told["acted_by"]:
        faults.append(Fault("acted_by", NOBODY_ACTED))
    at = _moment(told, faults)
    words = {
        field: _word(told, field, known, why, faults)
        for field, known, why in (
            ("channel", _CHANNELS, NO_CHANNEL),
            ("direction", _DIRECTIONS, NO_DIRECTION),
            ("with", _ROLES, NO_ROLE),
        )
    }
    staff = _staff(told, words["channel"], faults)
    if words["channel"] in _AT_A_NUMBER and not told["number"]:
        faults.append(Fault("number", NO_NUMBER))
    if faults or at is None:
        return Reject(row.row_no, tuple(faults), raw, told["reference"][:64])
    return LogRow(
        row_no=row.row_no,
        raw=raw,
        reject=int(number) if (number := row.told.get(ID, "")).isdecimal() else None,
        reference=told["reference"],
        loan_no=told["loan_no"],
        at=at,
        channel=words["channel"],
        direction=words["direction"],
        number=told["number"],
        role=words["with"],
        result=told["result"],
        acted_by=told["acted_by"],
        staff=staff,
        note=told["note"],
    )


def _moment(told: Mapping[str, str], faults: list[Fault]) -> datetime | None:
    """A time of an offset of its own, or by the clock of ``zone``; never a guess."""
    try:
        at = datetime.fromisoformat(told["at"].replace("/", "-"))
    except ValueError:
        faults.append(Fault("at", NO_TIME, told["at"][:40]))
        return None
    if told["zone"]:
        try:
            named = zone(told["zone"])
        except ValueError:
            faults.append(Fault("zone", NO_ZONE, told["zone"][:40]))
            return None
        return at if at.tzinfo else at.replace(tzinfo=named)
    if at.tzinfo is None:
        faults.append(Fault("at", NO_TIME, told["at"][:40]))
        return None
    return at


def _word(
    told: Mapping[str, str], field: str, known: Mapping[str, str], why: str, faults: list[Fault]
) -> str:
    word = known.get(told[field].lower())
    if word is None:
        faults.append(Fault(field, why, told[field][:40]))
    return word or ""


def _staff(told: Mapping[str, str], channel: str, faults: list[Fault]) -> int | None:
    text = told["staff"]
    if not text:
        return None
    if channel == "visit" and text.isascii() and text.isdecimal() and 1 <= int(text) <= 20:  # noqa: PLR2004  as the API has it
        return int(text)
    faults.append(Fault("staff", NO_STAFF, text[:40]))
    return None
