"""What of a long answer lies on the disk: in order, veiled, bounded, and gone once it was taken."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings

from carrears import overflow
from carrears.overflow import Overflow, Room


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: LazySettings) -> Path:
    settings.CARREARS_HOME = tmp_path
    return tmp_path


@pytest.fixture
def kept() -> Iterator[Overflow]:
    made = Overflow()
    yield made
    made.empty()


def put(kept: Overflow, data: bytes) -> bool:
    return kept.put(memoryview(data))


def test_it_gives_back_in_order_what_it_was_given(kept: Overflow) -> None:
    assert put(kept, b"abc")
    assert put(kept, b"defgh")
    assert (kept.take(4), len(kept)) == (b"abcd", 4)
    assert put(kept, b"i")
    assert (kept.take(100), len(kept), kept.take(1)) == (b"efghi", 0, b"")
    assert put(kept, b"again")
    assert kept.take(5) == b"again"


def test_nothing_of_it_has_a_name_or_is_in_clear(
    kept: Overflow, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    temporary = tempfile.TemporaryFile

    def watched(*arguments: object, **named: object) -> object:
        opened.append(temporary(*arguments, **named))  # type: ignore[call-overload]
        return opened[-1]

    monkeypatch.setattr(tempfile, "TemporaryFile", watched)
    assert put(kept, b"Zhao Shiyi, 13900000001" * 100)
    assert list(home.iterdir()) == []
    [file] = opened
    on_disk = os.pread(file.fileno(), 10_000, 0)
    assert len(on_disk) == 2300
    assert b"Zhao" not in on_disk
    assert kept.take(4) == b"Zhao"
    kept.empty()
    assert file.closed


def test_one_answer_and_all_together_have_so_much_room_and_it_is_given_back(
    kept: Overflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overflow, "OF_ONE", 10)
    monkeypatch.setattr(overflow, "_disk", Room(15))
    other = Overflow()
    assert put(kept, b"0123456789")
    assert not put(kept, b"x")
    assert put(other, b"01234567")
    third = Overflow()
    assert not put(third, b"x")
    assert kept.take(10) == b"0123456789"
    assert put(kept, b"x")
    assert put(third, b"x")
    for one in (other, third):
        one.empty()


def test_a_disk_that_takes_nothing_is_no_room(kept: Overflow, settings: LazySettings) -> None:
    settings.CARREARS_HOME = Path("/nowhere")
    assert not put(kept, b"x")
    assert len(kept) == 0


def test_after_a_write_that_failed_it_gives_what_it_has_and_takes_no_more(
    kept: Overflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert put(kept, b"abc")
    with Path("/dev/full").open("wb", buffering=0) as full, monkeypatch.context() as broken:
        sound = kept._file
        assert sound is not None
        broken.setattr(full, "seek", sound.seek, raising=False)
        kept._file = full
        assert not put(kept, b"def")
        kept._file = sound
    assert not put(kept, b"def")
    assert kept.take(10) == b"abc"
    assert put(kept, b"ghi")
    assert kept.take(10) == b"ghi"
