"""Master keys kept by a PKCS#11 device or a key service, real ones: SoftHSM 2, and moto's KMS."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer

from carrears.parties.aws_kms import AwsKms, Credentials, sign
from carrears.parties.keepers import InTheFile, Keeper, KeeperError
from carrears.parties.keyring import (
    MASTER_KEY_FILE,
    BadMasterKeyError,
    add_master_key,
    key_id,
    load_keyring,
    move_master_keys,
    parse_lines,
    remove_master_key,
)
from carrears.parties.pkcs11_token import Pkcs11Token

_MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
_SECRET = bytes(range(32))
_MOMENT = datetime(2026, 6, 30, 2, 0, 1, tzinfo=UTC)
_SIGNS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG")


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pkcs11Token]:
    """A token of SoftHSM with an AES key ``master`` that cannot be read out of it."""
    pkcs11 = pytest.importorskip("pkcs11", reason="needs the extra hsm")
    if not _MODULE.exists() or shutil.which("softhsm2-util") is None:
        pytest.skip("needs Debian's package softhsm2")
    folder = tmp_path_factory.mktemp("hsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        made = ["softhsm2-util", "--init-token", "--free", "--label", "carrears"]
        subprocess.run(
            [*made, "--so-pin", "1234", "--pin", "5678"], check=True, capture_output=True
        )
        device = pkcs11.lib(str(_MODULE))
        device.reinitialize()
        with device.get_token(token_label="carrears").open(user_pin="5678", rw=True) as session:
            for label in ("master", "other"):
                session.generate_key(pkcs11.KeyType.AES, 256, label=label, store=True)
        yield Pkcs11Token(str(_MODULE), "carrears", "5678")


@pytest.fixture(scope="module")
def service() -> Iterator[tuple[AwsKms, str]]:
    """moto's KMS, and the id of a key of its."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}/"
    client = boto3.client(
        "kms", "cn-north-1", endpoint_url=url, aws_access_key_id="a", aws_secret_access_key="b"
    )
    made = client.create_key()["KeyMetadata"]["KeyId"]
    client.create_alias(AliasName="alias/carrears", TargetKeyId=made)
    client.close()
    yield AwsKms(url, "cn-north-1", _SIGNS), made
    server.stop()


def _comes_back(keeper: Keeper, reference: str) -> None:
    wrapped = keeper.wrap(reference, _SECRET)
    assert _SECRET not in wrapped
    assert keeper.wrap(reference, _SECRET) != wrapped
    assert keeper.unwrap(reference, wrapped) == _SECRET
    for place in (0, len(wrapped) // 2, len(wrapped) - 1):
        altered = bytearray(wrapped)
        altered[place] ^= 1
        with pytest.raises(KeeperError):
            keeper.unwrap(reference, bytes(altered))


def test_a_device_keeps_a_key(token: Pkcs11Token) -> None:
    _comes_back(token, "master")
    wrapped = token.wrap("master", _SECRET)
    with pytest.raises(KeeperError):
        token.unwrap("other", wrapped)
    for keeper, reference in (
        (token, "nobody"),
        (Pkcs11Token(token.module, "carrears", "0000"), "master"),
        (Pkcs11Token(token.module, "elsewhere", "5678"), "master"),
        (Pkcs11Token("/no/such.so", "carrears", "5678"), "master"),
    ):
        with pytest.raises(KeeperError, match="PKCS#11 token"):
            keeper.wrap(reference, _SECRET)
    assert "5678" not in repr(token)


def test_a_service_keeps_a_key(service: tuple[AwsKms, str]) -> None:
    keeper, key = service
    wrapped = keeper.wrap(key, _SECRET)
    assert keeper.unwrap(key, wrapped) == _SECRET
    assert keeper.unwrap("alias/carrears", keeper.wrap("alias/carrears", _SECRET)) == _SECRET
    with pytest.raises(KeeperError, match="refuses Encrypt"):
        keeper.wrap("alias/nobody", _SECRET)
    with pytest.raises(KeeperError, match="refuses Decrypt"):
        keeper.unwrap(key, wrapped[:-1] + bytes([wrapped[-1] ^ 1]))
    gone = AwsKms("http://127.0.0.1:9/", "cn-north-1", _SIGNS)
    with pytest.raises(KeeperError, match="does not answer"):
        gone.wrap(key, _SECRET)


@settings(deadline=None)
@given(
    st.sampled_from(["https://kms.cn-north-1.amazonaws.com.cn/", "http://127.0.0.1:4566"]),
    st.binary(max_size=200),
    st.sampled_from(["", "token=="]),
)
def test_requests_are_signed_as_botocore_signs_them(url: str, body: bytes, session: str) -> None:
    headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": "TrentService.Decrypt"}
    ours = sign(
        url,
        headers,
        body,
        Credentials(_SIGNS.access_key, _SIGNS.secret_key, session),
        region="cn-north-1",
        at=_MOMENT,
    )

    theirs = AWSRequest("POST", url, headers, body)
    auth = SigV4Auth(
        BotoCredentials(_SIGNS.access_key, _SIGNS.secret_key, session or None), "kms", "cn-north-1"
    )
    theirs.context["timestamp"] = ours["x-amz-date"]
    auth._modify_request_before_signing(theirs)
    theirs.headers.replace_header("X-Amz-Date", ours["x-amz-date"])
    canonical = auth.canonical_request(theirs)
    signature = auth.signature(auth.string_to_sign(theirs, canonical), theirs)

    assert ours["authorization"].endswith(f"Signature={signature}")


def test_keys_move_to_a_device_and_to_a_service_and_back(
    token: Pkcs11Token, service: tuple[AwsKms, str], tmp_path: Path
) -> None:
    keepers: dict[str, Any] = {"local": InTheFile(), "pkcs11": token, "aws-kms": service[0]}
    first = load_keyring(tmp_path)
    add_master_key(tmp_path)
    before = load_keyring(tmp_path)

    for keeper, reference in (("pkcs11", "master"), ("aws-kms", service[1]), ("local", "")):
        assert move_master_keys(tmp_path, keeper, reference, keepers=keepers) == 3
        lines = parse_lines((tmp_path / MASTER_KEY_FILE).read_text())
        assert {(line.keeper, line.reference) for line in lines} == {(keeper, reference)}
        assert load_keyring(tmp_path, keepers=keepers) == before
        if keeper != "local":
            text = (tmp_path / MASTER_KEY_FILE).read_text()
            assert base64.b64encode(first.newest).decode() not in text
            with pytest.raises(BadMasterKeyError, match=f"no keeper of keys '{keeper}'"):
                load_keyring(tmp_path)


def test_a_new_key_is_kept_as_the_one_before(token: Pkcs11Token, tmp_path: Path) -> None:
    keepers: dict[str, Any] = {"local": InTheFile(), "pkcs11": token}
    old = key_id(load_keyring(tmp_path).newest)
    move_master_keys(tmp_path, "pkcs11", "master", keepers=keepers)

    fresh = add_master_key(tmp_path, keepers=keepers)
    remove_master_key(tmp_path, old, destroy=True, keepers=keepers)

    assert [key_id(key) for key in load_keyring(tmp_path, keepers=keepers).keys] == [fresh]
    lines = parse_lines((tmp_path / MASTER_KEY_FILE).read_text())
    assert [line.keeper for line in lines] == ["pkcs11", "pkcs11"]


def test_a_keeper_that_refuses_changes_nothing(tmp_path: Path) -> None:
    load_keyring(tmp_path)
    before = (tmp_path / MASTER_KEY_FILE).read_bytes()
    keepers: dict[str, Any] = {
        "local": InTheFile(),
        "aws-kms": AwsKms("http://127.0.0.1:9/", "cn-north-1", _SIGNS),
    }
    with pytest.raises(KeeperError):
        move_master_keys(tmp_path, "aws-kms", "alias/carrears", keepers=keepers)
    with pytest.raises(BadMasterKeyError):
        move_master_keys(tmp_path, "nobody", "", keepers=keepers)
    assert (tmp_path / MASTER_KEY_FILE).read_bytes() == before


def test_a_service_is_asked_as_aws_documents_it(service: tuple[AwsKms, str]) -> None:
    """What our ``Encrypt`` made, another client opens with the same encryption context."""
    keeper, key = service
    client = boto3.client(
        "kms",
        "cn-north-1",
        endpoint_url=keeper.url,
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )
    told = client.decrypt(
        CiphertextBlob=keeper.wrap(key, _SECRET),
        EncryptionContext=json.loads('{"carrears": "master key"}'),
    )
    client.close()
    assert told["Plaintext"] == _SECRET
