"""Master keys kept by Alibaba Cloud KMS: a server that asks for the signature as documented."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import logging
import os
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from carrears.acs3 import AccessKey, sign
from carrears.parties.alibaba_kms import AlibabaKms, find_credentials
from carrears.parties.custody import keepers
from carrears.parties.keepers import InTheFile, KeeperError
from carrears.parties.keyring import (
    MASTER_KEY_FILE,
    add_master_key,
    load_keyring,
    move_master_keys,
)

_SECRET = bytes(range(32))
_SIGNS = AccessKey("LTAI-example", "secret-of-the-example")
_TEMPORARY = AccessKey("STS.example", "secret-of-a-day", "token-of-a-day")
_AUTHORIZATION = re.compile(
    r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})"
)


class RefusedError(Exception):
    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class _Kms(BaseHTTPRequestHandler):
    """Judges a request by its own reading of the documentation of signature V3."""

    def do_POST(self) -> None:
        kept: Any = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        kept.asked.append((self.path, dict(self.headers), body))
        if kept.hangs.is_set():
            kept.over.wait(60)
            return
        try:
            self._judge(body)
            told, status = self._answer({k: v[0] for k, v in parse_qs(body.decode()).items()}), 200
        except RefusedError as error:
            status = error.status
            # The real one says in its words what was asked; ours are not to be passed on.
            words = f"server string to sign is: {body.decode()}"
            told = {
                "Code": error.code,
                "Message": words,
                "RequestId": "3455b9b4-95c1",
                "HostId": "h",
            }
        given = kept.instead if kept.instead is not None else json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json;charset=utf-8")
        self.send_header("Content-Length", str(len(given)))
        self.end_headers()
        self.wfile.write(given)

    def _judge(self, body: bytes) -> None:
        kept: Any = self.server
        found = _AUTHORIZATION.fullmatch(self.headers["Authorization"])
        if found is None:
            raise RefusedError(400, "IncompleteSignature")
        key_id, names, signature = found.groups()
        if key_id not in kept.secrets:
            raise RefusedError(404, "InvalidAccessKeyId.NotFound")
        secret, token = kept.secrets[key_id]
        if (self.headers["x-acs-security-token"] or "") != token:
            raise RefusedError(403, "InvalidSecurityToken.Expired")
        date = datetime.fromisoformat(self.headers["x-acs-date"])
        if abs(datetime.now(UTC) - date) > timedelta(minutes=15):
            raise RefusedError(400, "InvalidTimeStamp.Expired")
        nonce = self.headers["x-acs-signature-nonce"]
        if nonce in kept.nonces:
            raise RefusedError(400, "SignatureNonceUsed")
        kept.nonces.add(nonce)
        must = {name.lower() for name in self.headers if name.lower().startswith("x-acs-")}
        listed = names.split(";")
        if listed != sorted(listed) or not {*must, "host", "content-type"} <= set(listed):
            raise RefusedError(400, "IncompleteSignature")
        if self.headers["x-acs-content-sha256"] != hashlib.sha256(body).hexdigest():
            raise RefusedError(400, "SignatureDoesNotMatch")
        path, _, query = self.path.partition("?")
        told = [self.command, path, query]
        told += [f"{name}:{self.headers[name].strip()}" for name in listed]
        told += ["", names, self.headers["x-acs-content-sha256"]]
        digest = hashlib.sha256("\n".join(told).encode()).hexdigest()
        text = f"ACS3-HMAC-SHA256\n{digest}".encode()
        if hmac.new(secret.encode(), text, "sha256").hexdigest() != signature:
            raise RefusedError(400, "SignatureDoesNotMatch")

    def _answer(self, given: dict[str, str]) -> dict[str, str]:
        kept: Any = self.server
        assert self.headers["x-acs-version"] == "2016-01-20"
        context = json.dumps(json.loads(given["EncryptionContext"]), sort_keys=True).encode()
        if self.headers["x-acs-action"] == "Encrypt":
            key_id = kept.aliases.get(given["KeyId"], given["KeyId"])
            if key_id not in kept.keys:
                raise RefusedError(404, "Forbidden.KeyNotFound")
            if key_id in kept.disabled:
                raise RefusedError(409, "Rejected.Disabled")
            nonce = os.urandom(12)
            plain = base64.b64decode(given["Plaintext"])
            sealed = nonce + AESGCM(kept.keys[key_id]).encrypt(nonce, plain, context)
            blob = f"{key_id}:{base64.b64encode(sealed).decode()}".encode()
            return {"KeyId": key_id, "CiphertextBlob": base64.b64encode(blob).decode()}
        assert self.headers["x-acs-action"] == "Decrypt"
        try:
            key_id, _, text = base64.b64decode(given["CiphertextBlob"]).decode().partition(":")
            sealed = base64.b64decode(text)
            plain = AESGCM(kept.keys[key_id]).decrypt(sealed[:12], sealed[12:], context)
        except (ValueError, KeyError, InvalidTag) as error:
            raise RefusedError(400, "InvalidParameter") from error
        return {"KeyId": key_id, "Plaintext": base64.b64encode(plain).decode()}

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Any]:
    made: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Kms)
    made.daemon_threads = True
    made.keys = {"key-hzz-1": os.urandom(32), "key-hzz-2": os.urandom(32)}
    made.aliases, made.disabled = {"alias/carrears": "key-hzz-1"}, {"key-hzz-2"}
    made.secrets = {one.key_id: (one.secret, one.security_token) for one in (_SIGNS, _TEMPORARY)}
    made.asked, made.nonces, made.instead = [], set(), None
    made.hangs, made.over = threading.Event(), threading.Event()
    thread = threading.Thread(target=made.serve_forever, args=(0.05,))
    thread.start()
    yield made
    made.over.set()
    made.shutdown()
    thread.join()
    made.server_close()


def keeper(server: Any, signs: AccessKey = _SIGNS, **changes: Any) -> AlibabaKms:
    return AlibabaKms(f"http://127.0.0.1:{server.server_port}/", lambda: signs, **changes)


@pytest.mark.parametrize(
    ("at", "nonce", "signature"),
    [
        (
            datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
            "3156853299f313e23d1673dc12e1703d",
            "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0",
        ),
        (
            datetime(2023, 10, 26, 9, 1, 1, tzinfo=UTC),
            "d410180a5abf7fe235dd9b74aca91fc0",
            "e521358f7776c97df52e6b2891a8bc73026794a071b50c3323388c4e0df64804",
        ),
    ],
)
def test_the_signature_is_that_of_the_documentation(
    at: datetime, nonce: str, signature: str
) -> None:
    asked = "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai"
    told = sign(
        f"https://ecs.cn-shanghai.aliyuncs.com/?{asked}",
        "RunInstances",
        b"",
        AccessKey("YourAccessKeyId", "YourAccessKeySecret"),
        version="2014-05-26",
        at=at,
        nonce=nonce,
    )
    assert told["authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;"
        "x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
        f"Signature={signature}"
    )


@pytest.mark.parametrize("signs", [_SIGNS, _TEMPORARY])
@pytest.mark.parametrize("reference", ["key-hzz-1", "alias/carrears"])
def test_a_key_is_kept(server: Any, signs: AccessKey, reference: str) -> None:
    asks = keeper(server, signs)
    wrapped = asks.wrap(reference, _SECRET)
    assert _SECRET not in wrapped
    assert asks.wrap(reference, _SECRET) != wrapped
    assert asks.unwrap(reference, wrapped) == _SECRET
    assert {path for path, _, _ in server.asked} == {"/"}  # an address tells no secret


def test_what_is_altered_does_not_open(server: Any) -> None:
    asks = keeper(server)
    wrapped = asks.wrap("key-hzz-1", _SECRET)
    raw = bytearray(base64.b64decode(wrapped))
    raw[-3] ^= 1
    for altered in (base64.b64encode(bytes(raw)), b"\xff\xfe", b""):
        with pytest.raises(KeeperError):
            asks.unwrap("key-hzz-1", altered)


@pytest.mark.parametrize(
    ("signs", "reference", "told"),
    [
        (AccessKey("LTAI-nobody", "x"), "key-hzz-1", "the access key id is not known"),
        (
            AccessKey("LTAI-example", "another-secret"),
            "key-hzz-1",
            "the access key's secret is wrong",
        ),
        (
            AccessKey("STS.example", "secret-of-a-day", "old"),
            "key-hzz-1",
            "security token is wrong",
        ),
        (_SIGNS, "key-hzz-9", "there is no such key"),
        (_SIGNS, "key-hzz-2", "the key is disabled"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_tells_no_secret(
    server: Any, signs: AccessKey, reference: str, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(KeeperError, match=told) as refused:
        keeper(server, signs).wrap(reference, _SECRET)
    said = f"{refused.value} {keeper(server, signs)!r} {signs!r} {caplog.text}"
    assert "3455b9b4-95c1" in said  # by which the service's people find it
    for secret in (
        base64.b64encode(_SECRET).decode(),
        signs.secret,
        "Plaintext",
        signs.security_token,
    ):
        assert not secret or secret not in said


def test_a_clock_that_is_wrong_is_told(server: Any) -> None:
    late = keeper(server, clock=lambda: datetime.now(UTC) - timedelta(hours=1))
    with pytest.raises(KeeperError, match="the clock of this machine is wrong"):
        late.wrap("key-hzz-1", _SECRET)


def test_a_service_that_does_not_answer_is_told(server: Any) -> None:
    server.hangs.set()
    with pytest.raises(KeeperError, match=r"127\.0\.0\.1 does not answer"):
        keeper(server, timeout=0.3).wrap("key-hzz-1", _SECRET)
    with pytest.raises(KeeperError, match="does not answer"):
        AlibabaKms("http://127.0.0.1:9/", lambda: _SIGNS).wrap("key-hzz-1", _SECRET)


@pytest.mark.parametrize("answer", [b"", b"[]", b"<html>", b"{}", b'{"CiphertextBlob": 3}'])
def test_an_answer_that_is_none_is_told(server: Any, answer: bytes) -> None:
    server.instead = answer
    with pytest.raises(KeeperError, match="answers without CiphertextBlob"):
        keeper(server).wrap("key-hzz-1", _SECRET)


def test_it_is_asked_through_the_guard_and_by_https(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for url in (
        "http://kms.cn-hangzhou.aliyuncs.com/",
        "http://10.0.0.8/",
        "ftp://127.0.0.1/",
        "x",
    ):
        with pytest.raises(KeeperError, match=r"https is needed|is no web address"):
            AlibabaKms(url, lambda: _SIGNS).wrap("key-hzz-1", _SECRET)
    monkeypatch.setenv("CARREARS_OUTGOING_NETWORKS", "10.0.0.0/8")
    with pytest.raises(KeeperError, match="not to be asked"):
        keeper(server).wrap("key-hzz-1", _SECRET)
    assert server.asked == []


def test_credentials_come_from_the_environment_or_a_file(tmp_path: Path) -> None:
    path = tmp_path / "credentials.ini"
    path.write_text("[default]\ntype = sts\naccess_key_id = STS.f\naccess_key_secret = s%s\n"
                    "security_token = t\n")  # fmt: skip
    named = {"ALIBABA_CLOUD_CREDENTIALS_FILE": str(path)}
    path.chmod(0o644)
    with pytest.raises(KeeperError, match="can be read by others"):
        find_credentials(named)
    path.chmod(0o600)
    assert find_credentials(named) == AccessKey("STS.f", "s%s", "t")
    given = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "s"}
    assert find_credentials(named | given) == AccessKey("LTAI", "s")
    for without in ({}, {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI"}):
        with pytest.raises(KeeperError, match="ALIBABA_CLOUD_ACCESS_KEY_SECRET"):
            find_credentials(without)
    path.write_text("access_key_secret = told-to-nobody")
    for at in (path, tmp_path / "nowhere"):
        with pytest.raises(KeeperError, match="the file of Alibaba Cloud credentials") as told:
            find_credentials({"ALIBABA_CLOUD_CREDENTIALS_FILE": str(at)})
        assert "told-to-nobody" not in str(told.value)


def test_master_keys_move_to_the_service_and_back(server: Any, tmp_path: Path) -> None:
    kept_by: dict[str, Any] = {"local": InTheFile(), "alibaba-kms": keeper(server)}
    first = load_keyring(tmp_path)
    add_master_key(tmp_path)
    before = load_keyring(tmp_path)

    assert move_master_keys(tmp_path, "alibaba-kms", "alias/carrears", keepers=kept_by) == 3
    text = (tmp_path / MASTER_KEY_FILE).read_text()
    assert base64.b64encode(first.newest).decode() not in text
    assert load_keyring(tmp_path, keepers=kept_by) == before
    assert move_master_keys(tmp_path, "local", "", keepers=kept_by) == 3
    assert load_keyring(tmp_path) == before
    with contextlib.suppress(KeeperError):
        move_master_keys(tmp_path, "alibaba-kms", "key-hzz-9", keepers=kept_by)
    assert load_keyring(tmp_path) == before


def test_the_setting_names_it(settings: Any) -> None:
    assert "alibaba-kms" not in keepers()
    settings.ALIBABA_KMS_URL = "https://kms.cn-hangzhou.aliyuncs.com/"
    assert isinstance(keepers()["alibaba-kms"], AlibabaKms)
