"""What the database itself refuses, whatever program writes to it."""

# ruff: noqa: S608  what is put into statements are constants of this module

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, connection, transaction
from factories import DAY, make_case, make_user

from carrears.conduct.models import DoNotContact
from carrears.outreach.calls import book_call
from carrears.outreach.models import Attempt
from carrears.outreach.services import contact

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(tmp_path: Path, settings: LazySettings) -> Attempt:
    """An e-mail that was allowed and sent."""
    settings.MAIL_DIR = tmp_path / "mail"
    case = make_case(loan_no="A-03")
    assert case.party is not None
    user = make_user(role="collector")
    return contact(case, party=case.party, template="reminder", by=user, key="k1")


@pytest.fixture
def blocked(sent: Attempt) -> Attempt:
    """Another to the same person, which was blocked."""
    DoNotContact.objects.create(party=sent.party, reason="asked for it", from_on=DAY)
    user = make_user(role="team_lead")
    return contact(sent.case, party=sent.party, template="reminder", by=user, key="k2")


def write(statement: str, *values: Any) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def copy_row(table: str, pk: int, **changes: Any) -> str:
    """SQL that inserts a row like another one, but for what ``changes`` says in SQL."""
    with connection.cursor() as cursor:
        columns = [c.name for c in connection.introspection.get_table_description(cursor, table)]
    # The database itself gives the number, and works out which rules stand against or were near.
    names = [name for name in columns if name not in {"id", "against", "near"}]
    told = ", ".join(str(changes.get(name, f"t.{name}")) for name in names)
    return f"insert into {table} ({', '.join(names)}) select {told} from {table} t where id = {pk}"


def forge(like: Attempt, verdict: dict[str, str], attempt: dict[str, str]) -> int:
    """An attempt written past the gate, with a verdict of its own, both like those of ``like``."""
    with transaction.atomic(), connection.cursor() as cursor:
        row = copy_row("conduct_verdictrecord", like.verdict_id, attempt_key="'f'", **verdict)
        cursor.execute(f"{row} returning id")
        [pk] = cursor.fetchone()
        changes = {"key": "'f'", "verdict_id": str(pk)} | attempt
        cursor.execute(copy_row("outreach_attempt", like.pk, **changes))
        return int(cursor.rowcount)


def test_with_a_verdict_of_its_own_an_attempt_is_written(sent: Attempt) -> None:
    assert forge(sent, {}, {}) == 1  # what the refusals below differ from by one thing each


@pytest.mark.parametrize(
    "attempt",
    [
        {"verdict_id": "null"},
        {"verdict_id": "0"},
        {"verdict_id": "-verdict_id"},
        {"key": "'another'"},
        {"gate_action": "'block'"},
        {"gate_action": "'review'", "state": "'blocked'"},
        {"channel": "'call'"},
        {"at": "t.at + interval '1 microsecond'"},
        {"party_id": "gen_random_uuid()"},
        {"case_id": "case_id + 1"},
    ],
)
def test_an_insert_without_its_own_verdict_is_refused(
    sent: Attempt, attempt: dict[str, str]
) -> None:
    with pytest.raises(IntegrityError):
        forge(sent, {}, attempt)
    assert Attempt.objects.count() == 1


def test_an_insert_that_borrows_anothers_verdict_is_refused(
    sent: Attempt, blocked: Attempt
) -> None:
    for changes in ({"key": "'f'"}, {"key": "'f'", "verdict_id": str(blocked.verdict_id)}):
        with pytest.raises(IntegrityError):
            write(copy_row("outreach_attempt", sent.pk, **changes))


def test_a_blocked_attempt_stays_blocked(sent: Attempt, blocked: Attempt) -> None:
    for change in (
        "state = 'booked'",
        "state = 'sent', gate_action = 'allow'",
        f"verdict_id = {sent.verdict_id}",
    ):
        with pytest.raises(IntegrityError):
            write(f"update outreach_attempt set {change} where id = %s", blocked.pk)
    with pytest.raises(IntegrityError):
        forge(blocked, {}, {"state": "'booked'"})


@pytest.mark.parametrize(
    "change",
    [
        "key = 'another'",
        "channel = 'call'",
        "at = at - interval '1 day'",
        "party_id = gen_random_uuid()",
        "case_id = case_id + 1",
        "agency = 'another'",
        "purpose = 'remind'",
        "state = 'booked'",
        "state = 'failed'",
    ],
)
def test_what_was_judged_stays(sent: Attempt, change: str) -> None:
    with pytest.raises(IntegrityError):
        write(f"update outreach_attempt set {change} where id = %s", sent.pk)


@pytest.mark.parametrize("table", ["outreach_attempt", "conduct_verdictrecord"])
def test_nothing_that_counts_is_deleted(sent: Attempt, table: str) -> None:
    with pytest.raises(IntegrityError):
        write(f"delete from {table}")
    assert Attempt.objects.filter(pk=sent.pk).exists()


def test_a_verdict_stays_as_it_was_given(blocked: Attempt) -> None:
    with pytest.raises(IntegrityError):
        write(
            "update conduct_verdictrecord set gate_action = 'allow' where id = %s",
            blocked.verdict_id,
        )


def test_a_verdict_allows_only_where_no_finding_objects(blocked: Attempt) -> None:
    for findings in ("t.findings", "'[]'", "'[{}]'", "'[null]'"):
        row = copy_row(
            "conduct_verdictrecord",
            blocked.verdict_id,
            gate_action="'allow'",
            findings=findings,
            attempt_key="'f'",
        )
        with pytest.raises(IntegrityError):
            write(row)


def test_the_result_of_a_call_is_told_once(sent: Attempt) -> None:
    call = book_call(sent.case, party=sent.party, key="call-1", by=None)
    assert call.state == "booked"
    told = "update outreach_attempt set state = 'made', result = %s where id = %s"
    assert write(told, "conversation", call.pk) == 1
    with pytest.raises(IntegrityError):
        write(told, "no_answer", call.pk)
