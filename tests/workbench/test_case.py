"""What a case's page says of its loan: what is owed, which case, which of its loans."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from factories import DAY, MOMENT, TERMS, make_case, make_user
from workbench.case_pages import page_of

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.casework.services import add_note
from carrears.evidence.models import Entry
from carrears.money import Money
from carrears.vault.models import StoredObject
from carrears.workbench.view_models.case import Component

pytestmark = pytest.mark.django_db


def yuan(minor: int) -> Money:
    return Money(minor, "CNY")


@pytest.mark.usefixtures("case_book")
def test_what_is_owed_comes_part_by_part_with_the_day_since_when(me: User) -> None:
    # 5,150.00 fills four instalments; of the fifth its interest of 100.00 and 650.00.
    make_case(
        assignee=me, paid_total=5_150_00, arrears=1_450_00, arrears_principal=1_350_00,
        last_paid_on=date(2026, 5, 20),
    )  # fmt: skip

    owed = page_of(me).owed

    assert owed.components == (
        Component("interest", yuan(100_00), date(2026, 6, 15)),
        Component("principal", yuan(1_350_00), date(2026, 5, 15)),
    )
    assert [(i.seq, i.paid.minor, i.short.minor, i.days) for i in owed.instalments] == [
        (5, 750_00, 350_00, 46),
        (6, 0, 1_100_00, 15),
    ]
    assert sum(i.short.minor for i in owed.instalments) == owed.total.minor
    assert (owed.last_paid_on, owed.last_paid) == (date(2026, 5, 20), yuan(1_100_00))


def test_a_case_without_a_book_still_says_what_is_owed(me: User) -> None:
    make_case(assignee=me)

    owed = page_of(me).owed

    assert owed.total == yuan(1_100_00)
    assert {c.since for c in owed.components} == {date(2026, 6, 15)}
    assert owed.instalments == ()


def test_the_loans_of_one_debtor_are_seen_together(me: User) -> None:
    make_case(assignee=me, obligor_no="O1", arrears=1_100_00, dpd=15)
    make_case(
        loan_no="A-04", name="", assignee=me, obligor_no="O1", arrears=200_00, dpd=40, bucket=2
    )
    make_case(loan_no="A-05", name="", obligor_no="O1", arrears=1_00, dpd=70)  # another's case
    make_case(loan_no="A-06", name="", obligor_no="O2", arrears=9_00)

    siblings = page_of(me).siblings

    assert siblings is not None
    assert (siblings.loans, siblings.arrears, siblings.worst_dpd) == (3, (yuan(1_301_00),), 70)
    assert [(one.loan_no, one.dpd, one.arrears) for one in siblings.shown] == [
        ("A-04", 40, yuan(200_00))
    ]
    assert page_of(make_user(username="other", role="team_lead"), "A-06").siblings is None


@pytest.mark.usefixtures("case_book")
def test_the_ledger_of_a_loan_on_a_day_by_what_was_known(client: Client, me: User) -> None:
    make_case(assignee=me)
    client.force_login(me)

    now = client.get("/case/A-03/ledger/", {"on": "2026-06-30"})
    page = now.context["page"]
    assert (page.arrears, page.dpd) == (yuan(1_450_00), 46)
    # Six principals and 350.00 of the fifth's, two interests, and of July's 15 days of 30.
    assert page.payoff == yuan(1_350_00 + 6_000_00 + 100_00 + 50_00)
    assert [(one.seq, one.open_amount.minor) for one in page.instalments[:2]] == [
        (5, 350_00),
        (6, 1_100_00),
    ]
    assert "1,450.00" in now.content.decode()

    before = client.get("/case/A-03/ledger/", {"on": "2026-06-30", "known": "2026-05-13"})
    assert before.context["page"].arrears == yuan(2_200_00)
    early = client.get("/case/A-03/ledger/", {"on": "2020-01-01"})
    assert early.context["page"].problem
    wrong = client.get("/case/A-03/ledger/", {"on": "never"})
    assert wrong.status_code == 200
    assert wrong.context["form"].errors


@pytest.mark.usefixtures("case_book")
def test_the_ledger_folds_out_what_each_instalment_is_made_of(client: Client, me: User) -> None:
    make_case(assignee=me)
    client.force_login(me)

    page = client.get("/case/A-03/ledger/", {"on": "2026-06-30"}).context["page"]
    fifth = page.instalments[0]
    assert [(one.kind, one.agreed.minor, one.paid.minor, one.open_amount.minor)
            for one in fifth.made_of] == [
        ("interest", 100_00, 100_00, 0),
        ("principal", 1_000_00, 650_00, 350_00),
    ]  # fmt: skip
    assert sum(one.amount.minor for one in fifth.portions) == fifth.paid.minor
    assert all(sum(p.amount.minor for p in one.portions) == one.amount.minor
               for one in page.entries)  # fmt: skip
    assert sum(one.rest.minor + one.interest.minor for one in page.asked) == page.payoff.minor
    whole = client.get("/case/A-03/ledger/", {"on": "2026-06-30", "all": ""})
    assert whole.context["page"].instalments[0].seq == 1
    assert 'id="instalment-1"' in whole.content.decode()


@pytest.mark.usefixtures("case_book")
def test_a_statement_goes_to_those_who_may_see_the_case(
    client: Client, me: User, settings: Any, tmp_path: Path
) -> None:
    settings.VAULT_DIR = tmp_path / "vault"
    make_case(assignee=me)
    asked = {"on": "2026-06-30", "known": "", "language": "zh"}
    client.force_login(make_user(username="other", role="collector"))
    assert client.post("/case/A-03/statement/", asked).status_code == 404
    assert not Entry.objects.filter(kind="loan.statement").exists()

    client.force_login(me)
    answer = client.post("/case/A-03/statement/", asked)
    assert (answer.headers["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
    assert "statement-A-03-2026-06-30-zh.pdf" in answer.headers["Content-Disposition"]
    assert Entry.objects.get(kind="loan.statement").actor == me.username
    kept = StoredObject.objects.get(kind="statement")
    assert (kept.loan_no, kept.sha256) == ("A-03", hashlib.sha256(answer.content).digest())
    assert client.post("/case/A-03/statement/", asked | {"on": "x"}).status_code == 422
    early = client.post("/case/A-03/statement/", asked | {"on": "2020-01-01"})
    assert early.headers["Location"] == "/case/A-03/ledger/"


def test_a_closed_case_takes_notes_only(me: User) -> None:
    make_case(assignee=me, state="closed", closed_on=DAY, close_reason="cured")

    allowed = page_of(me).allowed

    assert (allowed.note, allowed.promise, allowed.hold, allowed.contact) == (
        True,
        False,
        False,
        False,
    )


def test_a_loan_number_may_hold_a_slash(sign_in: Any, me: User) -> None:
    make_case(loan_no="2017/3/11", assignee=me)
    client = sign_in(me)

    assert client.get("/case/2017/3/11/").status_code == 200
    assert 'href="/case/2017/3/11/"' in client.get("/queue/").content.decode()
    assert client.post("/case/2017/3/11/note/", {"text": "x"}).status_code == 302


def test_the_newest_case_of_a_loan_is_shown_with_the_story_of_all(me: User) -> None:
    old = make_case(assignee=me, state="closed", closed_on=date(2026, 3, 1),
                    opened_on=date(2026, 2, 16))  # fmt: skip
    add_note(old, text="long ago", by=me, at=MOMENT - timedelta(days=120))
    Case.objects.create(**(_copy_of(old) | {"opened_on": date(2026, 6, 16)}))

    page = page_of(me)

    assert (page.state, page.opened_on) == ("open", date(2026, 6, 16))
    assert [e.text for e in page.timeline.events] == ["long ago"]


def _copy_of(case: Case) -> dict[str, Any]:
    kept = {f.attname: getattr(case, f.attname) for f in Case._meta.concrete_fields}
    return kept | {"id": None, "state": "open", "closed_on": None, "loan": TERMS}
