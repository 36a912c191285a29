"""Sealing under a key for each subject."""

from __future__ import annotations

import base64
import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.keyfiles import ExposedKeyError
from carrears.parties import ciphers, keyring, vault
from carrears.parties.ciphers import Cipher
from carrears.parties.keyring import Keyring

RING = Keyring((b"a" * 32, b"b" * 32))
KEY = vault.create_subject_key(RING, "subject-1")
AES, SM4 = Cipher.AES_256_GCM, Cipher.SM4_GCM


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
    key = replace(KEY, cipher=data.draw(st.sampled_from(Cipher)))
    sealed = bytearray(key.seal("name", "王小明"))
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


@pytest.mark.parametrize(
    "sealed", [b"", b"\x01", b"\x02", b"\x03" + b"x" * 40, b"\x01" + b"x" * 20, b"\x02" + b"x" * 20]
)
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
    first = keyring.load_keyring(tmp_path / "keys", environ={})

    path = tmp_path / "keys" / keyring.MASTER_KEY_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keyring.load_keyring(tmp_path / "keys", environ={}) == first
    assert [file.name for file in path.parent.iterdir()] == [keyring.MASTER_KEY_FILE]
    assert first.keys[0].hex() not in repr(first)
    path.chmod(0o640)
    with pytest.raises(ExposedKeyError, match="chmod 600"):
        keyring.load_keyring(tmp_path / "keys", environ={})


def test_a_rotation_adds_a_key_to_the_file(tmp_path: Path) -> None:
    first = keyring.load_keyring(tmp_path, environ={})

    fresh = keyring.add_master_key(tmp_path)

    second = keyring.load_keyring(tmp_path, environ={})
    assert second.keys[:-1] == first.keys
    assert keyring.key_id(second.newest) == fresh
    assert second.index_key == first.index_key == first.keys[0]
    assert stat.S_IMODE((tmp_path / keyring.MASTER_KEY_FILE).stat().st_mode) == 0o600


def test_master_keys_from_the_environment(tmp_path: Path) -> None:
    given_keys = ",".join(base64.b64encode(key).decode() for key in RING.keys)

    assert keyring.load_keyring(tmp_path, environ={"CARREARS_MASTER_KEY": given_keys}) == RING
    assert list(tmp_path.iterdir()) == []
    for bad in ("short", base64.b64encode(b"x" * 16).decode()):
        with pytest.raises(keyring.BadMasterKeyError):
            keyring.load_keyring(tmp_path, environ={"CARREARS_MASTER_KEY": bad})
    with pytest.raises(keyring.BadMasterKeyError):
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
            assert vault._decrypt(AES, key, nonce + sealed, aad, "case") == text
            assert AESGCM(key).encrypt(nonce, text, aad) == sealed
        else:
            with pytest.raises(vault.AlteredError):
                vault._decrypt(AES, key, nonce + sealed, aad, "case")
    assert len(cases) > 20


@settings(deadline=None)
@given(st.text(), st.sampled_from(Cipher), st.sampled_from(Cipher))
def test_values_open_whichever_cipher_seals_now(text: str, then: Cipher, now: Cipher) -> None:
    old, new = (Keyring(RING.keys, cipher=cipher) for cipher in (then, now))
    before = vault.create_subject_key(old, "subject-1")
    sealed = before.seal("name", text)

    rewrapped = vault.rewrap_key(new, "subject-1", before.wrapped)

    for wrapped in (before.wrapped, rewrapped):
        after = vault.open_subject_key(new, "subject-1", wrapped)
        assert after.open("name", sealed) == text
        assert after.seal("name", text)[:1] == now.mark
        assert before.open("name", after.seal("name", text)) == text
        assert vault.wrapping_key_id(wrapped) == keyring.key_id(RING.newest)
    assert (rewrapped == before.wrapped) is (then is now)
    assert rewrapped.startswith(vault.wrapping_prefix(new))


def test_columns_are_sealed_by_the_cipher_of_the_ring() -> None:
    ring = Keyring(RING.keys, cipher=SM4)

    wrapped, sealed = vault.seal_many(ring, ["a", "b"], {"name": ["王小明", None]})

    assert [len(one) for one in wrapped] == [65, 65]
    assert sealed["name"][1] is None
    assert sealed["name"][0] is not None
    assert sealed["name"][0][:1] == SM4.mark
    assert vault.open_subject_key(RING, "a", wrapped[0]).open("name", sealed["name"][0]) == "王小明"
    with pytest.raises(vault.AlteredError):
        vault.open_subject_key(RING, "b", wrapped[0])


def test_sm4_is_the_sm4_gcm_of_rfc_8998() -> None:
    """Appendix A.1 of RFC 8998; its key is of 16 bytes, as ours are derived to be."""
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    nonce, aad = bytes.fromhex("00001234567800000000abcd"), "feedfacedeadbeef" * 2 + "abaddad2"
    plain = "".join(f"{letter * 16}" for letter in "abcdefea")
    sealed = bytes.fromhex(
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ciphers, "_sm4_key", lambda given: given)
        told = ciphers.encrypt(SM4, key, nonce, bytes.fromhex(plain), bytes.fromhex(aad))

        assert told == sealed
        assert ciphers.decrypt(SM4, key, nonce, sealed, bytes.fromhex(aad)).hex() == plain


def test_a_key_is_taken_off_the_ring_and_kept_aside(tmp_path: Path) -> None:
    old = keyring.key_id(keyring.load_keyring(tmp_path, environ={}).newest)
    newest = keyring.add_master_key(tmp_path)

    with pytest.raises(keyring.KeyInUseError, match="newest"):
        keyring.remove_master_key(tmp_path, newest, destroy=True)
    keyring.remove_master_key(tmp_path, old, destroy=False)

    ring = keyring.load_keyring(tmp_path, environ={})
    assert [keyring.key_id(key) for key in ring.keys] == [newest]
    assert keyring.key_id(ring.index_key) == old
    kept = keyring.parse_lines((tmp_path / keyring.RETIRED_KEY_FILE).read_text())
    assert [keyring.key_id(keyring.secret_of(line)) for line in kept] == [old]
    with pytest.raises(keyring.KeyInUseError, match="no data key"):
        keyring.remove_master_key(tmp_path, old, destroy=True)


@pytest.mark.parametrize("line", ["data:local:x", "other:local::eA==", "data:nobody::eA=="])
def test_lines_of_another_form_are_refused(line: str, tmp_path: Path) -> None:
    with pytest.raises(keyring.BadMasterKeyError):
        keyring.load_keyring(tmp_path, environ={"CARREARS_MASTER_KEY": line})
