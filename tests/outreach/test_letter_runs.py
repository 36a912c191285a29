"""Letters are batched for the print house by themselves, at the lender's hour."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from factories import make_case, make_user

from carrears.clock import at_local, local_day, now
from carrears.outreach import letter_runs, printing
from carrears.outreach.letter_runs import last_hour, make_batches, make_due_batches
from carrears.outreach.models import Attempt, Delivery, LetterBatch, PrintedLetter
from carrears.outreach.printing import MANIFEST, make_batch
from carrears.outreach.services import contact

pytestmark = pytest.mark.django_db
ZONE = "Asia/Shanghai"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: LazySettings) -> Path:
    settings.CARREARS_HOME, settings.LETTERS_DIR = tmp_path, str(tmp_path / "letters")
    settings.LETTERS_AT = "16:00"
    return tmp_path / "letters"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    def set_to(clock: time, *, days: int = 0) -> datetime:
        day = local_day(now(), ZONE) + timedelta(days=days)
        at = at_local(day, clock, ZONE)
        for module in ("services", "sending", "judging", "gateways", "printing"):
            monkeypatch.setattr(f"carrears.outreach.{module}.now", lambda: at)
        return at

    return set_to


def write_to(number: int, at: datetime) -> Attempt:
    case = make_case(loan_no=f"L-{number}", as_of=local_day(at, ZONE))
    assert case.party is not None
    user = make_user(role="collector", username=f"collector-{number}")
    one = contact(case, party=case.party, template="letter_reminder", by=user, key="k")
    assert (one.state, one.delivery.gateway) == ("booked", "print")
    return one


def files(folder: Path) -> list[str]:
    return sorted(path.parent.name for path in folder.glob(f"*/{MANIFEST}"))


def test_the_hour_is_that_of_the_lender(settings: LazySettings) -> None:
    day = local_day(now(), ZONE)
    assert last_hour(at_local(day, time(16), ZONE)) == at_local(day, time(16), ZONE)
    before = at_local(day, time(15, 59), ZONE)
    assert last_hour(before) == at_local(day - timedelta(days=1), time(16), ZONE)
    settings.LETTERS_AT = ""
    assert last_hour(before) is None
    assert make_due_batches(at=before) == []
    settings.LETTERS_AT, settings.LETTERS_DIR = "16:00", ""
    assert make_due_batches(at=before) == []


def test_what_waits_at_the_hour_is_made_and_written_once(home: Path, clock: Any) -> None:
    early = clock(time(12))
    write_to(1, early)
    write_to(2, early)
    assert make_due_batches(at=clock(time(15, 55))) == []
    assert LetterBatch.objects.count() == 0

    at = clock(time(16, 5))
    [batch] = make_due_batches(at=at)
    batch.refresh_from_db()
    assert (batch.letters.count(), batch.made_by, batch.written_at) == (2, None, at)
    assert files(home) == [f"letters-{batch.pk:06d}"]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"accepted"}
    # A print house that takes its files away gets none of them again.
    for path in (home / f"letters-{batch.pk:06d}").iterdir():
        path.unlink()
    assert make_due_batches(at=clock(time(16, 10))) == []
    assert files(home) == []


def test_what_comes_after_the_hour_is_of_the_next_day(home: Path, clock: Any) -> None:
    write_to(1, clock(time(17)))
    assert make_due_batches(at=clock(time(17, 30))) == []
    [batch] = make_due_batches(at=clock(time(16), days=1))
    assert files(home) == [f"letters-{batch.pk:06d}"]


class KilledError(BaseException):
    """What ends a process."""


@pytest.mark.parametrize("where", ["between two letters", "before the files", "among the files"])
def test_a_run_that_is_killed_is_taken_up_and_nothing_is_twice(
    home: Path, clock: Any, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    early = clock(time(12))
    for number in range(3):
        write_to(number, early)
    at, calls = clock(time(16, 5)), []

    def kill_at_second(real: Any) -> Any:
        def do(*given: Any, **more: Any) -> Any:
            calls.append(1)
            if len(calls) == 2:
                raise KilledError
            return real(*given, **more)

        return do

    with monkeypatch.context() as killed:
        if where == "between two letters":
            killed.setattr(printing, "make_pdf", kill_at_second(printing.make_pdf))
        elif where == "before the files":
            calls.append(1)
            killed.setattr(letter_runs, "write_batch", kill_at_second(letter_runs.write_batch))
        else:
            killed.setattr(printing, "_write", kill_at_second(printing._write))
        with pytest.raises(KilledError):
            make_due_batches(at=at)
    assert files(home) == []

    [batch] = make_due_batches(at=clock(time(16, 10)))
    assert LetterBatch.objects.get() == batch
    assert PrintedLetter.objects.exclude(file=None).count() == 3
    assert files(home) == [f"letters-{batch.pk:06d}"]
    assert len(list((home / f"letters-{batch.pk:06d}").glob("*.pdf"))) == 3
    assert make_due_batches(at=clock(time(16, 15))) == []


def test_a_batch_by_hand_is_left_to_the_hand(home: Path, clock: Any) -> None:
    write_to(1, clock(time(12)))
    assert make_batch() is not None
    assert make_due_batches(at=clock(time(16, 5))) == []
    assert files(home) == []


def test_the_page_has_a_batch_made_at_once(clock: Any, home: Path) -> None:
    at = clock(time(12))
    write_to(1, at)
    operator = make_user(role="operator")
    client = Client()
    client.force_login(operator)
    assert "16:00" in client.get("/mail/letters/").content.decode()
    assert client.post("/mail/letters/make/").status_code == 302
    make_batches(until=at, by=operator)  # as the worker does
    batch = LetterBatch.objects.get()
    assert (batch.made_by, files(home)) == (operator, [f"letters-{batch.pk:06d}"])
    other = Client()
    other.force_login(make_user(role="auditor", username="auditor"))
    assert other.post("/mail/letters/make/").status_code == 403
