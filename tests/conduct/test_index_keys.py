"""The key of the blind indexes changes, and everybody and every bar is found all the while."""

from __future__ import annotations

import hashlib
import io
import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from conduct.indexed import (
    bar,
    bars_call,
    begin,
    begin_and_do_half,
    case_of,
    keys,
    number_of,
    phone,
    rows,
    tape,
)
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import QueryDict
from factories import DAY, MOMENT, make_person

from carrears.conduct.barred import barred_under_other_keys
from carrears.conduct.erasure import erase_subject
from carrears.conduct.foreign import Scheme
from carrears.conduct.index_keys import index_key_uses, name_keys, retire_index_key
from carrears.conduct.industry_lists import ListTerms, add_to_list, import_list, remove_list
from carrears.conduct.models import DoNotContact, IndustryList, Listing
from carrears.conduct.services import lift_bar
from carrears.evidence.models import Entry
from carrears.outreach.calls import preview_call
from carrears.outreach.replies import take_reply
from carrears.parties import index_rotation
from carrears.parties.blind import Kind
from carrears.parties.correcting import correct_person
from carrears.parties.indexing import people_left
from carrears.parties.keyring import KeyInUseError, MissingIndexKeyError, load_keyring
from carrears.parties.models import ContactPoint, LoanParty, Party
from carrears.parties.queries import search_by_name
from carrears.parties.services import change_phone, keyring, store_people
from carrears.workbench.queries.bars import bars_page, search_params

__all__ = ["keys"]  # fixtures


@pytest.mark.django_db
def test_everybody_is_found_while_half_are_under_the_new_key() -> None:
    store_people(tape(6), source="contract")

    done, left = begin_and_do_half(3)

    assert (len(done), len(left)) == (3, 3)
    for text in ("王", "王小", "wangxm", "wang xiaoming", "wxm"):
        assert set(search_by_name(text)) == {*done, *left}
    assert [(one.state, one.people) for one in index_key_uses(on=DAY)] == [
        ("asked", 3),
        ("makes", 3),
    ]
    assert index_rotation.finish(portion=2) == 3
    assert search_by_name("wxm").count() == 6
    assert [one.people for one in index_key_uses(on=DAY)] == [0, 6]
    assert index_rotation.finish() == 0


@pytest.mark.django_db
def test_all_that_finds_a_person_is_as_if_it_had_been_made_under_the_new_key() -> None:
    store_people(tape(2), source="contract")
    old = {pk: set(tokens) for pk, tokens in Party.objects.values_list("pk", "name_tokens")}
    begin()
    index_rotation.finish()
    fields = ("name_tokens", "id_no_index", "index_key")
    made = list(Party.objects.order_by("party_no").values_list(*fields))
    cars = list(LoanParty.objects.order_by("loan_no").values_list("plate_index", "vin_index"))
    points = set(ContactPoint.objects.values_list("kind", "value_index"))
    assert all(not old[pk] & set(tokens) for pk, tokens in _tokens())

    LoanParty.objects.all().delete()
    ContactPoint.objects.all().delete()
    Party.objects.all().delete()
    store_people(tape(2), source="contract")

    assert list(Party.objects.order_by("party_no").values_list(*fields)) == made
    again = LoanParty.objects.order_by("loan_no").values_list("plate_index", "vin_index")
    assert list(again) == cars
    assert set(ContactPoint.objects.values_list("kind", "value_index")) == points


def _tokens() -> list[tuple[uuid.UUID, list[bytes]]]:
    return list(Party.objects.values_list("pk", "name_tokens"))


@pytest.mark.django_db
def test_a_tape_knows_its_people_while_half_are_under_the_new_key() -> None:
    store_people(tape(6), source="contract")
    before = rows()
    _, left = begin_and_do_half(3)

    store_people(tape(6), source="contract")

    assert rows() == before  # no number twice, which its unique constraint would let by
    assert not people_left(keyring()).filter(pk__in=[one.pk for one in left]).exists()
    assert search_by_name("wxm").count() == 6


@pytest.mark.django_db
def test_numbers_are_changed_and_corrected_while_half_are_under_the_new_key() -> None:
    store_people(tape(4), source="contract")
    done, left = begin_and_do_half(2)
    for place, party in enumerate((done[0], left[0])):
        loan_no = LoanParty.objects.get(party=party).loan_no
        old = number_of(party)
        assert change_phone(loan_no, f"1370000000{place}", source="debtor")
        assert change_phone(loan_no, old, source="debtor")  # the row that was there, not another
        assert ContactPoint.objects.filter(party=party, kind="phone").count() == 2
        assert number_of(party) == old
    for place, party in enumerate((done[1], left[1])):
        correct_person(
            party,
            Kind.PHONE,
            before=number_of(party),
            after=f"1360000000{place}",
            reason="told so",
            by=None,
            at=MOMENT,
        )
        assert number_of(party) == f"1360000000{place}"
        assert take_reply("smpp", f"861360000000{place}", "好的", at=MOMENT) == 1


@pytest.mark.django_db
def test_bars_of_either_key_bar_numbers_of_either_key() -> None:
    store_people(tape(6), source="contract")
    barred_before = [phone(0), phone(1), phone(2), phone(3)]
    for number in barred_before[:4]:
        bar(number)
    done, left = begin_and_do_half(3)
    free = [party for party in (*done, *left) if number_of(party) not in barred_before]
    assert [bars_call(party) for party in free] == [False, False]

    bar(number_of(free[0]))

    for party in (*done, *left):
        assert bars_call(party) == (party != free[1])
    found = [bars_page(_search(number_of(party))).rows for party in (*done, *left)]
    assert sorted(len(each) for each in found) == [0, 1, 1, 1, 1, 1]
    barred = barred_under_other_keys([f"L-{place}" for place in range(6)])
    points = ContactPoint.objects.filter(kind="phone").exclude(party=free[1])
    assert barred == sorted(points.values_list("pk", flat=True))
    index_rotation.finish()
    assert [bars_call(party) for party in (*done, *left)].count(True) == 5


def _search(text: str) -> QueryDict:
    params = QueryDict(mutable=True)
    params.update(search_params(text))
    return params


@pytest.mark.django_db
def test_a_number_of_who_was_erased_is_barred_for_whoever_has_it_later() -> None:
    store_people(tape(3), source="contract")
    first, second, third = Party.objects.order_by("party_no")
    erase_subject(first, reason="asked", by=None, at=MOMENT)
    begin()
    erase_subject(second, reason="asked", by=None, at=MOMENT)  # before he was brought up
    index_rotation.finish()
    erase_subject(third, reason="asked", by=None, at=MOMENT)

    for place in range(3):
        later = make_person(loan_no=f"L-{place + 7}", phone=phone(place), email="")
        assert bars_call(later), place
    uses = index_key_uses(on=DAY)
    # The house itself is a row of people, too: its key seals why they were erased.
    assert [(one.people, one.bars) for one in uses] == [(0, 4), (4, 2)]


@pytest.mark.django_db
def test_a_list_of_others_is_asked_under_its_own_key_until_it_is_replaced() -> None:
    store_people(tape(4), source="contract")
    people = list(Party.objects.order_by("party_no"))
    old = _bring(phone(0), version="1")
    begin()
    index_rotation.finish()
    later = _bring(phone(1), version="1", name="later")

    assert [_listed(one) for one in people] == [["list 1"], ["later 1"], [], []]
    _add("list", phone(0), phone(2))
    assert Listing.objects.filter(list=old).count() == 2  # what it had is known again
    assert [_listed(one) for one in people] == [["list 1"], ["later 1"], ["list 1"], []]
    assert [one.lists for one in index_key_uses(on=DAY)] == [1, 1]
    newer = _bring(phone(0), version="2")
    assert (newer.known, later.known) == (None, None)  # it cannot be told
    assert [_listed(one) for one in people] == [["list 2"], ["later 1"], [], []]
    assert [one.lists for one in index_key_uses(on=DAY)] == [0, 2]
    assert _bring(phone(0), phone(3), version="3").known == 1


def _terms(**changes: Any) -> ListTerms:
    told: dict[str, Any] = {"name": "list", "source": "association", "reason": "asked"}
    scheme = Scheme(form="national", algorithm="sha256")
    return ListTerms(**(told | {"scheme": scheme, "from_on": DAY} | changes))


def _file(*numbers: str) -> io.BytesIO:
    lines = (f"{hashlib.sha256(one.encode()).hexdigest()}\n" for one in numbers)
    return io.BytesIO("".join(lines).encode())


def _bring(*numbers: str, **changes: Any) -> IndustryList:
    given = _file(*numbers)
    return import_list(given, _terms(**changes), file_name="l.csv", by=None, at=MOMENT)[0]


def _add(name: str, *numbers: str) -> None:
    add_to_list(_file(*numbers), name, file_name="more.csv", by=None, at=MOMENT)


def _listed(party: Party) -> list[str]:
    verdict = preview_call(case_of(party), party=party)
    told = [one.explanation_en for one in verdict.findings if one.reason == "listed_in"]
    return [text.split("'")[1] for text in told]


@pytest.mark.django_db
def test_a_key_is_retired_when_nothing_is_looked_up_under_it_and_not_before(keys: Path) -> None:
    store_people(tape(2), source="contract")
    barred = bar(phone(0))
    listed = _bring(phone(1), version="1")
    (old,) = (one.key for one in index_key_uses(on=DAY))

    def retire(key: str) -> None:
        retire_index_key(key, destroy=False, actor="tester", at=MOMENT)

    with pytest.raises(KeyInUseError, match="newest"):
        retire(old)
    begin()
    with pytest.raises(KeyInUseError, match="3 people"):
        retire(old)
    index_rotation.finish()
    with pytest.raises(KeyInUseError, match="1 bars on numbers and addresses and 1 lists"):
        retire(old)
    remove_list(listed, reason="over", by=None, at=MOMENT)
    with pytest.raises(KeyInUseError, match="1 bars on numbers and addresses and 0 lists"):
        retire(old)
    lift_bar(barred, reason="asked", by=None, at=MOMENT)

    retire(old)

    assert [one.key for one in index_key_uses(on=DAY)] == [keyring().index_id.hex()]
    assert "index:" in (keys / "vault.retired").read_text()
    assert search_by_name("wxm").count() == 2
    [entry] = Entry.objects.filter(kind="vault.key_retired")
    told = {"key": old, "purpose": "index", "destroyed": False}
    assert json.loads(entry.payload) == told
    for unknown in (old, "no hex", "00" * 4):
        with pytest.raises(KeyInUseError):
            retire(unknown)


@pytest.mark.django_db
def test_who_read_the_ring_before_can_index_nothing_under_a_retired_key(keys: Path) -> None:
    party = make_person(loan_no="L-1")
    stale = load_keyring(keys)
    begin()
    index_rotation.finish()
    retire_index_key(stale.index_id.hex(), destroy=True, actor="", at=MOMENT)

    for write in (
        lambda: Party.objects.filter(pk=party.pk).update(index_key=stale.index_id),
        lambda: Party.objects.create(party_no="P-new", index_key=stale.index_id),
        lambda: DoNotContact.objects.create(
            value_index=b"x" * 16, index_key=stale.index_id, reason="asked", from_on=DAY
        ),
        lambda: _stale_list(stale.index_id),
    ):
        with pytest.raises(IntegrityError, match="retired"), transaction.atomic():
            write()
    with pytest.raises(MissingIndexKeyError):
        stale.indexed_by(keyring().index_id)


def _stale_list(key: bytes) -> None:
    row = _bring(phone(1), version="1")
    IndustryList.objects.filter(pk=row.pk).update(index_key=key)


@pytest.mark.django_db
def test_what_an_older_release_made_gets_the_key_that_there_is() -> None:
    store_people(tape(3), source="contract")
    bar(phone(0))
    _bring(phone(1), version="1")
    tokens = sorted(_tokens())
    only = keyring().index_id
    for model in (Party, DoNotContact, IndustryList):
        model.objects.update(index_key=None)  # type: ignore[attr-defined]
    assert [(one.people, one.bars, one.lists) for one in index_key_uses(on=DAY)] == [(4, 1, 1)]
    assert [_listed(one) for one in Party.objects.filter(party_no="P-1")] == [["list 1"]]

    assert index_rotation.finish() == 4
    name_keys()

    assert sorted(_tokens()) == tokens
    for model in (Party, DoNotContact, IndustryList):
        assert {bytes(row.index_key) for row in model.objects.all()} == {only}  # type: ignore[attr-defined]
    assert not Entry.objects.filter(kind="vault.index_rotated").exists()


@pytest.mark.django_db
def test_a_number_stays_what_it_was_read_as() -> None:
    party = make_person(loan_no="L-1", phone="13900000001", language="zh-CN")
    Party.objects.filter(pk=party.pk).update(language="en-US")
    bar("13900000001")

    begin()

    assert bars_call(party)
    index_rotation.finish()
    assert bars_call(party)
    assert take_reply("smpp", "8613900000001", "好的", at=MOMENT) == 1


@pytest.mark.django_db
def test_beginning_and_end_are_evidence_once() -> None:
    store_people(tape(2), source="contract")
    begin()
    assert not begin()  # the first is unfinished
    for _ in range(2):
        index_rotation.note_begun(actor="tester", at=MOMENT)
        index_rotation.finish(actor="tester")

    told = Entry.objects.filter(Q(kind__startswith="vault.index")).order_by("pk")
    newest = {"key": keyring().index_id.hex()}
    assert [(one.kind, json.loads(one.payload), one.actor) for one in told] == [
        ("vault.index_key_makes", newest, "tester"),
        ("vault.index_rotated", newest, "tester"),
    ]


@pytest.mark.django_db
def test_keys_of_the_environment_are_changed_there(
    keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_people(tape(2), source="contract")
    line = (keys / "vault.key").read_text().strip()
    fresh = "index:local::" + "QUJD" * 10 + "QUI="
    monkeypatch.setenv("CARREARS_MASTER_KEY", line)
    with pytest.raises(KeyInUseError, match="CARREARS_MASTER_KEY"):
        begin()
    old = f"index:local::{line}"

    monkeypatch.setenv("CARREARS_MASTER_KEY", f"{line},{fresh},{old}")  # known before it makes
    assert index_rotation.finish() == 0
    monkeypatch.setenv("CARREARS_MASTER_KEY", f"{line},{old},{fresh}")

    assert search_by_name("wxm").count() == 2
    assert index_rotation.finish() == 2
    with pytest.raises(KeyInUseError, match="CARREARS_MASTER_KEY"):
        retire_index_key("00" * 4, destroy=True, actor="", at=MOMENT)
