"""Who is erased is read neither in what others were sent nor in why files were kept or opened."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, transaction
from dumped import ID_NO, NAME, PHONE, typed
from factories import MOMENT, make_case, make_person, make_user
from vault.storing_for_tests import store_words

from carrears.access.models import User
from carrears.bundles.models import NOTE, PreparedBundle
from carrears.bundles.preparing import ask
from carrears.casework.models import Case
from carrears.conduct.erasure import erase_subject
from carrears.conduct.striking import STRUCK
from carrears.evidence.services import sequence, verify_log
from carrears.outreach.messages import read_message
from carrears.outreach.models import Attempt
from carrears.outreach.portal_models import BODY, PortalMessage
from carrears.outreach.services import contact
from carrears.parties.models import Party
from carrears.parties.portal_accounts import open_account
from carrears.parties.services import data_key, open_for_house
from carrears.resources import shipped
from carrears.vault.holding import read_hold_note
from carrears.vault.models import LegalHold, Opening, StoredObject
from carrears.vault.reading import read_name
from carrears.vault.services import ask_to_lift, decide_lift, open_objects, place_hold, read_note

pytestmark = pytest.mark.django_db
LATER = datetime(2037, 1, 5, 2, tzinfo=UTC)
LEFT = "x: □□ □□ □□"


@pytest.fixture
def home(tmp_path: Path, settings: LazySettings) -> Path:
    settings.CARREARS_HOME, settings.MAIL_DIR = tmp_path, tmp_path / "mail"
    settings.VAULT_DIR = tmp_path / "vault"
    (tmp_path / "templates").mkdir()
    for key in ("reminder", "portal_reminder"):
        kind = (shipped("strategies") / f"templates/{key}.yaml").read_text(encoding="utf-8")
        named = kind.replace("您可以", f"担保人{NAME}（{PHONE}）也可以办理。您可以")
        (tmp_path / f"templates/{key}.yaml").write_text(named, encoding="utf-8")
    return tmp_path


@pytest.fixture
def case(home: Path) -> Case:  # noqa: ARG001  its templates
    return make_case()


@pytest.fixture
def relative(case: Case) -> Party:
    return make_person(
        loan_no=case.loan_no, name=NAME, role="contact", phone=PHONE, id_no=ID_NO, party_no="P-9"
    )


@pytest.fixture
def officer() -> User:
    return make_user(role="compliance_officer", username="officer")


def test_he_is_struck_out_of_what_others_were_sent(
    case: Case, relative: Party, officer: User
) -> None:
    assert case.party is not None
    open_account(case.party, "acc-1", by=None, at=MOMENT)
    made = [
        contact(case, party=case.party, template=template, by=officer, key=template)
        for template in ("portal_reminder", "reminder")
    ]
    before = [read_message(one) for one in made]
    assert all(NAME in one.text and PHONE in one.text for one in before)
    sequence()

    assert erase_subject(relative, reason="his letter", by=officer, at=MOMENT)

    after = [read_message(Attempt.objects.get(pk=one.pk)) for one in made]
    struck = [one.text.replace(NAME, STRUCK).replace(PHONE, STRUCK) for one in before]
    assert [one.text for one in after] == struck
    assert [one.values for one in after] == [one.values for one in before]
    assert not any(word in one.html for one in after for word in (NAME, PHONE))
    shown = PortalMessage.objects.get()
    assert data_key(case.party_id).open(BODY, shown.body_sealed or b"") == struck[0]
    sequence()
    assert verify_log().ok


def test_he_is_struck_out_of_why_the_files_of_others_were_kept_and_opened(
    case: Case, relative: Party, officer: User
) -> None:
    file = store_words(case, name=f"{NAME}.webm")
    hold = place_hold(loan_no=case.loan_no, why="litigation", note=typed("x"), by=None, at=MOMENT)
    ask_to_lift(hold, note=typed("x"), by=officer, at=MOMENT)
    opening = open_objects([file], by=officer, why="quality", note=typed("x"))
    asked = ask(case, why="authority", note=typed("x"), by=officer, at=MOMENT)
    sequence()

    erase_subject(relative, reason="his letter", by=officer, at=MOMENT)

    hold.refresh_from_db()
    assert [read_hold_note(one) for one in (hold.note_sealed, hold.ask_note_sealed)] == [LEFT] * 2
    assert read_note(Opening.objects.get(pk=opening.pk)) == LEFT
    assert bundle_note(asked) == LEFT
    assert read_name(StoredObject.objects.get()) == f"{STRUCK}.webm"
    sequence()
    assert verify_log().ok


def test_what_was_said_of_his_own_files_goes_whole_with_them(case: Case, officer: User) -> None:
    assert case.party is not None
    mine = store_words(case)
    before_he_was_known = Case(loan_no=case.loan_no, jurisdiction="us")
    nobodys = store_words(before_he_was_known)
    hold = place_hold(stored=mine, why="litigation", note="他在法院说的话", by=None, at=MOMENT)
    ask_to_lift(hold, note="他的案子结了", by=officer, at=MOMENT)
    decide_lift(hold, agreed=True, by=make_user(username="other"), at=MOMENT)
    opening = open_objects([mine, nobodys], by=officer, why="quality", note="听他怎么说")
    asked = ask(case, why="authority", note="他来要的", by=officer, at=MOMENT)
    Case.objects.update(state="closed", closed_on=date(2026, 7, 20), close_reason="paid_off")

    assert erase_subject(case.party, reason="his letter", by=officer, at=LATER)

    hold.refresh_from_db()
    notes = (hold.note_sealed, hold.ask_note_sealed)
    assert [read_hold_note(one) for one in notes] == [STRUCK] * 2
    assert read_note(Opening.objects.get(pk=opening.pk)) == STRUCK
    assert bundle_note(asked) == STRUCK
    for file in StoredObject.objects.all():
        assert (file.wrapped_key, file.destroy_reason) == (None, "erased")
    sequence()
    assert verify_log().ok


def test_the_note_of_a_hold_that_holds_on_loses_his_name_alone(
    case: Case, relative: Party, officer: User
) -> None:
    hold = place_hold(loan_no=case.loan_no, why="authority", note=typed("x"), by=None, at=MOMENT)
    erase_subject(relative, reason="his letter", by=officer, at=MOMENT)
    hold.refresh_from_db()
    assert (read_hold_note(hold.note_sealed), hold.lifted_at) == (LEFT, None)


def test_the_vault_lets_a_note_lose_words_and_nothing_else_change(
    case: Case, officer: User
) -> None:
    file = store_words(case)
    hold = place_hold(stored=file, why="litigation", note="x", by=officer, at=MOMENT)
    open_objects([file], by=officer, why="quality", note="x")
    holds = LegalHold.objects.filter(pk=hold.pk)
    assert holds.update(note_sealed=b"y") == 1
    assert Opening.objects.update(note_sealed=b"y") == 1
    changes: list[dict[str, Any]] = [
        {"note_sealed": None}, {"why": "other"}, {"until": MOMENT + timedelta(days=900)}
    ]  # fmt: skip
    for change in changes:
        with pytest.raises(IntegrityError, match="keeps"), transaction.atomic():
            Opening.objects.update(**change)
    changes = [{"placed_at": LATER}, {"note_sealed": b"z", "why": "other"}]
    for change in changes:
        with pytest.raises(IntegrityError, match="keeps"), transaction.atomic():
            holds.update(**change)


def bundle_note(asked: PreparedBundle) -> str:
    asked.refresh_from_db()
    assert asked.note_sealed is not None
    return open_for_house(NOTE.format(asked.token), asked.note_sealed)
