"""A lender's files come in: once, row by row, or not at all."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from small_tape import AS_OF, write_small_tape

from carrears.evidence.models import Entry
from carrears.exchange.discover import collect_files, detect_mapping
from carrears.exchange.errors import TapeError
from carrears.exchange.models import RejectedRow, TapeImport
from carrears.parties.models import LoanParty, Party
from carrears.parties.queries import open_parties, search_by_name
from carrears.portfolio.imports import import_tape
from carrears.portfolio.received import PaymentTold, receive_payments
from carrears.portfolio.rejects import open_rejects, write_corrections
from carrears.portfolio.services import ensure_snapshot, newest_book, part_folder

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_book(tmp_path: Path, settings: pytest.FixtureRequest) -> None:
    settings.BOOK_DIR = tmp_path / "book"  # type: ignore[attr-defined]


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    return write_small_tape(tmp_path / "tape")


def bring_in(path: Path) -> list[tuple[TapeImport, bool]]:
    return [import_tape(file, mapping=detect_mapping(file)) for file in collect_files([path])]


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_the_same_file_twice_changes_nothing(tape: Path) -> None:
    first = bring_in(tape)
    entries, parties = Entry.objects.count(), Party.objects.count()

    second = bring_in(tape)

    assert [changed for _, changed in first] == [True] * 4
    assert [changed for _, changed in second] == [False] * 4
    assert (Entry.objects.count(), Party.objects.count()) == (entries, parties)


def test_a_bad_row_is_kept_aside_and_the_rest_goes_in(tape: Path) -> None:
    spoil(tape / "loans.csv", "0.18,12000.00", "0.18,twelve")
    bring_in(tape)

    [reject] = open_rejects()
    assert (reject.file, reject.table, reject.row_no, reject.line_no) == (
        "loans.csv",
        "loans",
        1,
        2,
    )
    assert [error["field"] for error in reject.errors] == ["principal"]
    assert "twelve" in reject.errors[0]["reason"]
    assert TapeImport.objects.get(file_name="loans.csv").rows_accepted == 9


def test_rejected_rows_are_sealed(tape: Path) -> None:
    spoil(tape / "people.csv", "obligor,赵试一", "boss,赵试一")
    bring_in(tape)
    [row] = RejectedRow.objects.all()
    assert "赵试一".encode() not in bytes(row.raw_sealed)
    assert open_rejects()[0].raw["name"] == "赵试一"


def test_what_is_wrong_with_a_row_that_slipped_by_a_column_names_nobody(tape: Path) -> None:
    spoil(tape / "people.csv", "obligor,赵试一", "赵试一,obligor")
    bring_in(tape)
    [row] = RejectedRow.objects.all()
    assert "赵试一" not in json.dumps(row.errors, ensure_ascii=False)
    [told] = open_rejects()[0].errors
    assert told["field"] == "role"
    assert told["reason"].startswith("'赵试一' is none of ")


def test_a_corrected_row_can_be_sent_again(tape: Path, tmp_path: Path) -> None:
    spoil(tape / "loans.csv", "0.18,12000.00", "0.18,twelve")
    bring_in(tape)
    corrections = tmp_path / "loans-again.jsonl"
    assert write_corrections(open_rejects(), corrections) == 1
    spoil(corrections, "twelve", "12000.00")

    bring_in(corrections)

    assert open_rejects() == []
    assert ensure_snapshot(AS_OF).manifest["rows"]["loans"] == 10


def test_a_corrected_file_of_the_same_name_settles_its_rejects(tape: Path) -> None:
    spoil(tape / "payments.csv", "2026-01-14,1100.00", "2026-13-14,1100.00")
    bring_in(tape)
    assert len(open_rejects()) == 1
    spoil(tape / "payments.csv", "2026-13-14", "2026-01-14")

    bring_in(tape)

    assert open_rejects() == []
    assert ensure_snapshot(AS_OF).manifest["rows"]["payments"] == 53


def test_a_broken_file_is_refused_whole(tape: Path, tmp_path: Path) -> None:
    whole = gzip.compress((tape / "people.csv").read_bytes())
    broken = tmp_path / "people.csv.gz"
    broken.write_bytes(whole[: len(whole) // 2])

    with pytest.raises(TapeError, match=r"people\.csv\.gz"):
        import_tape(broken, mapping=detect_mapping(tape / "people.csv"))

    kept = TapeImport.objects.get()
    assert (kept.state, Party.objects.exclude(party_no="house").count()) == ("refused", 0)
    assert not part_folder(kept).exists()
    assert Entry.objects.filter(kind="book.refused").count() == 1


def test_people_go_to_the_vault_and_nowhere_else(tape: Path) -> None:
    tapes = bring_in(tape)
    [people] = [one for one, _ in tapes if one.file_name == "people.csv"]
    assert list(part_folder(people).iterdir()) == []
    token = LoanParty.objects.get(loan_no="A-03").party_id
    person = open_parties([token])[token]
    point = person.at("email")
    assert (person.name, point.value if point else "") == ("赵试三", "debtor03@example.com")
    assert person.consents == {"email": True, "sms": True, "call": True}
    assert {party.token for party in search_by_name("赵试三")} == {token}


def test_a_snapshot_knows_nothing_later_than_its_day(tape: Path) -> None:
    bring_in(tape)
    early, late = ensure_snapshot(AS_OF.replace(month=3, day=31)), ensure_snapshot(AS_OF)
    assert (early.manifest["rows"]["payments"], late.manifest["rows"]["payments"]) == (27, 53)
    manifest = json.loads((Path(early.folder) / "manifest.json").read_text("utf-8"))
    assert manifest == early.manifest
    assert ensure_snapshot(AS_OF).pk == late.pk


def test_a_late_payment_writes_payments_again_and_links_the_rest(tape: Path) -> None:
    bring_in(tape)
    first = ensure_snapshot(AS_OF)
    receive_payments(
        [
            PaymentTold(
                loan_no="A-03", amount=5, currency="CNY", paid_on=AS_OF, key="late", source="api"
            )
        ]
    )
    second = ensure_snapshot(AS_OF)

    assert (second.revision, second.manifest["rows"]["payments"]) == (2, 54)
    same = {
        path.name
        for path in Path(second.folder).glob("*.parquet")
        if path.samefile(Path(first.folder) / path.name)
    }
    assert same == {f"{name}.parquet" for name in ("loans", "instalments", "events", "reports")}
    hashes = {
        path.stem: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in Path(second.folder).glob("*.parquet")
    }
    assert second.manifest["sha256"] == hashes
    grown = {path.name: path.read_bytes() for path in newest_book().glob("*.parquet")}
    shutil.rmtree(newest_book())
    assert {path.name: path.read_bytes() for path in newest_book().glob("*.parquet")} == grown


def test_a_snapshot_of_an_earlier_day_is_sorted_as_the_book_is(tape: Path) -> None:
    bring_in(tape)
    book = pq.read_table(newest_book() / "payments.parquet")
    day = AS_OF.replace(month=3, day=31)
    cut = pq.read_table(Path(ensure_snapshot(day).folder) / "payments.parquet")
    assert cut.to_pylist() == [row for row in book.to_pylist() if row["paid_on"] <= day]
