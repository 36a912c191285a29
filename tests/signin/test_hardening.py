"""TLS, proxies, headers, limits: what a stranger can try without signing in."""

from __future__ import annotations

import datetime as dt
import logging
import os
import socket
import ssl
import subprocess
import sys
import time
from http.client import HTTPResponse, HTTPSConnection
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.test import Client
from factories import make_user
from homes import Home
from pytest_django import Settings
from signin.doors import enter

from carrears.access.services import issue_token
from carrears.signin.limits import take
from carrears.signin.redaction import redact
from carrears.workbench.logs import JsonLines, PlainLines


@pytest.mark.django_db
@pytest.mark.parametrize(("remote", "secure"), [("10.0.0.1", True), ("203.0.113.7", False)])
def test_a_stranger_cannot_claim_https(
    settings: Settings,
    remote: str,
    secure: bool,  # noqa: FBT001
) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_SSL_REDIRECT = True

    answer = Client().get("/sign-in/", headers={"X-Forwarded-Proto": "https"}, REMOTE_ADDR=remote)

    assert answer.status_code == (200 if secure else 301)


@pytest.mark.django_db
def test_every_answer_has_the_headers() -> None:
    for path in ("/sign-in/", "/nowhere/", "/api/cases", "/healthz"):
        headers = Client().get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "microphone=(self)" in headers["Permissions-Policy"]
        assert "camera=()" in headers["Permissions-Policy"]
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "http:" not in policy


def test_the_deployment_check_is_clean(tmp_path: Path) -> None:
    environ = Home(tmp_path / "home").environ | {
        "CARREARS_HTTPS": "1",
        "CARREARS_SECRET_KEY": "k" * 20 + "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGH",
        "CARREARS_ALLOWED_HOSTS": "collections.lender.example",
        "DJANGO_SETTINGS_MODULE": "carrears.settings",
    }
    done = subprocess.run(
        [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "no issues (1 silenced)" in done.stdout


@pytest.mark.django_db
def test_security_txt_stands_where_the_lender_names_somebody(settings: Settings) -> None:
    assert Client().get("/.well-known/security.txt").status_code == 404
    settings.SECURITY_CONTACT = "mailto:security@lender.example,https://lender.example/report"
    answer = Client().get("/.well-known/security.txt")

    lines = answer.content.decode().splitlines()
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert lines[:2] == [
        "Contact: mailto:security@lender.example",
        "Contact: https://lender.example/report",
    ]
    [expires] = [line for line in lines if line.startswith("Expires: ")]
    moment = dt.datetime.fromisoformat(expires.removeprefix("Expires: "))
    ahead = moment - dt.datetime.now(dt.UTC)
    assert dt.timedelta(days=30) < ahead < dt.timedelta(days=365)


@pytest.mark.django_db
def test_what_is_taken_is_counted_by_the_minute() -> None:
    assert [take("k", at_most=2, at=60.0 * 7 + s) for s in (0, 1, 2, 50)] == [0, 0, 58, 10]
    assert take("other", at_most=2, at=60.0 * 7) == 0
    assert take("k", at_most=2, at=60.0 * 8) == 0
    assert [take("free", at_most=0) for _ in range(3)] == [0, 0, 0]


@pytest.mark.django_db
def test_a_token_asks_so_often_a_minute(settings: Settings) -> None:
    settings.API_PER_MINUTE = 2
    user = make_user(role="operator")
    secret, other = issue_token(user, name="a"), issue_token(user, name="b")

    def ask(given: str) -> int:
        answer = Client().get("/api/cases", headers={"Authorization": f"Bearer {given}"})
        if answer.status_code == 429:
            assert 1 <= int(answer.headers["Retry-After"]) <= 60
            assert answer.headers["Content-Type"] == "application/problem+json"
        return answer.status_code

    codes = [ask(secret) for _ in range(5)]
    assert codes.count(429) >= 1  # a minute may end in between, once
    assert ask(other) == 200


@pytest.mark.django_db
def test_tokens_are_not_guessed_and_names_are_not_tried_without_end(settings: Settings) -> None:
    settings.SIGN_IN_PER_MINUTE = 2
    answers = [
        Client().get("/api/cases", headers={"Authorization": f"Bearer ca_{n}"}).status_code
        for n in range(6)
    ]
    assert set(answers) == {401, 429}
    tried = [enter(Client(), f"name-{n}", "x").status_code for n in range(6)]
    assert set(tried) == {200, 429}
    assert enter(Client(), "name", "x", address="198.51.100.1").status_code == 200


@pytest.mark.parametrize(
    "line",
    [
        "Authorization: Bearer ca_abcdefghijklmnopqrstuvwxyz012345",
        "token ca_abcdefghijklmnopqrstuvwxyz012345 was used",
        "connecting to postgresql://carrears:hunter2secret@db/carrears",
        "{'username': 'lin', 'password': 'hunter2secret'}",
        "POST password1=hunter2secret&x=1",
        "otpauth://totp/lin?secret=hunter2secret",
    ],
)
def test_no_secret_gets_into_the_log(line: str) -> None:
    written = redact(line)

    assert "hunter2secret" not in written
    assert "abcdefghijklmnop" not in written
    assert redact("case A-03 opened, 15 days past due") == "case A-03 opened, 15 days past due"


@pytest.mark.parametrize("lines", [PlainLines(), JsonLines()])
def test_a_traceback_holds_none_either(lines: logging.Formatter) -> None:
    told = (ValueError, ValueError("password=hunter2secret"), None)
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "failed", (), told)

    assert "hunter2secret" not in lines.format(record)


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "tls.pem", folder / "tls.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, secret


@pytest.mark.slow
def test_the_shipped_server_speaks_tls_and_keeps_secrets_out_of_its_log(
    peopled_home: Home, tmp_path: Path
) -> None:
    certificate, secret = _certificate(tmp_path)
    home = peopled_home.copy_to(tmp_path / "home")
    token = home.run("token", "operator").strip()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path / "server.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "carrears", "serve", "--port", str(port), "--workers", "1",
             "--no-worker"],
            env=home.environ | {
                "CARREARS_TLS_CERTIFICATE": str(certificate),
                "CARREARS_TLS_KEY": str(secret),
                "CARREARS_LOG_LEVEL": "DEBUG",
            },
            stdout=out,
            stderr=out,
        )  # fmt: skip
        try:
            _wait_for(port)
            trusted = ssl.create_default_context(cafile=str(certificate))
            page = _get(port, trusted, "/sign-in/")
            assert page.status == 200
            assert (page.getheader("Strict-Transport-Security") or "").startswith("max-age=315")
            assert "Secure" in (page.getheader("Set-Cookie") or "")
            sent = {"Authorization": f"Bearer {token}"}
            assert _get(port, trusted, "/api/cases", **sent).status == 200
        finally:
            server.terminate()
            server.wait(timeout=120)
    written = log.read_text()
    assert token not in written
    keys = [path.read_text() for path in (home.folder / "keys").iterdir()]
    assert [key for key in keys if key.strip() in written] == []
    assert keys


def _get(port: int, trusted: ssl.SSLContext, path: str, **headers: str) -> HTTPResponse:
    asking = HTTPSConnection("localhost", port, context=trusted, timeout=120)
    asking.request("GET", path, headers=headers)
    answer = asking.getresponse()
    answer.read()
    asking.close()
    return answer


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.3)
    raise AssertionError("the server did not come up")


def test_no_key_is_in_the_repository() -> None:
    root = Path(__file__).resolve().parents[2]
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, capture_output=True, check=False
    ).stdout.decode()
    names = [name for name in listed.split("\0") if name] or pytest.skip("no git here")
    private = "-----BEGIN " + "PRIVATE KEY-----"
    found = [
        name
        for name in names
        if (root / name).is_file()
        and os.path.getsize(root / name) < 1_000_000  # noqa: PTH202  thousands of files
        and private in (root / name).read_text(encoding="utf-8", errors="ignore")
    ]
    assert found == []
