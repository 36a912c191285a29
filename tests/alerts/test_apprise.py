"""Other targets by Apprise: against real servers, and no further than the guard lets it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from alerts.robots import Robots, running_robots

from carrears.alerts.by_apprise import send_by_apprise
from carrears.alerts.robots import TargetError
from carrears.outreach import mailbox


class Taken:
    """Keeps what a mail server was given."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(  # noqa: N802  aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        self.mails.append(bytes(envelope.content or b""))
        return "250 OK"


class Json(Robots):
    """Apprise's generic json://."""

    def answer(self, path: str, body: object) -> tuple[int, object]:
        if self.answers:
            return self.answers.pop(0)
        assert isinstance(body, dict)
        self.said.append(f"{path} {body['message']}")
        return 200, {}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Robots]:
    monkeypatch.setattr("alerts.robots.Robots", Json)
    with running_robots() as running:
        yield running


def test_a_text_arrives_by_json(server: Robots) -> None:
    send_by_apprise(f"json://127.0.0.1:{server.port}/alerts\n", "公共池中有案件：3")
    assert server.said == ["/alerts 公共池中有案件：3"]


def test_a_text_arrives_by_mail() -> None:
    taken = Taken()
    port = mailbox._free_port("127.0.0.1")
    controller = Controller(taken, hostname="127.0.0.1", port=port, ready_timeout=30)
    controller.start()
    try:
        send_by_apprise(
            f"mailto://127.0.0.1:{port}?smtp=127.0.0.1&mode=insecure"
            "&from=alerts@lender.example&to=ops@lender.example",
            "The pool is not empty: 3",
        )
    finally:
        controller.stop()
    [mail] = taken.mails
    assert b"To: ops@lender.example" in mail


def test_what_a_server_refuses_is_told_without_the_address(server: Robots) -> None:
    server.answers.append((500, {}))
    with pytest.raises(TargetError) as refused:
        send_by_apprise(f"json://user:topsecret@127.0.0.1:{server.port}/hush", "x")
    assert refused.value.again is True
    assert "500" in str(refused.value)
    assert "topsecret" not in str(refused.value)


def test_an_address_that_apprise_does_not_know_is_not_tried_again() -> None:
    with pytest.raises(TargetError, match="does not know") as refused:
        send_by_apprise("nothing-at-all", "x")
    assert refused.value.again is False


@pytest.mark.parametrize(
    "networks", ["10.0.0.0/8", ""], ids=["loopback is not listed", "nothing is listed"]
)
def test_the_guard_for_outgoing_addresses_holds(
    server: Robots, monkeypatch: pytest.MonkeyPatch, networks: str
) -> None:
    monkeypatch.setenv("CARREARS_OUTGOING_NETWORKS", networks)
    with pytest.raises(TargetError):
        send_by_apprise(f"json://127.0.0.1:{server.port}/", "x")
    assert server.said == []


def test_a_redirect_to_a_metadata_service_is_not_followed(server: Robots) -> None:
    server.answers.append((307, "http://169.254.169.254/latest/meta-data/"))
    with pytest.raises(TargetError):
        send_by_apprise(f"json://127.0.0.1:{server.port}/", "x")
