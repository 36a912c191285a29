"""Mails that came back for a reason that passes, and reports that anybody could have written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from factories import make_case, make_user
from outreach.mails import bounce, complaint

from carrears.casework.models import Case, CaseState
from carrears.casework.services import tell
from carrears.clock import now
from carrears.conduct.services import bar_contact
from carrears.evidence.models import Entry
from carrears.outreach.mail_in.soft_retries import retry_soft_bounces
from carrears.outreach.mail_in.taking import take_mail
from carrears.outreach.message_ids import is_signed, signed_message_id
from carrears.outreach.models import Attempt, Delivery, ReceivedMail
from carrears.outreach.replies import note_reply
from carrears.outreach.services import contact
from carrears.parties.models import Consent, ContactPoint
from carrears.parties.services import keyring
from carrears.portfolio.models import ReceivedPayment

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: LazySettings) -> None:
    settings.CARREARS_HOME, settings.MAIL_DIR = tmp_path, tmp_path / "mail"


@pytest.fixture
def case() -> Case:
    return make_case()


@pytest.fixture
def about(case: Case) -> str:
    assert case.party is not None
    user = make_user(role="team_lead")
    attempt = contact(case, party=case.party, template="reminder", by=user, key="k")
    assert attempt.state == "sent", attempt.error
    return attempt.message_id


def come_back(*, status: str = "5.2.2", at: datetime) -> str:
    """The newest message comes back."""
    newest = Attempt.objects.filter(state="sent").order_by("-pk")[0]
    own = f"<{newest.pk}@mx.example.com>"
    return take_mail(bounce(about=newest.message_id, status=status, own=own), at=at)


def is_in_use(case: Case) -> bool:
    return ContactPoint.objects.get(party=case.party, kind="email").valid


def test_a_full_mailbox_is_tried_twice_more_and_then_out_of_use(case: Case, about: str) -> None:
    at = now()
    assert come_back(at=at) == "soft"
    assert retry_soft_bounces(at=at + HOUR - timedelta(minutes=1)) == 0
    assert [retry_soft_bounces(at=at + HOUR) for _ in range(2)] == [1, 0]
    first = Delivery.objects.order_by("pk")[0]
    assert (first.closing, first.replaced_by.pk, first.closed_by) == (
        "again",
        Attempt.objects.order_by("-pk")[0].pk,
        None,
    )
    assert Entry.objects.get(kind="deadletter.again").actor == ""

    at += HOUR
    come_back(at=at)
    assert retry_soft_bounces(at=at + 11 * HOUR) == 0
    assert retry_soft_bounces(at=at + 12 * HOUR) == 1
    assert is_in_use(case)

    at += 12 * HOUR
    come_back(at=at)
    assert not is_in_use(case)
    assert retry_soft_bounces(at=at + 100 * HOUR) == 0
    assert Attempt.objects.count() == 3
    assert about


@pytest.mark.parametrize("status", ["4.4.1", "4.2.2", "5.2.2"])
def test_what_passes_is_sent_again(about: str, status: str) -> None:
    at = now()
    come_back(status=status, at=at)
    assert retry_soft_bounces(at=at + HOUR) == 1
    assert about


@pytest.mark.parametrize("status", ["5.7.1", "5.6.0", "5.1.1"])
def test_what_does_not_pass_waits_for_a_person(about: str, status: str) -> None:
    at = now()
    come_back(status=status, at=at)
    assert retry_soft_bounces(at=at + HOUR) == 0
    assert (Attempt.objects.count(), Delivery.objects.get().closing) == (1, "")
    assert about


def test_what_the_gate_stops_is_asked_as_often_as_may_be_and_no_more(
    case: Case, about: str
) -> None:
    at = now()
    come_back(at=at)
    assert case.party is not None
    bar_contact(
        case.party, reason="he asked", from_on=date(2026, 1, 1), until_on=None, by=None, at=at
    )
    for hour in range(1, 40):
        assert retry_soft_bounces(at=at + hour * HOUR) == 0
    assert Attempt.objects.filter(state="blocked").count() == 2
    assert Delivery.objects.get().closing == ""
    assert about


def test_a_reminder_of_a_watched_loan_is_sent_again_on_its_day(case: Case, about: str) -> None:
    Case.objects.update(state=CaseState.WATCH)
    come_back(at=now() - HOUR)
    assert retry_soft_bounces(at=now()) == 1
    assert about
    assert case.pk


def test_nor_after_what_was_told_of_the_loan_or_on_another_day(case: Case, about: str) -> None:
    Case.objects.update(state=CaseState.WATCH)
    come_back(at=now() - HOUR)
    assert retry_soft_bounces(at=now() + 24 * HOUR) == 0
    ReceivedPayment.objects.create(
        idempotency_key="bank-1",
        loan_no=case.loan_no,
        amount=100_00,
        currency="CNY",
        paid_on=now().date(),
        source="api",
    )
    assert retry_soft_bounces(at=now()) == 0
    assert about


def test_nothing_is_sent_again_while_a_reply_waits(case: Case, about: str) -> None:
    come_back(at=now() - HOUR)
    note_reply(case, "这笔不是我借的", digest="d", meanings=("dispute",), at=now(), channel="email")
    assert retry_soft_bounces(at=now()) == 0
    record_outcome_of(case)
    assert retry_soft_bounces(at=now()) == 1
    assert about


def record_outcome_of(case: Case) -> None:
    """Somebody read the reply and told what came of it."""
    tell(case, "outcome", at=now(), by=None, data={}, key="outcome:1")


def forged(message_id: str) -> str:
    """Of the same message, by somebody who knows all but the key."""
    return message_id.replace(message_id[1:50], f"{message_id[1:25]}.{'0' * 24}")


def test_a_forged_report_about_our_message_has_no_effect(case: Case, about: str) -> None:
    assert take_mail(bounce(about=forged(about)), at=now()) == "unmatched"
    assert take_mail(complaint(about=forged(about)), at=now()) == "unmatched"
    assert (is_in_use(case), Delivery.objects.get().state) == (True, "accepted")


def test_a_report_about_a_message_from_before_signing_is_kept_for_a_person(
    case: Case, about: str
) -> None:
    guessed = "<0123456789abcdef0123456789abcdef01234567@lender.example>"
    Delivery.objects.update(references=[guessed])
    assert take_mail(bounce(about=guessed), at=now()) == "unsigned"
    assert take_mail(complaint(about=guessed), at=now()) == "unsigned"
    assert (is_in_use(case), Delivery.objects.get().state) == (True, "accepted")
    assert not Consent.objects.filter(source="complaint_loop").exists()
    kept = ReceivedMail.objects.filter(kind="unsigned").first()
    assert kept is not None
    assert b"MAILER-DAEMON" not in bytes(kept.raw_sealed or b"")
    assert kept.problem.startswith("a report that anybody could have written")
    assert about


def test_a_message_id_holds_under_any_key_of_the_ring_and_under_no_other() -> None:
    ring = keyring()
    older = replace(ring, keys=(b"a" * 32,))
    both = replace(ring, keys=(b"a" * 32, b"b" * 32))
    made = signed_message_id(older, "k", "us@lender.example")
    assert signed_message_id(older, "k", "you@lender.example") == made
    assert signed_message_id(both, "k", "us@lender.example") != made  # by the newest
    assert [is_signed(one, made) for one in (older, both, ring)] == [True, True, False]
    assert not is_signed(older, made.replace("lender", "other"))
    assert not is_signed(older, made.replace("@", "0@"))
    assert "k" not in made.partition("@")[0]
