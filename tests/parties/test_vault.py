"""Sealing under a key for each subject."""

from __future__ import annotations

import base64
import json
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.keyfiles import ExposedKeyError
from carrears.parties import vault
from carrears.parties.vault import Keyring

RING = Keyring((b"a" * 32, b"b" * 32))
KEY = vault.create_subject_key(RING, "subject-1")


@settings(deadline=None)
@given(st.text(), st.text().filter(lambda name: "|" not in name))
def test_what_is_sealed_opens_and_is_hidden(text: str, field: str) -> None:
    sealed = KEY.seal(field, text)

    assert KEY.open(field, memoryview(sealed)) == text
    assert len(sealed) == len(text.encode()) + 29
    assert KEY.seal(field, text) != sealed
    assert len(text) < 3 or text.encode() not in sealed


@settings(deadline=None)
@given(st.data())
def test_no_altered_byte_opens(data: st.DataObject) -> None:
    sealed = bytearray(KEY.seal("name", "王小明"))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))

    with pytest.raises(vault.AlteredError):
        KEY.open("name", bytes(sealed))


def test_a_value_opens_for_its_own_subject_and_field_only() -> None:
    sealed = KEY.seal("name", "王小明")
    other = vault.SubjectKey("subject-2", KEY.wrapped, KEY.secret)

    for key, field in ((KEY, "phone"), (other, "name")):
        with pytest.raises(vault.AlteredError):
            key.open(field, sealed)
    with pytest.raises(vault.AlteredError):
        vault.open_subject_key(RING, "subject-2", KEY.wrapped)


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x02" + b"x" * 40, b"\x01" + b"x" * 20])
def test_what_the_vault_did_not_seal_is_refused(sealed: bytes) -> None:
    with pytest.raises(vault.AlteredError):
        KEY.open("name", sealed)


def test_a_dropped_key_erases_the_subject() -> None:
    with pytest.raises(vault.SubjectErasedError, match="subject-1"):
        vault.open_subject_key(RING, "subject-1", None)


def test_columns_seal_as_single_values_do() -> None:
    columns = {"name": ["王小明", None, ""], "phone": ["13812341234", "1", None]}

    wrapped, sealed = vault.seal_many(RING, ["a", "b", "c"], columns)

    keys = [vault.open_subject_key(RING, who, raw) for who, raw in zip("abc", wrapped, strict=True)]
    opened = {
        field: [
            None if raw is None else key.open(field, raw)
            for key, raw in zip(keys, raws, strict=True)
        ]
        for field, raws in sealed.items()
    }
    assert opened == columns
    assert len({key.secret for key in keys}) == 3


def test_columns_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        vault.seal_many(RING, ["a", "b"], {"name": ["only one"]})


def test_a_new_master_key_takes_over_and_old_values_stay_readable() -> None:
    before = Keyring((b"a" * 32,))
    key = vault.create_subject_key(before, "subject-1")
    sealed = key.seal("name", "王小明")
    both = Keyring((b"a" * 32, b"b" * 32))

    rewrapped = vault.rewrap_key(both, "subject-1", key.wrapped)

    only_new = Keyring((b"b" * 32,))
    assert vault.open_subject_key(only_new, "subject-1", rewrapped).open("name", sealed) == "王小明"
    assert vault.rewrap_key(both, "subject-1", rewrapped) == rewrapped
    with pytest.raises(vault.UnknownMasterKeyError):
        vault.open_subject_key(only_new, "subject-1", key.wrapped)


def test_a_commitment_salt_lasts_as_long_as_the_data_key() -> None:
    again = vault.open_subject_key(RING, "subject-1", KEY.wrapped)

    assert again.commitment_salt("note:1") == KEY.commitment_salt("note:1")
    assert KEY.commitment_salt("note:1") != KEY.commitment_salt("note:2")
    fresh = vault.create_subject_key(RING, "subject-1")
    assert fresh.commitment_salt("note:1") != KEY.commitment_salt("note:1")


def test_the_key_file_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    first = vault.load_keyring(tmp_path / "keys", environ={})

    path = tmp_path / "keys" / vault.MASTER_KEY_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert vault.load_keyring(tmp_path / "keys", environ={}) == first
    assert [file.name for file in path.parent.iterdir()] == [vault.MASTER_KEY_FILE]
    assert first.keys[0].hex() not in repr(first)
    path.chmod(0o640)
    with pytest.raises(ExposedKeyError, match="chmod 600"):
        vault.load_keyring(tmp_path / "keys", environ={})


def test_a_rotation_adds_a_key_to_the_file(tmp_path: Path) -> None:
    first = vault.load_keyring(tmp_path, environ={})

    second = vault.add_master_key(tmp_path)

    assert second.keys[:-1] == first.keys
    assert vault.load_keyring(tmp_path, environ={}) == second
    assert stat.S_IMODE((tmp_path / vault.MASTER_KEY_FILE).stat().st_mode) == 0o600


def test_master_keys_from_the_environment(tmp_path: Path) -> None:
    given_keys = ",".join(base64.b64encode(key).decode() for key in RING.keys)

    assert vault.load_keyring(tmp_path, environ={"CARREARS_MASTER_KEY": given_keys}) == RING
    assert list(tmp_path.iterdir()) == []
    for bad in ("short", base64.b64encode(b"x" * 16).decode()):
        with pytest.raises(vault.BadMasterKeyError):
            vault.load_keyring(tmp_path, environ={"CARREARS_MASTER_KEY": bad})
    with pytest.raises(vault.BadMasterKeyError):
        Keyring(())


def test_the_cipher_is_aes_gcm_as_others_have_it(shared: Path) -> None:
    path = shared / "vectors" / "merkle" / "wycheproof-aes_gcm_test.json"
    if not path.exists():
        pytest.skip("no AES-GCM vectors")
    groups = json.loads(path.read_text())["testGroups"]
    cases = [
        case
        for group in groups
        if (group["ivSize"], group["tagSize"]) == (96, 128)
        for case in group["tests"]
    ]
    for case in cases:
        key, nonce, aad, text, sealed = (
            bytes.fromhex(case[name]) for name in ("key", "iv", "aad", "msg", "ct")
        )
        sealed += bytes.fromhex(case["tag"])
        if case["result"] == "valid":
            assert vault._decrypt(key, nonce + sealed, aad, "case") == text
            assert AESGCM(key).encrypt(nonce, text, aad) == sealed
        else:
            with pytest.raises(vault.AlteredError):
                vault._decrypt(key, nonce + sealed, aad, "case")
    assert len(cases) > 20
