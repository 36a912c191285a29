"""What a restored database needs of the keyring is told before it is kept."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from factories import DAY, MOMENT, make_person

from carrears.backups import ring
from carrears.backups.ring import expect_ring
from carrears.backups.sealing import BackupError
from carrears.conduct.models import DoNotContact, IndustryList
from carrears.conduct.services import Scope, bar_value, lift_bar
from carrears.parties.blind import Kind
from carrears.parties.custody import keyring
from carrears.parties.keyring import Keyring, key_id

pytestmark = pytest.mark.django_db


@pytest.fixture
def bar() -> DoNotContact:
    """A person, a bar on a number and a list, all under the ring's keys."""
    make_person(loan_no="A-03")
    IndustryList.objects.create(
        name="n", version="1", source="s", reason="r", form="national", algorithm="sha256",
        from_on=DAY, index_key=keyring().index_id, file_name="f", file_sha256="0", read_at=MOMENT,
        state="live",
    )  # fmt: skip
    terms: dict[str, Any] = {"reason": "x", "from_on": DAY, "until_on": None, "scope": Scope()}
    return bar_value(Kind.PHONE, "13900000001", **terms, by=None, at=MOMENT)


def with_ring(monkeypatch: pytest.MonkeyPatch, other: Keyring) -> None:
    monkeypatch.setattr(ring, "keyring", lambda: other)


@pytest.mark.usefixtures("bar")
def test_a_ring_with_all_keys_is_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    expect_ring(on=DAY)
    grown = replace(keyring(), index_keys=(keyring().index_key, os.urandom(32)))
    with_ring(monkeypatch, grown)
    expect_ring(on=DAY)


@pytest.mark.usefixtures("bar")
def test_each_index_key_that_is_missing_is_named_with_what_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    needed = keyring().index_id.hex()
    with_ring(monkeypatch, replace(keyring(), index_keys=(os.urandom(32),)))
    with pytest.raises(BackupError) as refused:
        expect_ring(on=DAY)
    assert f"lacks index key {needed}, under which 1 people, 1 bars, 1 lists" in str(refused.value)
    assert "data key" not in str(refused.value)


def test_what_has_ended_needs_no_key(monkeypatch: pytest.MonkeyPatch, bar: DoNotContact) -> None:
    lift_bar(bar, reason="x", by=None, at=MOMENT)
    IndustryList.objects.update(state="replaced")
    with connection.cursor() as cursor:
        cursor.execute("update parties_party set index_key = null")
    with_ring(monkeypatch, replace(keyring(), index_keys=(os.urandom(32),)))
    expect_ring(on=DAY)


@pytest.mark.usefixtures("bar")
def test_a_data_key_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = keyring()
    other = replace(ours, keys=(os.urandom(32),), index_keys=(ours.index_key,))
    with_ring(monkeypatch, other)
    needed = key_id(ours.newest).hex()
    with pytest.raises(BackupError, match=rf"data key {needed}, under which 1 people are sealed"):
        expect_ring(on=DAY)
