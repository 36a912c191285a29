from __future__ import annotations

import os
import signal
import smtplib
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from carrears.outreach import mailbox


def send(server: object, raw: bytes) -> None:
    from carrears.outreach.email import SmtpServer  # noqa: PLC0415

    assert isinstance(server, SmtpServer)
    with smtplib.SMTP(server.host, server.port, timeout=10) as session:
        session.sendmail("a@lender.example", ["b@debtor.example"], raw)


def raw(number: int, *, body: str = "hello") -> bytes:
    return (
        f"From: a@lender.example\r\nTo: b@debtor.example\r\nSubject: n{number}\r\n"
        f"Message-ID: <{number}@lender.example>\r\n\r\n{body}\r\n"
    ).encode()


def test_same_message_id_is_kept_once_and_counted(tmp_path: Path) -> None:
    with mailbox.running(tmp_path) as server:
        send(server, raw(1))
        send(server, raw(1, body="another text under the same id"))
        send(server, raw(1))
        send(server, raw(2))
    kept = {one.subject: one for one in mailbox.list_messages(tmp_path)}
    assert {name: one.received_again for name, one in kept.items()} == {"n1": 2, "n2": 0}
    assert mailbox.read_message(tmp_path, kept["n1"].id).text.strip() == "hello"
    assert mailbox.has_message(tmp_path, "<1@lender.example>")
    assert not mailbox.has_message(tmp_path, "<3@lender.example>")


def test_senders_at_once_lose_nothing(tmp_path: Path) -> None:
    with mailbox.running(tmp_path) as server:
        threads = [
            threading.Thread(target=lambda n=n: [send(server, raw(m)) for m in range(n, n + 5)])
            for n in range(0, 20, 4)  # the ranges overlap by one
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(mailbox.list_messages(tmp_path)) == 21
    assert sum(one.received_again for one in mailbox.list_messages(tmp_path)) == 4
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_message_with_broken_headers_does_not_break_the_list(tmp_path: Path) -> None:
    broken = (
        b"From: a@lender.example\r\nTo: undisclosed\r\nDate: the day before\r\n"
        b"Subject: =?utf-8?q?=ff?=\r\nContent-Type: text/plain; charset=klingon\r\n\r\n\xff\r\n"
    )
    with mailbox.running(tmp_path) as server:
        send(server, broken)
    (kept,) = mailbox.list_messages(tmp_path)
    assert kept.dated is None
    assert mailbox.read_message(tmp_path, kept.id).text.strip() == "\xff"


@pytest.mark.parametrize("name", ["../secret", "", "nothing", "a/b", "x\x00"])
def test_reading_what_is_not_kept_is_a_key_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "secret.eml").write_bytes(raw(1))
    with pytest.raises(KeyError):
        mailbox.read_message(tmp_path / "mail", name)


def test_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert mailbox.list_messages(tmp_path / "none") == []


def test_own_process_keeps_what_it_accepted_when_killed(tmp_path: Path) -> None:
    port = mailbox._free_port("127.0.0.1")
    code = (
        "import sys; from pathlib import Path; from carrears.outreach.mailbox import serve; "
        "serve(Path(sys.argv[1]), port=int(sys.argv[2]))"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(port)])
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                with smtplib.SMTP("127.0.0.1", port, timeout=10) as session:
                    session.sendmail("a@lender.example", ["b@debtor.example"], raw(7))
                break
            except ConnectionRefusedError:
                assert time.monotonic() < deadline
                time.sleep(0.1)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert [one.subject for one in mailbox.list_messages(tmp_path)] == ["n7"]
