"""What is held wrongly is corrected with its history, and stays corrected."""

from __future__ import annotations

import json
from typing import Any

import pytest
from factories import MOMENT, make_case, make_person, make_user

from carrears.conduct.erasure import erase_again
from carrears.evidence.commitment import is_opened_by
from carrears.evidence.models import Entry
from carrears.parties.blind import Kind, blind_index
from carrears.parties.correcting import CorrectionError, correct_person
from carrears.parties.custody import keyring
from carrears.parties.models import ContactPoint, Correction, Party
from carrears.parties.queries import open_parties, search_by_name
from carrears.parties.vault import open_subject_key
from carrears.rights.reporting import report_on

pytestmark = pytest.mark.django_db


def _correct(party: Party, kind: Kind, before: str, after: str, **changes: Any) -> Correction:
    told = {"reason": "shown the identity card", "by": None, "at": MOMENT} | changes
    return correct_person(party, kind, before=before, after=after, **told)


def _clear(party: Party) -> Any:
    return open_parties([party.pk])[party.pk]


def test_a_name_and_its_look_ups_are_corrected() -> None:
    party = make_person(loan_no="A-03", name="王小名")
    user = make_user(role="compliance_officer")

    kept = _correct(party, Kind.NAME, "王小名", "王小明", by=user)

    assert _clear(party).name == "王小明"
    assert [search_by_name(text).count() for text in ("王小名", "王小明", "wxm")] == [0, 1, 1]
    party.refresh_from_db()
    key = open_subject_key(keyring(), str(party.pk), party.wrapped_key)
    payload = json.loads(Entry.objects.get(kind="person.corrected").payload)
    told = payload.get("payload", payload)
    salt = key.commitment_salt(f"correction:{kept.pk}")
    assert is_opened_by(told["before_commitment"], value="王小名", salt=salt)
    assert is_opened_by(told["after_commitment"], value="王小明", salt=salt)
    assert "王小" not in Entry.objects.get(kind="person.corrected").payload
    history = report_on(party, actor="", reason="asked", at=MOMENT).rows["parties.Correction"]
    assert [(row["before"], row["after"]) for row in history] == [("王小名", "王小明")]


def test_a_tape_does_not_undo_a_correction_but_may_know_better() -> None:
    party = make_person(loan_no="A-03", name="王小名")
    _correct(party, Kind.NAME, "", "王小明")

    make_person(loan_no="A-03", name="王小名")
    assert _clear(party).name == "王小明"
    make_person(loan_no="A-03", name="王晓明")
    assert _clear(party).name == "王晓明"


def test_an_identity_number_is_found_as_corrected() -> None:
    party = make_person(loan_no="A-03")

    _correct(party, Kind.ID_NO, "110101199003070002", "110101199003070010")

    assert _clear(party).id_no == "110101199003070010"
    index = blind_index(keyring(), Kind.ID_NO, "110101199003070010")
    assert Party.objects.get(id_no_index=index) == party


def test_a_wrong_number_is_not_used_any_more() -> None:
    party = make_person(loan_no="A-03")

    _correct(party, Kind.PHONE, "139 0000 0001", "13900000002")
    _correct(party, Kind.EMAIL, "debtor@example.com", "")
    make_person(loan_no="A-03")  # the tape tells the old ones again

    data = _clear(party)
    assert data.at("phone").value == "13900000002"
    assert data.at("email") is None
    assert ContactPoint.objects.filter(party=party, kind="phone").count() == 2


@pytest.mark.parametrize(
    ("kind", "before", "after", "reason"),
    [
        (Kind.NAME, "李四", "王小明", "seen"),
        (Kind.NAME, "", "赵试一", "seen"),
        (Kind.NAME, "", " ", "seen"),
        (Kind.NAME, "", "王小明", " "),
        (Kind.PHONE, "13911111111", "13900000002", "seen"),
        (Kind.PHONE, "13900000001", "139 0000 0001", "seen"),
        (Kind.PHONE, "13900000001", "none", "seen"),
        (Kind.VIN, "LSVAA000000000812", "LSVAA000000000813", "seen"),
    ],
)
def test_what_is_no_correction_changes_nothing(
    kind: Kind, before: str, after: str, reason: str
) -> None:
    party = make_person(loan_no="A-03")
    with pytest.raises(CorrectionError):
        _correct(party, kind, before, after, reason=reason)

    data = _clear(party)
    assert (data.name, data.at("phone").value) == ("赵试一", "13900000001")
    assert not Correction.objects.exists()


def test_an_erased_person_has_nothing_to_correct() -> None:
    party = make_case(loan_no="A-03").party
    _correct(party, Kind.NAME, "", "赵试二")
    erase_again(party, at=MOMENT)

    with pytest.raises(CorrectionError, match="erased"):
        _correct(party, Kind.NAME, "", "赵试三")
    assert Correction.objects.get().reason == ""
