"""A real IMAP server on loopback."""

from __future__ import annotations

import imaplib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import LazySettings

DOVECOT = Path("/usr/sbin/dovecot")


@contextmanager
def running(settings: LazySettings) -> Iterator[int]:
    """The server with an empty mailbox, which the settings name; its port."""
    if not DOVECOT.exists() or os.geteuid() != 0:
        pytest.skip("dovecot is not installed (make imap), or cannot be run by this user")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    folder = Path(tempfile.mkdtemp(prefix="imap"))
    shutil.chown(folder, "mail", "mail")
    (folder / "conf").write_text(
        f"protocols = imap\nlisten = 127.0.0.1\nbase_dir = {folder}/run\nlog_path = {folder}/log\n"
        f"ssl = no\ndisable_plaintext_auth = no\nmail_location = maildir:{folder}/mail/%u\n"
        "first_valid_uid = 1\nmail_uid = mail\nmail_gid = mail\n"
        "passdb {\n driver = static\n args = password=secret\n}\n"
        f"userdb {{\n driver = static\n args = uid=mail gid=mail home={folder}/home\n}}\n"
        f"service imap-login {{\n inet_listener imap {{\n port = {port}\n }}\n"
        " inet_listener imaps {\n port = 0\n }\n}\n"
    )
    process = subprocess.Popen([str(DOVECOT), "-F", "-c", str(folder / "conf")])
    secret = folder / "secret"
    secret.write_text("secret\n")
    settings.IMAP_URL = f"imap://bounces@127.0.0.1:{port}"
    settings.IMAP_SECRET_FILE = str(secret)
    try:
        _await(port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)
        shutil.rmtree(folder)


def _await(port: int) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            imaplib.IMAP4("127.0.0.1", port, timeout=5).logout()
        except (OSError, imaplib.IMAP4.error):
            assert time.monotonic() < end
            time.sleep(0.1)
        else:
            return


def put(port: int, *mails: bytes) -> None:
    """Lay mails into the mailbox."""
    session = imaplib.IMAP4("127.0.0.1", port, timeout=20)
    session.login("bounces", "secret")
    for mail in mails:
        assert session.append("INBOX", None, None, mail)[0] == "OK"  # type: ignore[arg-type]
    session.logout()
