"""What a template may ask for, of which kind, and how its placeholders are read."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Literal, get_args

from carrears.money import Money

Value = str | int | date | Money
Kind = Literal["name", "text", "number", "date", "money"]
KINDS: tuple[str, ...] = get_args(Kind)
_TYPES: Mapping[str, type] = {
    "name": str, "text": str, "number": int, "date": date, "money": Money,
}  # fmt: skip
# Each message of a case can give all of them, but for what was promised: that only where a promise
# is open.
KIND_OF: Mapping[str, Kind] = {
    "name": "name",
    "lender": "text",
    "phone": "text",
    "opt_out_url": "text",
    "loan_no": "text",
    "as_of": "date",
    "dpd": "number",
    "arrears": "money",
    "arrears_principal": "money",
    "arrears_interest": "money",
    "arrears_fee": "money",
    "oldest_due_on": "date",
    "next_due_on": "date",
    "next_due_amount": "money",
    "promised_on": "date",
    "promised_amount": "money",
}
VARIABLES: Mapping[str, type] = {name: _TYPES[kind] for name, kind in KIND_OF.items()}
# What every message must show: who writes, how to reach him, how to be left alone. A text is
# answered with a word instead of a link; which words tell so is the pack's to say.
REQUIRED: Mapping[str, frozenset[str]] = {
    "email": frozenset({"lender", "phone", "opt_out_url"}),
    "sms": frozenset({"lender", "phone"}),
    "letter": frozenset({"lender", "phone"}),
    "portal": frozenset({"lender", "phone"}),
}
PLAIN = re.compile(r"[a-z_]+")


class PlaceholderError(ValueError):
    """A brace that begins no plain variable, on a ``line`` of the text (from 1)."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def read_placeholders(text: str) -> Iterator[tuple[str, int]]:
    """The variables of ``text`` and their lines, in order; ``{{`` and ``}}`` are braces to read.

    Raises:
        PlaceholderError: something else than a plain name stands in braces.
    """
    line = 1
    try:
        for before, name, spec, conversion in string.Formatter().parse(text):
            line += before.count("\n")
            if name is None:
                continue
            if spec or conversion or not PLAIN.fullmatch(name):
                raise PlaceholderError(f"{{{name}}} is not a plain variable", line)
            yield name, line
    except ValueError as error:
        if isinstance(error, PlaceholderError):
            raise
        raise PlaceholderError(str(error), line) from error
