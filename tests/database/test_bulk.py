"""Rows that go in as one text are those that ``bulk_create`` would have written."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import DataError, IntegrityError, transaction
from factories import make_case, make_person

from carrears.casework.models import Case, CaseEvent, Hold
from carrears.conduct.models import VerdictRecord
from carrears.database.bulk import insert_rows, insert_unknown_rows, update_rows
from carrears.outreach.models import Attempt, Delivery, Receipt
from carrears.parties.models import ContactPoint

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 1, 3, 4, 5, 678_901, tzinfo=UTC)


def told(rows: list[Any]) -> list[dict[str, Any]]:
    """What the database has of these rows, but for their numbers and when they came."""
    kept = type(rows[0]).objects.filter(pk__in=[row.pk for row in rows]).order_by("pk")
    return [
        {
            name: bytes(value) if isinstance(value, memoryview) else value
            for name, value in row.items()
            if name not in {"id", "added_at", "key"}
        }
        for row in kept.values()
    ]


def make_points(loan_no: str) -> list[ContactPoint]:
    person = make_person(loan_no=loan_no)
    values = (b"", b"\x00\xff\\x41", bytes(range(256)))
    return [
        ContactPoint(
            party=person, kind="phone", value_sealed=value, value_index=bytes([n]), valid=bool(n)
        )
        for n, value in enumerate(values)
    ]


def make_lines(prefix: str) -> list[CaseEvent]:
    case = make_case(loan_no=prefix)
    data: tuple[Any, ...] = (
        {"text": "他说“明天”还\n\\u0041 \U0001f600", "n": 1, "deep": [None, {"a": [True, "1.10"]}]},
        {},
        {"'quoted'": 'with "both" %s'},
    )
    return [
        CaseEvent(case=case, key=f"{prefix}:{n}", kind="note", happened_at=NOW, data=each)
        for n, each in enumerate(data)
    ]


def test_bytes_booleans_and_references_go_in_as_they_are() -> None:
    expected, rows = make_points("A-1"), make_points("A-2")
    ContactPoint.objects.bulk_create(expected)

    insert_rows(rows)

    stripped = [{**each, "party_id": None} for each in told(rows)]
    assert stripped == [{**each, "party_id": None} for each in told(expected)]
    assert [bytes(point.value_sealed) for point in rows] == [
        bytes(ContactPoint.objects.get(pk=point.pk).value_sealed) for point in rows
    ]


def test_documents_moments_and_nothing_go_in_as_they_are() -> None:
    expected, rows = make_lines("A-1"), make_lines("A-2")
    CaseEvent.objects.bulk_create(expected)

    insert_rows(rows)

    stripped = [{**each, "case_id": None} for each in told(rows)]
    assert stripped == [{**each, "case_id": None} for each in told(expected)]
    assert [CaseEvent.objects.get(pk=row.pk).key for row in rows] == ["A-2:0", "A-2:1", "A-2:2"]


def test_days_and_rows_that_are_kept_already_can_be_saved_again() -> None:
    hold = Hold(case=make_case(), reason="dispute", from_on=date(2026, 2, 28))

    insert_rows([hold])
    hold.until_on = date(2028, 2, 29)
    hold.save()

    assert list(Hold.objects.values_list("pk", "from_on", "until_on", "placed_by")) == [
        (hold.pk, date(2026, 2, 28), date(2028, 2, 29), None)
    ]


def test_one_row_that_is_refused_refuses_all() -> None:
    [first, *_] = make_points("A-1")
    again = ContactPoint(
        party=first.party, kind="phone", value_sealed=b"", value_index=first.value_index
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows([first, again])
    too_long = ContactPoint(party=first.party, kind="telephone", value_sealed=b"", value_index=b"z")
    with pytest.raises(DataError), transaction.atomic():
        insert_rows([too_long])

    assert not ContactPoint.objects.filter(value_index__in=[first.value_index, b"z"]).exists()


def test_rows_that_are_known_already_are_passed_over() -> None:
    first, second, third = make_lines("A-1")
    insert_rows([first])
    again = CaseEvent(case=first.case, key=first.key, kind="ptp", happened_at=NOW, data={})

    assert insert_unknown_rows([again, second, third, second]) == 2
    assert insert_unknown_rows([second]) == 0

    kept = CaseEvent.objects.filter(case=first.case).order_by("key")
    assert [(one.key, one.kind, one.data) for one in kept] == [
        (one.key, "note", one.data) for one in (first, second, third)
    ]


def test_no_rows_are_no_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        insert_rows([])
        assert insert_unknown_rows([]) == 0


def test_fields_are_written_as_the_objects_have_them_and_no_others() -> None:
    case = make_case(loan_no="A-1")
    attempts = [make_delivery(case, n) for n in range(3)]
    for n, one in enumerate(attempts):
        one.state, one.tries, one.settled_at = "accepted", n, NOW if n else None
        one.references, one.error = [f"m{n}", 'with "quotes", \\ and {braces}'], "他说“不”\n%s"
        one.gateway = "another"
    update_rows(attempts, ["state", "tries", "settled_at", "references", "error"])
    for one, kept in zip(attempts, Delivery.objects.order_by("pk"), strict=True):
        assert kept.gateway == "smpp"
        for name in ("state", "tries", "settled_at", "references", "error"):
            assert getattr(kept, name) == getattr(one, name), name


def test_a_reference_to_another_row_and_none_are_written() -> None:
    delivery = make_delivery(make_case(loan_no="A-1"), 0)
    receipt = Receipt.objects.create(
        gateway="smpp", reference="m1", fate="delivered", received_at=NOW
    )
    receipt.delivery = delivery
    update_rows([receipt], ["delivery"])
    assert Receipt.objects.get().delivery == delivery
    receipt.delivery = None
    update_rows([receipt], ["delivery"])
    assert Receipt.objects.get().delivery is None


def test_no_rows_write_nothing() -> None:
    update_rows([], ["state"])


def make_delivery(case: Case, number: int) -> Delivery:
    key = f"{case.loan_no}:{number}"
    told = {"case": case, "party": case.party, "channel": "sms", "gate_action": "block"}
    verdict = VerdictRecord.objects.create(
        **told, attempt_key=key, attempt_at=NOW, findings=[], facts={}
    )
    attempt = Attempt.objects.create(**told, key=key, verdict=verdict, state="blocked", at=NOW)
    return Delivery.objects.create(attempt=attempt, gateway="smpp", due_at=NOW)
