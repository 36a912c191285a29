from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from factories import MOMENT, make_case, make_user
from vault.s3_servers import KEY, SECRET, client_for, run_moto, run_rclone
from vault.storing_for_tests import store_words
from vault.streams import FIRST, REST, content_of

from carrears.conduct.vault_keeping import destroy_expired_objects
from carrears.vault.models import StoredObject
from carrears.vault.reading import read_content
from carrears.vault.s3 import BadStoreError, S3Place, connect, parse_place
from carrears.vault.services import ask_to_lift, decide_lift, place_hold
from carrears.vault.stores import LockedObjectError, StoreError, spool
from carrears.vault.verification import verify_vault

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("vault", "credentials")]


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def locked(settings: Any) -> Iterator[str]:
    """A bucket with Object Lock, in use as the vault's store."""
    with run_moto("vault", lock=True) as endpoint:
        settings.VAULT_STORE = f"s3://vault/lender?endpoint={endpoint}&lock=compliance"
        yield endpoint


def _versions(endpoint: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        client_for(endpoint).list_object_versions(Bucket="vault").get("Versions", [])
    )
    return found


def test_objects_come_back_from_a_locked_bucket(locked: str) -> None:
    content = content_of(FIRST + REST + 5)
    stored = store_words(make_case(), content)
    assert b"".join(read_content(stored)) == content
    assert b"".join(read_content(stored, FIRST - 3, FIRST + 3)) == content[FIRST - 3 : FIRST + 3]
    (version,) = _versions(locked)
    assert version["Key"] == f"lender/objects/{stored.address[:2]}/{stored.address[2:]}"
    assert verify_vault(opened=True).ok


def test_a_store_is_asked_within_the_networks_that_are_open_and_nowhere_else(
    locked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = store_words(make_case())
    store = connect(parse_place(_url(locked)))
    assert store.size(stored.address) is not None
    monkeypatch.setenv("CARREARS_OUTGOING_NETWORKS", "10.0.0.0/8")
    with pytest.raises(StoreError, match=r"127\.0\.0\.1, which is not to be asked"):
        connect(parse_place(_url(locked))).size(stored.address)
    monkeypatch.setenv("CARREARS_OUTGOING_NETWORKS", "127.0.0.1/32")
    assert store.size(stored.address) is not None


def test_a_store_is_asked_past_no_proxy(locked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = store_words(make_case())
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert connect(parse_place(_url(locked))).size(stored.address) is not None


def test_what_is_locked_cannot_be_deleted_before_its_time(locked: str) -> None:
    stored = store_words(make_case())
    (version,) = _versions(locked)
    client, at = client_for(locked), {"Bucket": "vault", "Key": version["Key"]}
    kept = client.head_object(**at)
    assert (kept["ObjectLockMode"], kept["ObjectLockRetainUntilDate"]) == (
        "COMPLIANCE", datetime(2031, 7, 1, 12, tzinfo=UTC),
    )  # fmt: skip
    with pytest.raises(ClientError, match="AccessDenied"):
        client.delete_object(**at, VersionId=version["VersionId"])
    with pytest.raises(LockedObjectError):
        connect(parse_place(_url(locked))).remove(stored.address)
    assert b"".join(read_content(stored)) == b"words"


def _url(endpoint: str, lock: str = "compliance") -> str:
    return f"s3://vault/lender?endpoint={endpoint}&lock={lock}"


def _past_case() -> Any:
    return make_case(
        jurisdiction="us", opened_on="2019-01-01", state="closed", closed_on="2022-01-01",
        close_reason="paid_off",
    )  # fmt: skip


def test_what_a_store_keeps_for_longer_goes_later(locked: str) -> None:
    """The key goes at its time by the lender's clock; the bytes when the store's lets them."""
    stored = store_words(_past_case(), at=datetime(2026, 6, 30, tzinfo=UTC))
    first = destroy_expired_objects(at=datetime(2030, 1, 1, tzinfo=UTC))
    assert (len(first.destroyed), first.removed, first.locked) == (1, 0, 1)
    stored.refresh_from_db()
    assert (stored.wrapped_key, stored.removed_at) == (None, None)
    assert len(_versions(locked)) == 1


def test_what_is_past_its_lock_goes_with_all_its_versions(locked: str) -> None:
    stored = store_words(_past_case(), at=datetime(2021, 12, 1, tzinfo=UTC))
    client = client_for(locked)
    client.delete_object(Bucket="vault", Key=_versions(locked)[0]["Key"])  # a marker only
    assert connect(parse_place(_url(locked))).size(stored.address) is None
    outcome = destroy_expired_objects(at=datetime(2026, 11, 28, tzinfo=UTC))
    assert (outcome.removed, outcome.locked) == (1, 0)
    listed = client.list_object_versions(Bucket="vault")
    assert (listed.get("Versions", []), listed.get("DeleteMarkers", [])) == ([], [])


def test_a_hold_is_the_bucket_s_as_well(locked: str) -> None:
    case = make_case()
    before = store_words(case)
    hold = place_hold(loan_no=case.loan_no, why="litigation", note="x", by=None, at=MOMENT)
    after = store_words(case)
    assert {_held(locked, one) for one in (before, after)} == {"ON"}
    ask_to_lift(hold, note="x", by=make_user(username="one"), at=MOMENT)
    decide_lift(hold, agreed=True, by=make_user(username="two"), at=MOMENT)
    assert {_held(locked, one) for one in (before, after)} == {"OFF"}


def _held(endpoint: str, stored: StoredObject) -> str:
    key = f"lender/objects/{stored.address[:2]}/{stored.address[2:]}"
    found = client_for(endpoint).get_object_legal_hold(Bucket="vault", Key=key)
    return str(found["LegalHold"]["Status"])


def test_an_address_is_written_once(locked: str, tmp_path: Path) -> None:
    place = connect(parse_place(_url(locked)))
    for _ in range(2):
        with spool([b"sealed"], tmp_path) as spooled:
            place.put(spooled, keep_until=None)
    assert len(_versions(locked)) == 1


def test_a_store_with_keys_takes_and_gives_objects(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "s3" / "vault").mkdir(parents=True)
    with run_rclone(tmp_path / "s3") as endpoint:
        settings.VAULT_STORE = f"s3://vault/lender?endpoint={endpoint}"
        content = content_of(FIRST + REST + 5)
        stored = store_words(_past_case(), content, at=datetime(2021, 12, 1, tzinfo=UTC))
        assert b"".join(read_content(stored)) == content
        assert b"".join(read_content(stored, FIRST, FIRST + 2)) == content[FIRST : FIRST + 2]
        assert verify_vault(opened=True).ok
        assert verify_vault().unknown == 0
        assert destroy_expired_objects(at=datetime(2026, 11, 28, tzinfo=UTC)).removed == 1
        assert [path for path in (tmp_path / "s3" / "vault").rglob("*") if path.is_file()] == []


def test_a_wrong_secret_stores_nothing(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "s3" / "vault").mkdir(parents=True)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x" * 40)
    with run_rclone(tmp_path / "s3") as endpoint:
        settings.VAULT_STORE = f"s3://vault/other?endpoint={endpoint}"
        with pytest.raises(StoreError, match="PutObject SignatureDoesNotMatch"):
            store_words(make_case())
    assert not StoredObject.objects.exists()


def test_a_store_that_is_away_is_told_so(settings: Any) -> None:
    settings.VAULT_STORE = "s3://vault/away?endpoint=http://127.0.0.1:9"
    with pytest.raises(StoreError, match="out of reach"):
        store_words(make_case())
    assert not StoredObject.objects.exists()


def test_the_setting_is_read() -> None:
    assert parse_place("s3://b/a/b?endpoint=http://h:1&region=r&lock=governance") == S3Place(
        "b", "a/b/", "http://h:1", "r", "governance"
    )
    assert parse_place("s3://bucket") == S3Place("bucket", "", "", "", "none")


@pytest.mark.parametrize(
    "url", ["file:///tmp", "s3://", "s3://b?lock=maybe", "s3://b?locks=none", "b/prefix"]
)
def test_a_bad_setting_is_named(url: str) -> None:
    with pytest.raises(BadStoreError):
        parse_place(url)
