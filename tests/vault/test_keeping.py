"""What has to be kept is kept, and the rest goes with proof."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from factories import MOMENT, make_case, make_person, make_user
from vault.storing_for_tests import store_words

from carrears.casework.models import Case
from carrears.conduct.erasure import KeptError as PersonKeptError
from carrears.conduct.erasure import erase_subject
from carrears.conduct.vault_keeping import destroy_expired_objects
from carrears.evidence.models import Entry
from carrears.vault.keeping import kept_until
from carrears.vault.models import LegalHold, StoredObject
from carrears.vault.reading import read_content
from carrears.vault.services import (
    DestroyedError,
    SamePersonError,
    VaultError,
    ask_to_lift,
    decide_lift,
    open_objects,
    place_hold,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("vault")]

STORED_ON = date(2026, 6, 30)
CLOSED_ON = date(2026, 9, 10)
LAST_MOMENT = datetime.fromisoformat("2031-09-10T23:59:59+08:00")  # five years after closing
AFTER = LAST_MOMENT + timedelta(seconds=1)
GONE = "wrapped_key = null, sha256 = null, name_sealed = null, destroyed_at ="
LIFTED_BY_ONE = (
    "asked_by_id = placed_by_id, lifted_by_id = placed_by_id, lifted_at = now(), asked_at = now()"
)


def _closed_case(**changes: Any) -> Case:
    return make_case(state="closed", closed_on=CLOSED_ON, close_reason="paid_off", **changes)


def _lift(hold: LegalHold, *, at: datetime = MOMENT) -> None:
    ask_to_lift(hold, note="判决已生效", by=make_user(username="one"), at=at)
    decide_lift(hold, agreed=True, by=make_user(username="two"), at=at)


def test_it_goes_the_day_after_its_time_with_proof(vault: Path) -> None:
    case = _closed_case()
    stored = store_words(case, name="通话.webm")
    wrapped = bytes(stored.wrapped_key or b"")
    first = destroy_expired_objects(at=LAST_MOMENT)
    assert (first.destroyed, first.kept) == ([], 1)
    outcome = destroy_expired_objects(at=AFTER)
    assert (outcome.destroyed, outcome.removed) == ([str(stored.token)], 1)
    stored.refresh_from_db()
    assert (stored.wrapped_key, stored.sha256, stored.name_sealed) == (None, None, None)
    assert (stored.destroyed_at, stored.destroy_reason) == (AFTER, "expired")
    assert [path for path in vault.rglob("*") if path.is_file()] == []
    proof = json.loads(Entry.objects.get(kind="vault.destroyed").payload)
    assert proof == {
        "object": str(stored.token),
        "what": "audio",
        "address": stored.address,
        "key_sha256": hashlib.sha256(wrapped).hexdigest(),
        "reason": "expired",
        "retained_until": "2031-06-30",
    }
    told = json.loads(Entry.objects.get(kind="vault.stored").payload)
    assert told["key_sha256"] == proof["key_sha256"]
    with pytest.raises(DestroyedError):
        read_content(stored)
    with pytest.raises(DestroyedError):
        open_objects([stored], by=None, why="quality")


def test_a_second_run_does_nothing_more() -> None:
    store_words(_closed_case())
    destroy_expired_objects(at=AFTER)
    entries = Entry.objects.count()
    again = destroy_expired_objects(at=AFTER + timedelta(days=1))
    assert (again.destroyed, again.kept, again.removed, again.locked) == ([], 0, 0, 0)
    assert Entry.objects.count() == entries


def test_a_dry_run_changes_nothing() -> None:
    stored = store_words(_closed_case())
    outcome = destroy_expired_objects(at=AFTER, dry_run=True)
    assert outcome.destroyed == [str(stored.token)]
    assert b"".join(read_content(stored)) == b"words"


def test_bytes_that_stayed_are_removed_by_the_next_run(vault: Path) -> None:
    stored = store_words(_closed_case())
    (file,) = (vault / "objects").rglob(stored.address[2:])
    destroy_expired_objects(at=AFTER)
    file.write_bytes(b"put back")
    with connection.cursor() as cursor:
        cursor.execute("update vault_storedobject set removed_at = null")
    outcome = destroy_expired_objects(at=AFTER + timedelta(days=1))
    assert outcome.removed == 1
    assert not file.exists()


def test_it_is_kept_while_the_loan_is_collected_and_five_years_more() -> None:
    case = make_case()
    store_words(case)
    assert destroy_expired_objects(at=AFTER + timedelta(days=3650)).kept == 1
    Case.objects.filter(pk=case.pk).update(
        state="closed", closed_on=date(2030, 1, 1), close_reason="paid_off"
    )
    assert destroy_expired_objects(at=AFTER).kept == 1
    late = datetime.fromisoformat("2035-01-02T00:00:00+08:00")
    assert len(destroy_expired_objects(at=late).destroyed) == 1


def test_where_no_law_is_on_file_it_stays() -> None:
    store_words(_closed_case(jurisdiction="uk"))
    outcome = destroy_expired_objects(at=AFTER + timedelta(days=36500))
    assert outcome.destroyed == []
    assert StoredObject.objects.filter(destroyed_at=None).count() == 1


@pytest.mark.parametrize("whole_loan", [True, False])
def test_a_hold_keeps_it_until_two_people_lift_it(*, whole_loan: bool) -> None:
    stored = store_words(_closed_case())
    on = {"loan_no": stored.loan_no} if whole_loan else {"stored": stored}
    hold = place_hold(**on, why="litigation", note="(2031) 浙01民初1号", by=None, at=MOMENT)  # type: ignore[arg-type]
    assert destroy_expired_objects(at=AFTER).kept == 1
    _lift(hold, at=AFTER)
    assert len(destroy_expired_objects(at=AFTER).destroyed) == 1
    kinds = Entry.objects.filter(kind__startswith="vault.hold").order_by("pk")
    assert list(kinds.values_list("kind", flat=True)) == [
        "vault.hold_placed", "vault.hold_lift_asked", "vault.hold_lifted",
    ]  # fmt: skip
    assert "浙01民初" not in "".join(kinds.values_list("payload", flat=True))


def test_who_asked_cannot_agree_and_a_refusal_keeps_it() -> None:
    stored, lin = store_words(_closed_case()), make_user(username="lin")
    hold = place_hold(stored=stored, why="complaint", note="工单 7", by=lin, at=MOMENT)
    ask_to_lift(hold, note="已办结", by=lin, at=MOMENT)
    with pytest.raises(SamePersonError):
        decide_lift(hold, agreed=True, by=lin, at=MOMENT)
    decide_lift(hold, agreed=False, by=make_user(username="wang"), at=MOMENT)
    with pytest.raises(VaultError):
        decide_lift(hold, agreed=True, by=make_user(username="zhao"), at=MOMENT)
    assert destroy_expired_objects(at=AFTER).kept == 1


@pytest.mark.parametrize(("why", "note"), [("litigation", " "), ("", "x"), ("fun", "x")])
def test_no_hold_without_a_reason(why: str, note: str) -> None:
    with pytest.raises(VaultError):
        place_hold(loan_no="A-03", why=why, note=note, by=None, at=MOMENT)


@pytest.mark.parametrize(
    "statement",
    [
        "delete from vault_storedobject",
        "update vault_storedobject set retained_until = '2026-07-01'",
        "update vault_storedobject set retained_until = null",
        "update vault_storedobject set address = repeat('0', 64)",
        "update vault_storedobject set size = 4",
        r"update vault_storedobject set wrapped_key = '\x00'",
        f"update vault_storedobject set {GONE} '2030-01-01'",  # noqa: S608  ours
        "delete from vault_legalhold",
        "update vault_legalhold set loan_no = 'other'",
        f"update vault_legalhold set {LIFTED_BY_ONE}",  # noqa: S608  ours
        "delete from vault_opening_objects_opened",
        "delete from vault_opening",
    ],
)
def test_the_database_refuses_what_would_lose_something(statement: str) -> None:
    stored = store_words(_closed_case())
    place_hold(
        loan_no=stored.loan_no, why="litigation", note="x", by=make_user(username="a"), at=MOMENT
    )
    open_objects([stored], by=None, why="quality")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_database_holds_even_past_the_time() -> None:
    stored = store_words(_closed_case())
    place_hold(loan_no=stored.loan_no, why="litigation", note="x", by=None, at=MOMENT)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"update vault_storedobject set {GONE} '2040-01-01'")  # noqa: S608  ours


def test_a_person_whose_files_are_kept_is_not_erased() -> None:
    case = _closed_case(jurisdiction="us")
    assert case.party is not None
    stored = store_words(case)
    at = datetime.fromisoformat("2029-06-30T12:00:00+08:00")
    with pytest.raises(PersonKeptError) as refused:
        erase_subject(case.party, reason="his word", by=None, at=at)
    files = [ground for ground in refused.value.grounds if ground.why == "file"]
    assert [(one.loan_no, one.until) for one in files] == [("A-03", date(2029, 6, 30))]
    hold = place_hold(stored=stored, why="litigation", note="x", by=None, at=at)
    later = at + timedelta(days=5000)
    with pytest.raises(PersonKeptError) as refused:
        erase_subject(case.party, reason="his word", by=None, at=later)
    assert [ground.why for ground in refused.value.grounds] == ["file_held"]
    _lift(hold, at=later)
    assert erase_subject(case.party, reason="his word", by=None, at=later)
    stored.refresh_from_db()
    assert (stored.wrapped_key, stored.destroy_reason) == (None, "erased")
    assert json.loads(Entry.objects.get(kind="person.erased").payload)["files"] == 1
    assert destroy_expired_objects(at=later).removed == 1


def test_files_of_another_person_stay() -> None:
    case, other = _closed_case(), _closed_case(loan_no="B-01", loan_id=4)
    stored = store_words(other)
    friend = make_person(loan_no=case.loan_no, name="钱试二", role="contact")
    assert erase_subject(friend, reason="his word", by=None, at=MOMENT)
    assert b"".join(read_content(stored)) == b"words"


@pytest.mark.parametrize(
    ("on", "active_on", "until"),
    [
        (date(2025, 2, 27), None, None),
        (date(2025, 2, 28), None, date(2031, 6, 30)),
        (date(2026, 6, 30), date(2026, 12, 31), date(2031, 12, 31)),
        (date(2026, 6, 30), date(2020, 1, 1), date(2031, 6, 30)),
    ],
)
def test_the_law_of_the_day_counts(on: date, active_on: date | None, until: date | None) -> None:
    kept = kept_until("audio", jurisdiction="cn", on=on, stored_on=STORED_ON, active_on=active_on)
    assert (kept.until if kept else None) == until
