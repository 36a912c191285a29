"""Who should vouch for the log and does not is told of, and told to be over once it is mended."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from alerts.robots import Robots, running_robots
from django.core.cache import cache
from django.test import override_settings
from evidence.attacks import as_superuser, cut_to, sign_anew
from evidence.authority import make_authority, run_authority
from evidence.logs import NOW, tamper, write
from typer.testing import CliRunner
from witness.running import Running, free_port, make_witness, run_witness

from carrears.alerts import signs
from carrears.alerts.kinds import AlertKind
from carrears.alerts.models import Alert
from carrears.alerts.sending import send_due
from carrears.alerts.services import look, write_messages
from carrears.alerts.signs import find_signs
from carrears.alerts.terms import load_alert_terms
from carrears.cli.evidence import evidence
from carrears.clock import now
from carrears.evidence import jobs
from carrears.evidence.models import Entry, StoredAnchor, StoredCheckpoint, StoredTimestamp
from carrears.evidence.queries import last_verification, log_vkey
from carrears.evidence.services import keep_verification, verify_log
from carrears.evidence.standing import dismiss, note_policy
from carrears.evidence.timestamps import stamp_when_due
from carrears.evidence.witnesses import read_policy, send_checkpoint

pytestmark = pytest.mark.django_db
OURS = (
    AlertKind.WITNESS_REFUSES,
    AlertKind.WITNESS_SILENT,
    AlertKind.WITNESS_POLICY,
    AlertKind.TIME_STAMPS,
    AlertKind.ANCHORS,
    AlertKind.LOG_CHECK,
)
MINUTE = timedelta(minutes=1)
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl")


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log with a key of its own, and no look at the rest of the house."""
    settings.CARREARS_HOME, settings.KEYS_DIR = tmp_path, tmp_path / "keys"
    settings.EVIDENCE_ORIGIN = "lender.example/log"
    settings.WITNESS_POLICY = str(tmp_path / "witnesses.policy")
    settings.TSA_URL = settings.EVM_URL = ""
    monkeypatch.setattr(signs, "CHECKS", {kind: signs.CHECKS[kind] for kind in OURS})
    cache.clear()


def amiss(at: Any = NOW) -> dict[str, dict[str, int]]:
    limits = load_alert_terms(Path("nowhere"), on=NOW.date()).limits
    return dict(find_signs(limits, at=at).signs)


def name_witness(settings: Any, vkey: str, url: str) -> None:
    Path(settings.WITNESS_POLICY).write_text(f"witness one {vkey} {url}\nquorum one\n")


def ask(at: Any) -> None:
    policy = read_policy()
    assert policy is not None
    send_checkpoint(policy, at=at)


@pytest.fixture
def witness(settings: Any, tmp_path: Path) -> Iterator[Running]:
    folder = make_witness(tmp_path / "w", "witness.example/one", log_vkey())
    with run_witness(folder) as running:
        name_witness(settings, running.vkeys[0], running.url)
        yield running


def test_a_witness_that_was_stopped_is_told_of_until_it_answers_again(
    settings: Any, tmp_path: Path
) -> None:
    folder = make_witness(tmp_path / "w", "witness.example/one", log_vkey())
    write(3)
    with run_witness(folder) as running:
        name_witness(settings, running.vkeys[0], running.url)
        ask(NOW)
        assert amiss(NOW) == {}
    seen = []
    for minutes in range(5, 26, 5):  # a heartbeat each
        ask(NOW + minutes * MINUTE)
        seen.append(amiss(NOW + minutes * MINUTE).get(AlertKind.WITNESS_SILENT))
    assert seen[:3] == [None, None, None]
    assert seen[3] == {"witnesses": 1, "minutes": 15}
    with run_witness(folder) as running:
        name_witness(settings, running.vkeys[0], running.url)
        ask(NOW + 30 * MINUTE)
        assert amiss(NOW + 30 * MINUTE) == {}


def test_a_witness_that_nobody_asks_is_silent_too(witness: Running) -> None:
    write(3)
    ask(NOW)
    assert amiss(NOW + 14 * MINUTE) == {}
    assert amiss(NOW + 16 * MINUTE)[AlertKind.WITNESS_SILENT] == {"witnesses": 1, "minutes": 16}
    assert witness.seen("lender.example/log")


def test_a_cut_tail_and_a_fork_are_told_of_once_and_to_be_over(
    tmp_path: Path, witness: Running
) -> None:
    with running_robots() as robots:
        tell = telling(tmp_path, robots)
        write(5)
        ask(NOW)
        cut_to(3)
        ask(NOW + MINUTE)
        assert amiss(NOW + MINUTE)[AlertKind.WITNESS_REFUSES] == {"witnesses": 1, "minutes": 0}
        for minutes in range(5, 60, 5):
            ask(NOW + minutes * MINUTE)
            look(at=NOW + minutes * MINUTE)
            tell(NOW + minutes * MINUTE)
        assert len(robots.said) == 1
        for path in (witness.folder.path / "seen").iterdir():  # its keeper was told why
            path.unlink()
        ask(NOW + 90 * MINUTE)
        look(at=NOW + 90 * MINUTE)
        tell(NOW + 90 * MINUTE)
    assert "见证方拒绝为证据日志签名" in robots.said[0]
    assert robots.said[1].splitlines()[1].startswith("已恢复：见证方拒绝")
    assert Entry.objects.filter(kind="witness.refused").count() == 1
    assert not Alert.objects.filter(over_at=None, kind=AlertKind.WITNESS_REFUSES).exists()


def telling(tmp_path: Path, robots: Robots) -> Any:
    [one] = yaml.safe_load(Path("src/carrears/alerts/alerts.yaml").read_text(encoding="utf-8"))
    one["targets"] = {"desk": {"kind": "wecom"}}
    one["routes"] = [{"alerts": ["witness_refuses"], "to": ["desk"], "every_minutes": 10}]
    (tmp_path / "alerts.yaml").write_text(yaml.safe_dump([one]))
    (tmp_path / "keys").mkdir(exist_ok=True)
    path = tmp_path / "keys" / "alert-desk.key"
    path.write_text(robots.secret("wecom"))
    path.chmod(0o600)

    def tell(at: Any) -> None:
        write_messages(at=at)
        send_due(at=at)

    return tell


def test_another_history_of_the_same_size_is_told_of(witness: Running) -> None:
    """The witness answers 409: it knows another root of this size."""
    write(5)
    ask(NOW)
    as_superuser("update evidence_entry set payload = replace(payload, '入催', '出催')")
    sign_anew(5)
    ask(NOW + 5 * MINUTE)
    assert amiss(NOW + 5 * MINUTE)[AlertKind.WITNESS_REFUSES] == {"witnesses": 1, "minutes": 0}
    assert "\n5\n" in witness.seen("lender.example/log")


def test_a_witness_taken_out_of_the_settings_is_told_of_until_it_is_dismissed(
    settings: Any, witness: Running
) -> None:
    write(3)
    ask(NOW)
    Path(settings.WITNESS_POLICY).rename(Path(settings.WITNESS_POLICY).with_suffix(".away"))
    found = amiss(NOW + 5 * MINUTE)[AlertKind.WITNESS_POLICY]
    assert found == {"removed": 1, "unreadable": 0, "changed": 0}
    Path(settings.WITNESS_POLICY).write_text("witness one")
    found = amiss(NOW + 5 * MINUTE)[AlertKind.WITNESS_POLICY]
    assert found == {"removed": 0, "unreadable": 1, "changed": 0}
    Path(settings.WITNESS_POLICY).unlink()
    done = CliRunner().invoke(evidence, ["dismiss", "one"])
    assert (done.exit_code, amiss(now())) == (0, {})
    assert Entry.objects.filter(kind="vouching.dismissed").count() == 1
    assert CliRunner().invoke(evidence, ["dismiss", "two"]).exit_code == 1
    assert witness.url


def test_a_changed_policy_is_evidence_and_told_of_for_a_day(settings: Any) -> None:
    path = Path(settings.WITNESS_POLICY)
    note_policy(at=NOW)
    assert not Entry.objects.exists()
    path.write_text("quorum none\n")
    for minutes in range(3):
        note_policy(at=NOW + minutes * MINUTE)
    assert amiss(NOW + 5 * MINUTE) == {}
    path.write_text("# quorum of two once\nquorum none\n")
    note_policy(at=NOW + 10 * MINUTE)
    path.unlink()
    note_policy(at=NOW + 11 * MINUTE)
    assert Entry.objects.filter(kind="witness.policy").count() == 3
    found = amiss(NOW + 15 * MINUTE)[AlertKind.WITNESS_POLICY]
    assert found == {"removed": 0, "unreadable": 0, "changed": 1}
    assert amiss(NOW + timedelta(days=2)).get(AlertKind.WITNESS_POLICY) is None


@needs_openssl
def test_an_authority_that_stamps_falsely_is_told_of_until_it_stamps_well(
    settings: Any, tmp_path: Path
) -> None:
    write(5)
    with run_authority(tmp_path / "tsa") as stamper:
        other = make_authority(tmp_path / "other")
        settings.TSA_URL, settings.TSA_ROOTS = stamper.url, str(other)
        at = now()
        for minutes in range(3):
            stamp_when_due(at=at + minutes * MINUTE)
        assert amiss(at)[AlertKind.TIME_STAMPS]["false"] == 1
        assert Entry.objects.filter(kind="stamp.refused").count() == 1
        assert not StoredTimestamp.objects.exists()
        settings.TSA_ROOTS = str(stamper.roots)
        stamp_when_due(at=at)
        assert amiss(at) == {}
        tamper("update evidence_storedcheckpoint set note = note || '— x AAAAAAA='")
        assert amiss(at)[AlertKind.TIME_STAMPS] == {"false": 1, "minutes": 0}


@needs_openssl
def test_a_time_stamp_that_is_overdue_is_told_of_also_when_nobody_asks_any_more(
    settings: Any, tmp_path: Path
) -> None:
    write(5)
    settings.TSA_ROOTS = str(make_authority(tmp_path / "other"))
    at = StoredCheckpoint.objects.get().signed_at
    settings.TSA_URL = f"http://127.0.0.1:{free_port()}/"
    stamp_when_due(at=at)
    assert amiss(at + 29 * MINUTE) == {}
    assert amiss(at + 30 * MINUTE)[AlertKind.TIME_STAMPS] == {"false": 0, "minutes": 30}
    settings.TSA_URL = ""
    assert amiss(at + 30 * MINUTE) == {}  # it never stamped anything
    StoredTimestamp.objects.create(
        checkpoint_id=5, authority="x", response=b"", stamped_at=at, received_at=at
    )
    write(1, start=5)
    later = StoredCheckpoint.objects.get(size=6).signed_at + timedelta(hours=1, minutes=31)
    assert amiss(later)[AlertKind.TIME_STAMPS]["minutes"] >= 30
    dismiss("time-stamps", at=later)
    assert amiss(later) == {}


def test_an_anchor_that_is_missing_is_told_of(settings: Any) -> None:
    write(5)
    at = StoredCheckpoint.objects.get().signed_at
    assert amiss(at + timedelta(days=1)) == {}
    with override_settings(EVM_URL="http://127.0.0.1:1", EVM_CONTRACT="0x0", EVM_MINUTES=60):
        assert amiss(at + 59 * MINUTE) == {}
        assert amiss(at + 61 * MINUTE)[AlertKind.ANCHORS] == {"false": 0, "minutes": 61}
        StoredAnchor.objects.create(
            checkpoint_id=5, chain_id=1, contract="0x0", owner="0x1", block=1,
            anchored_at=at, received_at=at,
        )  # fmt: skip
        assert amiss(at + 90 * MINUTE) == {}
    write(1, start=5)
    later = at + timedelta(minutes=settings.EVM_MINUTES + 61)
    assert amiss(later)[AlertKind.ANCHORS]["minutes"] >= 60
    dismiss("anchors", at=later)
    assert AlertKind.ANCHORS not in amiss(later)


def test_a_failed_check_of_the_log_and_one_that_nobody_made_are_told_of() -> None:
    write(5)
    at = now()
    assert amiss(at) == {}
    assert amiss(at + timedelta(days=2))[AlertKind.LOG_CHECK] == {"failed": 0, "days": 2}
    tamper(
        "update evidence_entry set payload = '{}' where id = (select min(id) from evidence_entry)"
    )
    keep_verification(verify_log(), at=at)
    assert amiss(at)[AlertKind.LOG_CHECK] == {"failed": 1, "days": 0}


def test_the_whole_log_is_checked_each_night(monkeypatch: pytest.MonkeyPatch) -> None:
    # The test's own transaction would end with it.
    monkeypatch.setattr(jobs, "connection", SimpleNamespace(close=lambda: None))
    write(5)
    jobs.verify_each_night(0)
    run = last_verification()
    assert run is not None
    assert (run.ok, run.size) == (True, 5)
