"""What is sent is judged by its length before it is read, and is on no disk in clear."""

from __future__ import annotations

import io
import json
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as shipped
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from factories import make_user
from pytest_django import Settings

from carrears.access.services import issue_token

pytestmark = pytest.mark.django_db
MIB = 1 << 20


@pytest.fixture(autouse=True)
def no_disk(settings: Settings, tmp_path: Path) -> None:
    """Whoever writes what is sent to a disk fails: there is none."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # whitenoise warns of none
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "nowhere")


def send(path: str, size: int, **environ: str) -> tuple[int, bytes, int]:
    """Send a form with a file of so many bytes as a server hands it on.

    Returns:
        The status, the answer, and how many bytes of what was sent were read.
    """
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="tape.csv"\r\n\r\n'
    body = io.BytesIO(head + b"x" * size + b"\r\n--b--\r\n")
    length = str(len(body.getbuffer()))
    asked: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "CONTENT_TYPE": "multipart/form-data; boundary=b",
        "CONTENT_LENGTH": length,
        "wsgi.url_scheme": "http",
        "wsgi.input": Unseekable(body),
        "wsgi.errors": io.StringIO(),
    }
    answered: list[str] = []
    # Django's own client does so, too: a test's connection outlives its requests.
    request_started.disconnect(close_old_connections)
    answer = get_wsgi_application()(asked | environ, lambda status, _: answered.append(status))
    request_started.connect(close_old_connections)
    return int(answered[0].split()[0]), b"".join(answer), body.tell()


class Unseekable(io.RawIOBase):
    """As a connection is: read once, from its beginning."""

    def __init__(self, body: io.BytesIO) -> None:
        self._body = body

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._body.read(size)


def cookie_of(client: Client) -> str:
    jar = SimpleCookie()
    jar[shipped.SESSION_COOKIE_NAME] = client.cookies[shipped.SESSION_COOKIE_NAME].value
    return jar.output(header="", attrs=[]).strip()


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(make_user(role="operator"))
    return client


@pytest.mark.parametrize("path", ["/sign-in/", "/imports/upload/", "/texts/twilio/", "/nowhere/"])
def test_a_stranger_sends_a_mebibyte_at_most(path: str) -> None:
    made_up = f"{shipped.SESSION_COOKIE_NAME}={'a' * 32}"
    for more in ({}, {"HTTP_COOKIE": made_up}, {"HTTP_AUTHORIZATION": "Bearer ca_x"}):
        status, _, read = send(path, MIB, **more)
        assert (status, read) == (413, 0)


def test_a_token_that_is_made_up_has_nothing_read() -> None:
    assert send("/api/contact-logs", 30 * MIB, HTTP_AUTHORIZATION="Bearer ca_x")[::2] == (401, 0)
    assert send("/api/contact-logs", MIB)[::2] == (413, 0)


def test_a_program_is_told_as_programs_are() -> None:
    secret = issue_token(make_user(role="operator"), name="n")

    status, answer, read = send(
        "/api/contact-logs", 33 * MIB, HTTP_AUTHORIZATION=f"Bearer {secret}"
    )

    told = json.loads(answer)
    assert (status, read, told["status"], told["instance"]) == (413, 0, 413, "/api/contact-logs")


def test_staff_send_what_the_largest_page_takes_and_no_disk_sees_it(operator: Client) -> None:
    cookie = f"{cookie_of(operator)}; {shipped.CSRF_COOKIE_NAME}={'a' * 32}"

    assert send("/imports/upload/", 33 * MIB, HTTP_COOKIE=cookie)[::2] == (413, 0)
    status, _, read = send("/imports/upload/", 32 * MIB, HTTP_COOKIE=cookie)
    assert status == 403  # read, and then asked for the form's own token
    assert read > 32 * MIB


def test_a_page_says_itself_that_a_tape_is_too_large(operator: Client) -> None:
    tape = SimpleUploadedFile("tape.csv", b"x" * (32 * MIB + 1), content_type="text/csv")

    answer = operator.post("/imports/upload/", {"file": tape, "mapping": "lender"})

    assert answer.status_code == 422
    assert "32.0" in answer.content.decode()


def test_what_says_no_length_is_refused() -> None:
    status, _, read = send("/sign-in/", 10, CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked")
    assert (status, read) == (411, 0)
