"""What staff type in is refused or taken in minor units."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from carrears.workbench.forms import NoteForm
from carrears.workbench.promise_forms import PromiseForm

TODAY = date(2019, 11, 30)


def promise(amount: str, currency: str = "CNY", due_on: str = "2019-12-03") -> PromiseForm:
    data = {"amount": amount, "due_on": due_on}
    latest = TODAY + timedelta(days=31)
    return PromiseForm(data, currency=currency, today=TODAY, latest=latest)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("4123.5", "CNY", 412_350), ("0.01", "USD", 1), ("12", "JPY", 12)],
)
def test_an_amount_is_taken_in_minor_units(amount: str, currency: str, minor: int) -> None:
    form = promise(amount, currency)

    assert form.is_valid(), form.errors
    assert [part.amount for part in form.cleaned_data["parts"]] == [minor]


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("0", "CNY"),
        ("-1", "CNY"),
        ("1.001", "CNY"),
        ("1.5", "JPY"),
        ("NaN", "CNY"),
        ("x", "CNY"),
        ("", "CNY"),
    ],
)
def test_an_amount_is_refused(amount: str, currency: str) -> None:
    assert "amount" in promise(amount, currency).errors


def test_the_field_tells_the_browser_what_it_takes() -> None:
    field = promise("1", "JPY").fields

    assert field["amount"].widget.attrs["step"] == "1"
    assert field["due_on"].widget.attrs["max"] == "2019-12-31"


def test_a_note_of_blanks_is_refused() -> None:
    assert not NoteForm({"text": "  \n"}).is_valid()
