"""A backup opens for its key, whole and unaltered, or not at all."""

from __future__ import annotations

import io
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.backups import archive, sealing
from carrears.backups.sealing import BackupError

OWN = X25519PrivateKey.generate()
MIB = 1 << 20


def _sealed(content: bytes, path: Path) -> Path:
    path.write_bytes(b"".join(sealing.seal([content], OWN.public_key())))
    return path


@pytest.mark.parametrize("size", [0, 1, 1000, MIB - 56, MIB - 55, MIB, 3 * MIB + 17])
def test_what_is_sealed_opens(size: int, tmp_path: Path) -> None:
    content = bytes(range(256)) * (size // 256) + bytes(size % 256)
    path = _sealed(content, tmp_path / "sealed")

    assert b"".join(sealing.open_sealed(path, OWN)) == content


@settings(deadline=None)
@given(data=st.data())
def test_no_altered_or_cut_file_opens(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = _sealed(b"x" * 500, tmp_path_factory.mktemp("sealed") / "file")
    whole = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    else:
        del whole[data.draw(st.integers(0, len(whole) - 1)) :]
    path.write_bytes(whole)

    with pytest.raises(BackupError):
        b"".join(sealing.open_sealed(path, OWN))


def test_a_file_cut_between_segments_is_told(tmp_path: Path) -> None:
    path = _sealed(b"x" * (3 * MIB), tmp_path / "sealed")
    path.write_bytes(path.read_bytes()[: 18 + 32 + 2 * MIB])

    with pytest.raises(BackupError, match="segment 1"):
        b"".join(sealing.open_sealed(path, OWN))


def test_another_key_does_not_open(tmp_path: Path) -> None:
    path = _sealed(b"secret", tmp_path / "sealed")
    assert b"secret" not in path.read_bytes()
    with pytest.raises(BackupError, match="another key"):
        b"".join(sealing.open_sealed(path, X25519PrivateKey.generate()))


def test_keys_are_files_of_their_owner(tmp_path: Path) -> None:
    file = tmp_path / "backup.key"
    public = sealing.make_identity(file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    secret = sealing.read_identity(file)
    assert sealing.parse_public(public).public_bytes_raw() == secret.public_key().public_bytes_raw()
    with pytest.raises(BackupError, match="not written over"):
        sealing.make_identity(file)
    for wrong in (file.read_text(), "", "carrears-backup-public:x", public + "AAAA"):
        with pytest.raises(BackupError, match="carrears-backup-public:BASE64"):
            sealing.parse_public(wrong)
    with pytest.raises(BackupError, match="no secret key"):
        sealing.read_identity(tmp_path / "none")


def _members(folder: Path) -> list[archive.Member]:
    (folder / "book").mkdir(parents=True)
    (folder / "book" / "空.parquet").write_bytes(b"")
    (folder / "book" / "a.parquet").write_bytes(b"a" * 1537)
    (folder / "keys").mkdir()
    (folder / "keys" / "vault.key").write_text("secret")
    (folder / "link").symlink_to(folder / "keys" / "vault.key")
    return list(archive.files_below(folder, leave_out=frozenset({"keys"})))


def test_an_archive_gives_back_its_files(tmp_path: Path) -> None:
    members = _members(tmp_path / "from")
    packed = b"".join(archive.pack(members, {"kind": "data"}))

    manifest = archive.unpack(iter([packed]), tmp_path / "to")

    assert sorted(manifest["files"]) == ["book/a.parquet", "book/空.parquet"]
    assert (tmp_path / "to" / "book" / "a.parquet").read_bytes() == b"a" * 1537
    assert manifest == archive.unpack(_in_pieces(packed, 7), None)
    with tarfile.open(fileobj=io.BytesIO(packed)) as other:
        assert other.getnames()[-1] == "manifest.json"


def _in_pieces(content: bytes, size: int) -> Iterator[bytes]:
    return (content[at : at + size] for at in range(0, len(content), size))


def test_an_archive_that_is_not_what_it_says_is_refused(tmp_path: Path) -> None:
    packed = b"".join(archive.pack(_members(tmp_path / "from"), {}))
    with pytest.raises(BackupError, match=r"a\.parquet"):
        archive.unpack(iter([packed.replace(b"a" * 1537, b"b" * 1537)]), None)
    with pytest.raises(BackupError, match="no manifest"):
        archive.unpack(iter([bytes(10240)]), None)
    with pytest.raises(BackupError, match="not the archive"):
        archive.unpack(iter([b"x" * 10240]), None)
    evil = archive.Member("../evil", tmp_path / "from" / "book" / "a.parquet")
    with pytest.raises(BackupError, match="out of the folder"):
        archive.unpack(archive.pack([evil], {}), tmp_path / "to")
    assert not (tmp_path / "evil").exists()
