"""What was wrong with a row is kept without the value, by code and by the migration alike."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from factories import MOMENT
from hypothesis import given
from hypothesis import strategies as st

from carrears.exchange.faults_kept import kept_fault, told_fault
from carrears.exchange.models import RejectedRow, TapeImport
from carrears.exchange.tape import FieldError

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
_NOT_OF_VALUES = ["is missing", "2024-01-01 lies before opened_on 2025-01-01", "has 3 values"]
_AWKWARD = ["张三", "O'Neil", 'a "b"', "a\\", "a' b", "\n", "' is not", "\"'", " "]


@given(_TEXTS)
def test_a_value_leaves_the_reason_and_comes_back_with_its_row(value: str) -> None:
    told = FieldError("born", f"{value!r} is not a date like YYYY-MM-DD")

    kept = kept_fault(told)

    assert kept == {
        "field": "born",
        "reason": "is not a date like YYYY-MM-DD",
        "of_value": True,
    }
    assert told_fault(kept, {"born": value}) == {"field": "born", "reason": told.reason}
    assert told_fault(kept, {})["reason"] == "is not a date like YYYY-MM-DD"


@pytest.mark.parametrize("reason", _NOT_OF_VALUES)
def test_what_is_of_no_value_stays_as_it_is(reason: str) -> None:
    kept = kept_fault(FieldError("born", reason))

    assert kept == {"field": "born", "reason": reason}
    assert told_fault(kept, {"born": "张三"}) == kept


@pytest.mark.django_db
def test_the_migration_takes_out_what_an_older_release_kept() -> None:
    reasons = [*(f"{value!r} is not a date" for value in _AWKWARD), *_NOT_OF_VALUES]
    faults = [FieldError("born", reason) for reason in reasons]
    row = _kept([{"field": one.field, "reason": one.reason} for one in faults])
    clean = _kept([{"field": "born", "reason": "is missing"}])
    migration = import_module("carrears.exchange.migrations.0002_after_values_out_of_reasons")

    for _ in range(2):  # the second time there is nothing left to do
        with connection.schema_editor() as editor:
            migration._take_out(None, editor)

    row.refresh_from_db()
    clean.refresh_from_db()
    assert row.errors == [kept_fault(one) for one in faults]
    assert clean.errors == [{"field": "born", "reason": "is missing"}]


def _kept(errors: list[dict[str, Any]]) -> RejectedRow:
    tape, _ = TapeImport.objects.get_or_create(
        key="t", defaults={"file_name": "a.csv", "size_bytes": 1, "started_at": MOMENT}
    )
    return RejectedRow.objects.create(
        tape=tape, table="people", row_no=RejectedRow.objects.count(), errors=errors,
        raw_sealed=json.dumps({}).encode(),
    )  # fmt: skip
