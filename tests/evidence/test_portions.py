"""A large log is checked a portion a night: new entries at once, each old one within thirty."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from evidence.logs import NOW, tamper, write
from procrastinate.contrib.django import app

from carrears.evidence.models import Entry, VerificationRun
from carrears.evidence.nights import NIGHTS, share_of
from carrears.evidence.portions import portion_of, verify_tonight
from carrears.evidence.services import Verification, keep_verification

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_key")]
DAY = date(2026, 6, 30)
MANY = 20_000
ALTERED = "update evidence_entry set payload = '{\"case\":0}' where key = %s"


def tonight(nights: int = 0) -> Verification:
    """What the check of a night finds where a log of 100 entries is too large to be read whole."""
    return verify_tonight(DAY + timedelta(days=nights), whole_at_most=100)


def found_good() -> None:
    keep_verification(tonight(), at=NOW)
    assert VerificationRun.objects.get().ok


def test_a_small_log_is_read_whole() -> None:
    write(300)
    tamper(ALTERED, "case:7")
    assert not verify_tonight(DAY).ok
    assert verify_tonight(DAY).first_altered == 7


def test_portions_cover_the_log_once() -> None:
    for size in (0, 1, 255, 256, 7_681, MANY, 1_000_003):
        ends = [portion_of(DAY + timedelta(days=night), size) for night in range(NIGHTS)]
        covered = sorted(span for span in ends if span[0] < span[1])
        at = 0
        for first, end in covered:
            assert first == at
            at = end
        assert at == size
    assert len({share_of(DAY + timedelta(days=night)).nth for night in range(NIGHTS)}) == NIGHTS


def test_what_takes_long_is_checked_while_china_sleeps() -> None:
    crons = {
        task.name: one.cron
        for (_, one) in app.periodic_registry.periodic_tasks.items()
        for task in [one.task]
        if "night" in task.name
    }
    assert {"carrears.evidence.jobs.verify_each_night"} < crons.keys()
    for name, cron in crons.items():
        minute, hour = cron.split()[:2]
        start = datetime(2026, 6, 30, int(hour), int(minute), tzinfo=UTC)
        assert start.astimezone(ZoneInfo("Asia/Shanghai")).hour < 6, name


def test_what_is_new_is_found_at_once() -> None:
    write(500)
    found_good()
    write(700, start=500)
    assert tonight().ok
    tamper(ALTERED, "case:900")
    assert (tonight().ok, tonight().first_altered) == (False, 900)


def test_what_is_old_is_found_within_thirty_nights() -> None:
    write(MANY, batch_size=10_000)
    found_good()
    tamper(ALTERED, "case:12345")
    found = [tonight(night) for night in range(NIGHTS)]
    assert [one.first_altered for one in found if not one.ok] == [12345]


def kept(nights: int) -> Verification:
    found = tonight(nights)
    keep_verification(found, at=NOW + timedelta(days=nights))
    return found


def test_what_was_found_stays_found_until_it_is_mended() -> None:
    write(MANY, batch_size=10_000)
    found_good()
    was = Entry.objects.get(key="case:12345").payload
    tamper(ALTERED, "case:12345")
    first = next(night for night in range(1, NIGHTS + 1) if not kept(night).ok)
    after = [kept(first + night) for night in range(1, 4)]
    assert [(one.ok, one.first_altered) for one in after] == [(False, 12345)] * 3

    # Another one, of a night far off, while the first is mended: all is read before it is well.
    other = Entry.objects.get(key="case:300").payload
    tamper(ALTERED, "case:300")
    tamper("update evidence_entry set payload = %s where key = %s", was, "case:12345")
    assert (kept(first + 4).first_altered, kept(first + 5).first_altered) == (300, 300)
    tamper("update evidence_entry set payload = %s where key = %s", other, "case:300")
    assert [kept(first + 6).ok, kept(first + 7).ok] == [True, True]


def test_what_no_entry_can_be_named_for_is_looked_for_everywhere() -> None:
    write(MANY, batch_size=10_000)
    found_good()
    failed = Verification(ok=False, size=MANY, root=b"", reason="a tile could not be read")
    keep_verification(failed, at=NOW + timedelta(days=1))
    tamper(ALTERED, "case:12345")
    assert [tonight(night).first_altered for night in range(2)] == [12345] * 2


@pytest.mark.parametrize(
    "sql",
    [
        "delete from evidence_position where index = 900",
        (
            "update evidence_storedtile set hashes = set_byte(hashes, 0, get_byte(hashes, 0) # 1)"
            " where level = 0 and index = 3"
        ),
        (
            "update evidence_storedtile set hashes = set_byte(hashes, 64, get_byte(hashes, 64) # 1)"
            " where level = 1"
        ),
    ],
)
def test_missing_entries_and_altered_tiles_are_found(sql: str) -> None:
    write(1_200)
    tamper(sql)
    assert not tonight().ok


def test_another_history_than_the_one_that_was_good_is_found() -> None:
    write(600)
    keep_verification(Verification(ok=True, size=500, root=bytes(32)), at=NOW)
    assert not tonight().ok
    VerificationRun.objects.all().delete()
    keep_verification(Verification(ok=True, size=9_000, root=bytes(32)), at=NOW)
    assert "had 9000 entries" in tonight().reason


def test_a_false_checkpoint_is_found() -> None:
    write(600)
    tamper("update evidence_storedcheckpoint set root = %s", bytes(32))
    assert "not what was signed" in tonight().reason
