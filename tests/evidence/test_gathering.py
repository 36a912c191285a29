"""Entries of many services in one transaction, written in one statement."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext
from evidence.logs import made

from carrears.evidence.models import Entry, QueuedEntry
from carrears.evidence.services import KeyReusedError, Record, gathering, record_many

pytestmark = [pytest.mark.usefixtures("own_key")]


def keys() -> list[str]:
    return list(Entry.objects.order_by("id").values_list("key", flat=True))


def gather(*records: Record) -> None:
    """Each by a service of its own."""
    with transaction.atomic(), gathering():
        for each in records:
            record_many([each])


@transaction.atomic
def record_and_fail(number: int) -> None:
    record_many([made(number)])
    raise ZeroDivisionError


@pytest.mark.django_db
def test_what_is_recorded_inside_is_written_in_its_order_by_one_statement() -> None:
    with (
        CaptureQueriesContext(
            connection,
        ) as asked,
        transaction.atomic(),
        gathering(),
    ):
        told = [record_many([made(3), made(1)]), record_many([made(2)]), record_many([])]

    written = [query["sql"] for query in asked if "evidence_entry" in query["sql"]]
    assert (told, len(written)) == ([2, 1, 0], 1)
    assert keys() == ["case:3", "case:1", "case:2"]
    assert QueuedEntry.objects.count() == 3


@pytest.mark.django_db
def test_what_a_savepoint_undoes_is_not_written() -> None:
    with transaction.atomic(), gathering():
        record_many([made(1)])
        with pytest.raises(ZeroDivisionError):
            record_and_fail(2)
        with transaction.atomic(savepoint=False):
            record_many([made(3)])

    assert keys() == ["case:1", "case:3"]


@pytest.mark.django_db
def test_the_same_again_is_written_once_and_another_under_its_key_refused() -> None:
    gather(made(1), made(1))
    assert keys() == ["case:1"]

    with pytest.raises(KeyReusedError):
        gather(made(2), made(1, payload={"other": True}))
    assert keys() == ["case:1"]


@pytest.mark.django_db
def test_an_error_inside_writes_nothing_and_ends_the_gathering() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic(), gathering():
        record_and_fail(1)

    record_many([made(2)])
    assert keys() == ["case:2"]


@pytest.mark.django_db(transaction=True)
def test_there_has_to_be_a_transaction() -> None:
    with pytest.raises(TransactionManagementError), gathering():
        pytest.fail("nothing could be written with what is recorded")
