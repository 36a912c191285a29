"""Pieces of a server's log: sealed, kept once, and opened again."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from carrears.backups.pieces import keep, put
from carrears.backups.sealing import (
    BackupError,
    make_identity,
    open_sealed,
    parse_public,
    read_identity,
)

PIECE = b"written ahead" * 200_000


def test_a_piece_is_not_to_be_read_and_comes_back(tmp_path: Path) -> None:
    public = parse_public(make_identity(tmp_path / "id"))
    assert keep(io.BytesIO(PIECE), tmp_path / "0001", public)
    assert b"written ahead" not in (tmp_path / "0001").read_bytes()
    put(open_sealed(tmp_path / "0001", read_identity(tmp_path / "id")), tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == PIECE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0001", "0001.sha256", "back", "id"]


def test_the_same_may_come_twice_and_another_may_not(tmp_path: Path) -> None:
    public = parse_public(make_identity(tmp_path / "id"))
    keep(io.BytesIO(PIECE), tmp_path / "0001", public)
    there = (tmp_path / "0001").read_bytes()
    assert not keep(io.BytesIO(PIECE), tmp_path / "0001", public)
    with pytest.raises(BackupError, match="something else"):
        keep(io.BytesIO(PIECE + b"!"), tmp_path / "0001", public)
    assert (tmp_path / "0001").read_bytes() == there


def test_what_was_told_of_a_piece_that_never_came_is_told_anew(tmp_path: Path) -> None:
    public = parse_public(make_identity(tmp_path / "id"))
    (tmp_path / "0001.sha256").write_text("0" * 64)  # killed before the piece had its name
    assert keep(io.BytesIO(PIECE), tmp_path / "0001", public)
    assert not keep(io.BytesIO(PIECE), tmp_path / "0001", public)


def test_an_altered_piece_is_nowhere(tmp_path: Path) -> None:
    public = parse_public(make_identity(tmp_path / "id"))
    keep(io.BytesIO(PIECE), tmp_path / "0001", public)
    altered = bytearray((tmp_path / "0001").read_bytes())
    altered[-1] ^= 1
    (tmp_path / "0001").write_bytes(altered)
    with pytest.raises(BackupError, match="altered"):
        put(open_sealed(tmp_path / "0001", read_identity(tmp_path / "id")), tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_a_server_calls_it_by_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "carrears"]
    public = make_identity(tmp_path / "id")
    sealing = [*command, "seal", str(tmp_path / "0001"), "--to", public]
    assert subprocess.run(sealing, input=PIECE, check=False).returncode == 0
    assert subprocess.run(sealing, input=b"other", check=False, capture_output=True).returncode
    opening = [*command, "unseal", str(tmp_path / "0001"), "-", "--identity", str(tmp_path / "id")]
    assert subprocess.run(opening, check=True, capture_output=True).stdout == PIECE
    missing = [*command, "unseal", str(tmp_path / "0002"), "-", "--identity", str(tmp_path / "id")]
    assert subprocess.run(missing, check=False, capture_output=True).returncode
