"""Lists that others keep bar whom they list, by version, for their scope, until they end."""

from __future__ import annotations

import hashlib
import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from factories import DAY, MOMENT, make_case, make_person, make_user

from carrears.casework.models import Case
from carrears.conduct.foreign import Scheme
from carrears.conduct.industry_lists import (
    ListTerms,
    add_to_list,
    drop_read,
    import_list,
    put_in_force,
    read_list,
    remove_list,
)
from carrears.conduct.list_files import ListFileError
from carrears.conduct.list_rejects import write_corrections
from carrears.conduct.models import IndustryList, Listing, RejectedListing
from carrears.conduct.pack import load_pack
from carrears.conduct.services import ConductError, Scope
from carrears.conduct.stored import Question
from carrears.evidence.models import Entry
from carrears.outreach.calls import WantedCall, book_call, preview_call
from carrears.outreach.judging import judge_attempts, people_of
from carrears.outreach.services import preview_contact
from carrears.parties.services import change_phone

pytestmark = pytest.mark.django_db
SALT = "2026-Q2"
OURS, OTHER = "13900000001", "13911112222"


def hashed(*numbers: str, salt: str = SALT) -> str:
    return "".join(f"{hashlib.sha256(f'{salt}{one}'.encode()).hexdigest()}\n" for one in numbers)


def terms(**changes: Any) -> ListTerms:
    told: dict[str, Any] = {
        "name": "拒收名单",
        "version": "2026-06",
        "source": "行业协会",
        "reason": "本人登记拒收",
        "scheme": Scheme(form="national", algorithm="sha256", salt=SALT),
        "from_on": date(2026, 6, 1),
    }
    return ListTerms(**(told | changes))


def bring(text: str, **changes: Any) -> tuple[IndustryList, bool]:
    stream = io.BytesIO(text.encode())
    return import_list(stream, terms(**changes), file_name="l.csv", by=None, at=MOMENT)


@pytest.fixture
def case() -> Case:
    return make_case()


def listed_in(case: Case, **more: Any) -> list[str]:
    """The lists that stand in the way of a call, as the verdict names them."""
    assert case.party is not None
    verdict = preview_call(case, party=case.party, **more)
    return [one.explanation_zh for one in verdict.findings if one.reason == "listed_in"]


def may_mail(case: Case) -> bool:
    assert case.party is not None
    preview = preview_contact(case, party=case.party, template="reminder")
    return preview.verdict.gate_action == "allow"


def test_a_listed_number_is_not_called_and_the_verdict_names_list_and_version(case: Case) -> None:
    row, is_new = bring(hashed(OTHER, OURS))

    assert (row.entries, row.state, is_new) == (2, "live", True)
    assert listed_in(case) == ["在行业名单“拒收名单 2026-06”上"]
    assert may_mail(case)
    assert case.party is not None
    booked = book_call(case, party=case.party, key="c1", by=None)
    assert booked.state == "blocked"
    [entry] = booked.verdict.facts["facts"]["do_not_contact"]
    assert (entry["listed_in"], entry["reason"]) == ("拒收名单 2026-06", "本人登记拒收")
    again = Question.of(booked.verdict.facts).answer(load_pack(booked.verdict.pack))
    assert again.to_json()["findings"] == booked.verdict.findings


def test_what_is_kept_is_neither_the_number_nor_the_hash_that_was_given(case: Case) -> None:
    text = hashed(OURS, salt="")
    bring(text, scheme=Scheme(form="national", algorithm="sha256"))

    kept = bytes(Listing.objects.get().value_index)
    assert not bytes.fromhex(text.strip()).startswith(kept)
    assert listed_in(case)
    bring(text, name="另一名单", scheme=Scheme(form="national", algorithm="sha256"))
    assert len({bytes(one.value_index) for one in Listing.objects.all()}) == 2


@pytest.mark.parametrize(
    ("changes", "bars"),
    [
        ({"scope": Scope(channel="call")}, True),
        ({"scope": Scope(channel="email")}, False),
        ({"scope": Scope(product="auto")}, True),
        ({"scope": Scope(product="truck")}, False),
        ({"scope": Scope(actor="LENDER")}, True),
        ({"scope": Scope(actor="HENGXIN")}, False),
        ({"until_on": DAY}, True),
        ({"until_on": date(2026, 6, 29)}, False),
        ({"from_on": date(2026, 7, 1)}, False),
    ],
)
def test_a_list_is_for_its_scope_and_days(
    case: Case,
    changes: dict[str, Any],
    bars: bool,  # noqa: FBT001  a parameter
) -> None:
    bring(hashed(OURS), **changes)
    assert bool(listed_in(case)) == bars


def test_a_list_of_people_bars_them_by_every_channel_and_by_an_old_number(case: Case) -> None:
    assert change_phone(case.loan_no, "13700000009", source="debtor")
    bring(hashed(OURS))
    assert listed_in(case) == []

    bring(hashed(OURS), name="涉诉名单", whole_person=True)
    assert listed_in(case) == ["在行业名单“涉诉名单 2026-06”上"]
    assert not may_mail(case)


def test_a_list_of_addresses_bars_the_address(case: Case) -> None:
    scheme = Scheme(form="email", algorithm="sha256", salt=SALT)
    bring(hashed("debtor@example.com"), scheme=scheme)
    assert not may_mail(case)
    assert listed_in(case) == []


def test_many_are_asked_about_as_one_is_and_by_as_many_queries() -> None:
    cases = [make_case(loan_no=f"A-{n:02}", name=f"赵试{n}") for n in range(4)]
    wanted = []
    for n, case in enumerate(cases):
        party = make_person(loan_no=case.loan_no, phone=f"1390000000{n}")
        wanted.append(WantedCall(key=str(n), case=case, party=party, at=MOMENT))
    bring(hashed("13900000002", OURS))
    bring(hashed("13900000003"), name="其他")

    def asked(some: list[WantedCall]) -> tuple[list[list[str]], int]:
        with CaptureQueriesContext(connection) as queries:
            judged = judge_attempts(some, people_of(some))
        listings = [q for q in queries if "conduct_listing" in q["sql"]]
        told = [[e.listed_in or "" for e in one.facts.do_not_contact] for one in judged]
        assert len(listings) == 1
        return told, len(queries)

    together, queries = asked(wanted)
    alone = [asked([one]) for one in wanted]
    assert together == [told for [told], _ in alone]
    assert {count for _, count in alone} == {queries}
    # Each has the number of the case's own record too.
    assert together == [
        ["拒收名单 2026-06"],
        ["拒收名单 2026-06"],
        ["拒收名单 2026-06", "拒收名单 2026-06"],
        ["拒收名单 2026-06", "其他 2026-06"],
    ]


def test_a_new_version_replaces_the_one_before_at_once(case: Case) -> None:
    old, _ = bring(hashed(OURS, OTHER))
    new, _ = bring(hashed(OTHER, "13700000000"), version="2026-07")

    old.refresh_from_db()
    assert (old.state, new.state, new.known) == ("replaced", "live", 1)
    assert set(Listing.objects.values_list("list_id", flat=True)) == {new.pk}
    assert listed_in(case) == []


def test_the_same_file_again_changes_nothing(case: Case) -> None:
    first, _ = bring(hashed(OURS))
    again, is_new = bring(hashed(OURS))

    assert (again.pk, is_new) == (first.pk, False)
    assert Entry.objects.filter(kind="contact.list_imported").count() == 1
    with pytest.raises(ConductError, match="another file came as version '2026-06'"):
        bring(hashed(OTHER))
    bring(hashed(OTHER), version="2026-07")
    old, is_new = bring(hashed(OURS))
    assert (old.state, is_new, listed_in(case)) == ("replaced", False, [])


def test_what_is_only_read_bars_nobody_until_it_is_put_into_force(case: Case) -> None:
    stream = io.BytesIO(hashed(OURS).encode())
    row, _ = read_list(stream, terms(), file_name="l.csv", by=None, at=MOMENT)
    assert (row.state, row.entries, listed_in(case)) == ("read", 1, [])
    assert not Entry.objects.exists()

    again, is_new = read_list(
        io.BytesIO(hashed(OURS, OTHER).encode()), terms(), file_name="m.csv", by=None, at=MOMENT
    )
    assert (is_new, IndustryList.objects.count()) == (True, 1)
    put_in_force(again, by=make_user(role="compliance_officer"), at=MOMENT)
    assert listed_in(case)
    with pytest.raises(ConductError):
        put_in_force(again, by=None, at=MOMENT)
    assert not drop_read(again)
    entry = Entry.objects.get(kind="contact.list_imported")
    assert entry.actor == "compliance_officer"
    assert '"entries":2' in entry.payload


def test_a_list_that_was_read_can_be_dropped(case: Case) -> None:
    stream = io.BytesIO(f"{hashed(OURS, OTHER)}x\n".encode())
    row, _ = read_list(stream, terms(), file_name="l.csv", by=None, at=MOMENT)
    assert drop_read(row)
    assert not Listing.objects.exists()
    assert not RejectedListing.objects.exists()
    assert listed_in(case) == []


def test_bad_rows_are_kept_aside_sealed_and_come_in_corrected(case: Case) -> None:
    clear = Scheme(form="e164", algorithm="clear")
    row, _ = bring("phone\n13911112222\n139-0000-001\n13700000000\n", scheme=clear)
    [aside] = row.rejects.all()
    assert (aside.row_no, aside.field, row.rejected) == (3, "phone", 1)
    assert b"139" not in bytes(aside.raw_sealed)
    assert listed_in(case) == []

    out = io.StringIO()
    assert write_corrections(row, out) == 1
    assert "l.csv, 3, phone: no telephone number" in out.getvalue()
    corrected = out.getvalue().replace("139-0000-001", "139-0000-0001")
    for is_new in (True, False):
        row, changed = add_to_list(
            io.BytesIO(corrected.encode()), row.name, file_name="c.csv", by=None, at=MOMENT
        )
        assert changed == is_new
    assert (row.entries, row.rejected, len(row.added)) == (3, 0, 1)
    assert listed_in(case)
    assert write_corrections(row, io.StringIO()) == 0
    kinds = Entry.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["contact.list_imported", "contact.list_added_to"]
    assert not any("0000" in entry.payload for entry in Entry.objects.all())


def test_a_list_is_removed_with_a_reason(case: Case) -> None:
    row, _ = bring(hashed(OURS))
    with pytest.raises(ConductError, match="a reason is needed"):
        remove_list(row, reason=" ", by=None, at=MOMENT)
    assert remove_list(row, reason="来源失效", by=None, at=MOMENT)
    assert not remove_list(row, reason="再次", by=None, at=MOMENT)

    row.refresh_from_db()
    assert (row.state, row.end_reason, Listing.objects.count()) == ("removed", "来源失效", 0)
    assert listed_in(case) == []
    assert Entry.objects.filter(kind="contact.list_removed").count() == 1
    with pytest.raises(ConductError, match="no list"):
        add_to_list(io.BytesIO(b""), row.name, file_name="x", by=None, at=MOMENT)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": " "},
        {"version": ""},
        {"source": "x" * 121},
        {"reason": "\0"},
        {"until_on": date(2026, 5, 1)},
        {"scope": Scope(channel="smoke")},
    ],
)
def test_a_list_without_sense_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ConductError):
        bring(hashed(OURS), **changes)
    assert not IndustryList.objects.exists()


def test_nothing_of_an_unreadable_file_is_kept() -> None:
    with pytest.raises(ListFileError):
        bring(f"{hashed(OURS)}x\ny\n")
    assert not IndustryList.objects.exists()
    assert not Listing.objects.exists()


def test_the_database_keeps_one_version_in_force_and_removes_none_without_a_reason() -> None:
    row, _ = bring(hashed(OURS))
    with pytest.raises(IntegrityError), transaction.atomic():
        IndustryList.objects.filter(pk=row.pk).update(state="removed")
    row.pk, row.version = None, "2026-07"
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.slow
def test_a_large_list_comes_in_whole(case: Case, tmp_path: Path) -> None:
    numbers = (f"1{n:010}" for n in range(3_000_000_000, 3_000_100_000))
    path = tmp_path / "list.txt"
    path.write_text(hashed(*numbers, OURS, OURS, salt=SALT))
    told: list[int] = []
    with path.open("rb") as stream:
        row, _ = import_list(
            stream, terms(), file_name=path.name, by=None, at=MOMENT, progress=told.append
        )
    assert (row.rows, row.entries, row.twice) == (100_002, 100_001, 1)
    assert (told[0], told[-1]) == (20_000, 100_002)
    assert listed_in(case)
