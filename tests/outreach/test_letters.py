"""Letters from the gate to the print house and back, of a replayed book: they are specimens."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from django.conf import LazySettings
from factories import make_case, make_user

from carrears.access.models import User
from carrears.clock import now
from carrears.conduct.models import DoNotContact
from carrears.evidence.models import Entry
from carrears.outreach import printing
from carrears.outreach.models import Attempt, Delivery, LetterBatch, PrintedLetter
from carrears.outreach.print_status import StatusFileError, bad_rows_csv, read_status
from carrears.outreach.printing import MANIFEST, make_batch, write_batch
from carrears.outreach.services import contact
from carrears.parties.models import ContactPoint
from carrears.parties.numbers import confirm_number
from carrears.vault.models import StoredObject

pytestmark = pytest.mark.django_db
TODAY = now().date().isoformat()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: LazySettings) -> Path:
    settings.CARREARS_HOME = tmp_path
    return tmp_path


@pytest.fixture
def user() -> User:
    return make_user(role="collector")


def write_to(user: User, loan_no: str, **changes: Any) -> Attempt:
    case = make_case(loan_no=loan_no, **changes)
    assert case.party is not None
    return contact(case, party=case.party, template="letter_reminder", by=user, key="k")


def made() -> LetterBatch:
    batch = make_batch(replayed=True)
    assert batch is not None
    return batch


def test_a_letter_is_judged_booked_printed_and_kept(user: User, tmp_path: Path) -> None:
    attempt = write_to(user, "L-1")
    assert (attempt.channel, attempt.gate_action, attempt.state) == ("letter", "allow", "booked")
    assert attempt.contact_point is not None
    assert attempt.contact_point.kind == "address"

    batch = made()
    place = write_batch(batch, tmp_path / "out", by=user)

    attempt.refresh_from_db()
    letter = PrintedLetter.objects.get()
    assert (attempt.state, attempt.delivery.state) == ("sent", "accepted")
    assert attempt.delivery.references == [letter.number]
    stored = StoredObject.objects.get()
    assert (stored.kind, stored.loan_no, letter.file) == ("letter", "L-1", stored)
    [row] = csv.DictReader(io.StringIO((place / MANIFEST).read_text(encoding="utf-8-sig")))
    pdf = (place / row["file"]).read_bytes()
    assert row == {
        "letter": letter.number,
        "file": f"{letter.number}.pdf",
        "sha256": hashlib.sha256(pdf).hexdigest(),
        "pages": "1",
        "language": "zh-CN",
    }
    text = "".join(pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_bounded().split())
    assert "浙江省杭州市西湖区示例路1号" in text
    assert "合同L-1有¥1,100.00已到期未还" in text
    modes = {path.name: path.stat().st_mode & 0o777 for path in place.iterdir()}
    assert set(modes.values()) == {0o600}
    assert place.stat().st_mode & 0o777 == 0o700
    kinds = set(Entry.objects.values_list("kind", flat=True))
    assert {"message.sent", "letters.made", "letters.written"} <= kinds
    assert make_batch(replayed=True) is None


def test_a_barred_person_gets_none(user: User) -> None:
    case = make_case(loan_no="L-2")
    DoNotContact.objects.create(party=case.party, reason="asked for it", from_on=case.as_of)
    assert case.party is not None
    attempt = contact(case, party=case.party, template="letter_reminder", by=user, key="k")
    assert attempt.state == "blocked"
    assert make_batch(replayed=True) is None


def test_a_specimen_is_in_no_batch_to_be_posted(user: User) -> None:
    write_to(user, "L-3")
    assert make_batch() is None


class KilledError(BaseException):
    """What ends a process between two letters."""


def test_a_killed_batch_is_taken_up_and_nothing_is_made_twice(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        write_to(user, f"L-{number}")
    real, calls = printing.make_pdf, []

    def kill_at_third(letter: Any) -> bytes:
        calls.append(letter.number)
        if len(calls) == 3:
            raise KilledError
        return real(letter)

    monkeypatch.setattr(printing, "make_pdf", kill_at_third)
    with pytest.raises(KilledError):
        make_batch(replayed=True)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"handed"}
    kept = {one.number: one.sha256 for one in PrintedLetter.objects.exclude(file=None)}
    assert len(kept) == 2
    late = write_to(user, "L-9")

    batch = made()

    letters = {one.number: one.sha256 for one in batch.letters.all()}
    assert len(letters) == 4
    assert kept.items() <= letters.items()
    assert (len(calls), len(set(calls))) == (5, 4)
    assert StoredObject.objects.count() == 4
    assert late.delivery.state == "waiting"
    assert made().pk != batch.pk


def test_the_files_can_be_written_again_the_same(user: User, tmp_path: Path) -> None:
    write_to(user, "L-4")
    batch = made()
    first, second = (write_batch(batch, tmp_path / one, by=user) for one in "ab")
    contents = [
        {path.name: path.read_bytes() for path in place.iterdir()} for place in (first, second)
    ]
    assert contents[0] == contents[1]
    assert StoredObject.objects.count() == 1


def test_an_address_that_does_not_fit_is_a_dead_letter_and_stops_no_other(user: User) -> None:
    write_to(user, "L-5", name="赵" * 300)
    write_to(user, "L-6")
    batch = made()
    problems = dict(batch.letters.values_list("delivery__attempt__case__loan_no", "problem"))
    assert problems == {"L-5": "the address is too long for the window", "L-6": ""}
    states = dict(Delivery.objects.values_list("attempt__case__loan_no", "state"))
    assert states == {"L-5": "failed", "L-6": "accepted"}


def told(number: str, *rows: str) -> bytes:
    lines = ["letter,status,on,reason", *(f"{number},{row}" for row in rows)]
    return "\n".join(lines).encode()


def test_a_returned_letter_takes_the_address_out_of_use_until_confirmed(user: User) -> None:
    attempt = write_to(user, "L-7")
    [letter] = made().letters.all()
    file = told(
        letter.number, f"printed,{TODAY},", f"posted,{TODAY},", f"returned,{TODAY},查无此人"
    )

    assert read_status("s.csv", file, by=user).taken == 3
    assert read_status("s.csv", file, by=user).known == 3

    attempt.refresh_from_db()
    point = ContactPoint.objects.get(kind="address")
    assert (attempt.delivery.state, attempt.delivery.error) == (
        "undelivered", f"returned {TODAY} 查无此人",
    )  # fmt: skip
    assert (point.valid, point.unusable) == (False, "mail_returned")
    kinds = Entry.objects.filter(kind__startswith="letter.").order_by("pk")
    assert [one.kind for one in kinds] == ["letter.printed", "letter.posted", "letter.returned"]
    assert confirm_number(point.pk, by=user, at=now())
    point.refresh_from_db()
    assert point.valid


def test_one_that_arrived_is_delivered(user: User) -> None:
    attempt = write_to(user, "L-8")
    [letter] = made().letters.all()
    read_status("s.csv", told(letter.number, f"posted,{TODAY},", f"delivered,{TODAY},"))
    assert Delivery.objects.get(attempt=attempt).state == "delivered"
    assert ContactPoint.objects.get(kind="address").valid


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("lost,2026-07-01,", "status"),
        ("posted,01.07.2026,", "on"),
        (f"posted,{(now() + timedelta(days=9)).date()},", "on"),
        ("returned,2026-07-01,", "reason"),
        (f"returned,2026-07-01,{'长' * 61}", "reason"),
    ],
)
def test_a_bad_row_is_put_aside_with_its_line_and_field(user: User, row: str, field: str) -> None:
    write_to(user, "L-1")
    [letter] = made().letters.all()
    read = read_status("s.csv", told(letter.number, f"printed,{TODAY},", row))
    assert read.taken == 1
    [bad] = read.bad
    assert (bad.line, bad.field) == (3, field)
    assert bad_rows_csv(read.bad).splitlines()[1].startswith(f"3,{field},")


def test_an_unknown_letter_and_a_file_that_is_none() -> None:
    [bad] = read_status("s.csv", told("000001-00001", f"posted,{TODAY},")).bad
    assert (bad.line, bad.field) == (2, "letter")
    with pytest.raises(StatusFileError, match=r"s\.csv: no column on, reason"):
        read_status("s.csv", b"letter,status\n1,posted\n")
    with pytest.raises(StatusFileError, match=r"s\.csv"):
        read_status("s.csv", b"letter\xff")
