"""The screens of settlement: a statement, its file, an invoice held against it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from access.outsiders import open_agency
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from factories import make_case, make_user
from typer.testing import CliRunner
from workbench.documents import words

from carrears.access.models import Organisation
from carrears.access.organisations import access_day
from carrears.access.services import issue_token
from carrears.agencies.approving import approve, place_lines
from carrears.agencies.invoices import take_invoice
from carrears.agencies.models import Invoice
from carrears.agencies.proposing import propose
from carrears.cli import app, placements
from carrears.clock import now
from carrears.portfolio.received import PaymentTold, receive_payments

pytestmark = pytest.mark.django_db
LATE = {"treatment": "agency_placement", "dpd": 130, "stage": "late", "name": ""}


@pytest.fixture
def agency() -> Organisation:
    """An agency with one debtor, who paid 1,000.00 today."""
    found = open_agency("HENGXIN")
    make_case(loan_no="L-1", obligor_no="P-1", **LATE)
    placing = propose(first_on=access_day(now()), by=None, at=now())
    approve(placing, by=None, at=now())
    place_lines(placing, at=now())
    receive_payments([
        PaymentTold(loan_no="L-1", amount=1_000_00, currency="CNY", paid_on=access_day(now()),
                    key="bank-1", source="test")
    ])  # fmt: skip
    return found


def period() -> dict[str, str]:
    day = access_day(now())
    return {"first": str(day), "last": str(day + timedelta(days=30))}


def csv_of(rows: str) -> SimpleUploadedFile:
    text = "loan_no,paid_on,amount,commission,payment_no\n" + rows
    return SimpleUploadedFile("july.csv", text.encode(), content_type="text/csv")


def test_a_statement_is_shown_and_downloaded(sign_in: Any, agency: Organisation) -> None:
    client: Client = sign_in(make_user(role="auditor"), language="en")
    asked = {"agency": agency.pk} | period()
    page = words(client.get("/agencies/settlement/", asked))
    assert "CN¥180.00 of CN¥1,000.00 in 1 lines" in page or "¥180.00 of ¥1,000.00" in page
    assert "18%" in page
    assert "Bring an invoice" not in page
    file = b"".join(client.get("/agencies/settlement/file/", asked)).decode("utf-8-sig")
    day = access_day(now())
    assert file.splitlines()[1].startswith(f"{day},L-1,bank-1,")
    assert file.splitlines()[1].endswith(",CNY,1000.00,0.18,180.00,0")
    days = ["--from", asked["first"], "--until", asked["last"]]
    assert placements  # its commands are registered
    by_command = CliRunner().invoke(app, ["placements", "statement", "HENGXIN", *days])
    assert by_command.stdout.splitlines() == file.splitlines()
    backwards = asked | {"last": "2020-01-01"}
    assert "cannot end before" in words(client.get("/agencies/settlement/", backwards))


def test_an_invoice_is_brought_and_shown_line_by_line(sign_in: Any, agency: Organisation) -> None:
    client: Client = sign_in(make_user(role="compliance_officer"), language="en")
    told = {"agency": agency.pk, "number": "2026-07", "currency": "CNY"} | period()
    day = access_day(now())
    rows = f"L-1,{day},1000.00,185.00,bank-1\nL-8,{day},x,1,\n"
    answer = client.post("/agencies/settlement/bring/", told | {"file": csv_of(rows)})
    invoice = Invoice.objects.get()
    assert answer["Location"] == f"/agencies/invoices/{invoice.pk}/"
    page = words(client.get(answer["Location"]))
    assert "Differs" in page
    assert "5.00" in page
    assert "Row 3 : amount:" in page or "Row 3: amount:" in page
    assert "Not claimed" not in page
    file = b"".join(client.get(f"/agencies/invoices/{invoice.pk}/file/")).decode("utf-8-sig")
    assert file.splitlines()[1] == f"2,differs,L-1,{day},bank-1,1000.00,185.00,1000.00,180.00"

    again = client.post("/agencies/settlement/bring/", told | {"file": csv_of("")})
    assert again.status_code == 422
    assert "this invoice came before" in words(again)
    no_csv = SimpleUploadedFile("x.csv", b"a,b\n")
    bad = client.post("/agencies/settlement/bring/", told | {"number": "2", "file": no_csv})
    assert "x.csv: row 1: no column loan_no" in words(bad)
    assert Invoice.objects.count() == 1


def test_an_agency_sees_nothing_of_it_by_page_or_api(sign_in: Any, agency: Organisation) -> None:
    user = make_user(role="agency_user", organisation=agency)
    user.user_permissions.set(Permission.objects.all())
    client: Client = sign_in(user, language="en")
    for path in ("settlement/", "settlement/file/", "invoices/1/", "invoices/1/file/"):
        assert client.get(f"/agencies/{path}").status_code == 403
    token = issue_token(user, name="test")
    for path in ("statement?agency=HENGXIN&first=2026-01-01&last=2026-01-31", "invoices"):
        answer = Client().get(
            f"/api/settlements/{path}", headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 403


def test_the_api_tells_and_takes_the_same(agency: Organisation) -> None:
    token = issue_token(make_user(role="compliance_officer"), name="test")
    client = Client(headers={"Authorization": f"Bearer {token}"})
    told = client.get("/api/settlements/statement", {"agency": "HENGXIN"} | period()).json()
    assert [(one["commission"], one["rate"]) for one in told["lines"]] == [(180_00, "0.18")]
    assert told["totals"] == [
        {"currency": "CNY", "lines": 1, "amount": 1_000_00, "commission": 180_00}
    ]
    form = {"agency": "HENGXIN", "number": "7"} | period()
    rows = f"L-1,{access_day(now())},1000.00,180.00,\n"
    answer = client.post("/api/settlements/invoices", form | {"file": csv_of(rows)})
    assert answer.status_code == 201
    assert answer.json()["verdicts"] == [
        {"verdict": "agreed", "lines": 1, "claimed": 180_00, "ours": 180_00}
    ]
    again = client.post("/api/settlements/invoices", form | {"file": csv_of(rows)})
    assert again.status_code == 409
    broken = form | {"number": "8", "file": SimpleUploadedFile("x.csv", b"a\n")}
    assert client.post("/api/settlements/invoices", broken).status_code == 422
    number = answer.json()["id"]
    lines = client.get(f"/api/settlements/invoices/{number}/lines?verdict=agreed").json()
    assert [(one["row_no"], one["payment_no"]) for one in lines] == [(2, "bank-1")]
    assert agency.invoices.count() == 1


def test_an_agency_sees_its_own_settlement_and_nobody_elses(
    sign_in: Any, agency: Organisation
) -> None:
    house: Client = sign_in(make_user(role="compliance_officer"), language="en")
    told = {"agency": agency.pk, "number": "2026-07", "currency": "CNY"} | period()
    day = access_day(now())
    rows = f"L-1,{day},1000.00,185.00,bank-1\nL-8,{day},x,1,\n"
    house.post("/agencies/settlement/bring/", told | {"file": csv_of(rows)})
    invoice = Invoice.objects.get()

    user = make_user(role="agency_user", username="own", organisation=agency)
    own: Client = sign_in(user, language="en")
    page = words(own.get("/agencies/own/", period()))
    assert "180.00 of" in page
    assert "2026-07" in page
    assert "With the agency 1" in page
    assert "180.00,0" in b"".join(own.get("/agencies/own/file/", period())).decode("utf-8-sig")
    shown = words(own.get(f"/agencies/own/invoices/{invoice.pk}/"))
    assert "Differs" in shown
    assert "5.00" in shown
    file = b"".join(own.get(f"/agencies/own/invoices/{invoice.pk}/file/")).decode("utf-8-sig")
    assert ",differs,L-1," in file
    for path in ("settlement/", f"invoices/{invoice.pk}/", f"invoices/{invoice.pk}/file/"):
        assert own.get(f"/agencies/{path}").status_code == 403

    rival = make_user(role="agency_user", username="riv", organisation=open_agency("RIVAL"))
    theirs: Client = sign_in(rival, language="en")
    page = words(theirs.get("/agencies/own/", period() | {"agency": str(agency.pk)}))
    assert "Nobody was placed with you yet" in page
    assert "L-1" not in page
    assert theirs.get(f"/agencies/own/invoices/{invoice.pk}/").status_code == 404
    assert theirs.get(f"/agencies/own/invoices/{invoice.pk}/file/").status_code == 404
    assert house.get("/agencies/own/").status_code == 403


def test_a_program_of_the_agency_reads_its_own_settlement(agency: Organisation) -> None:
    user = make_user(role="agency_user", username="own", organisation=agency)
    rival = make_user(role="agency_user", username="riv", organisation=open_agency("RIVAL"))
    day = access_day(now())
    invoice = take_invoice(
        f"loan_no,paid_on,amount,commission\nL-1,{day},1000.00,180.00\n".encode(),
        agency=agency, number="7", first=day, last=day, currency="CNY", file_name="x.csv",
        by=None, at=now(),
    )  # fmt: skip
    mine, theirs = (
        Client(headers={"Authorization": f"Bearer {issue_token(one, name='x')}"})
        for one in (user, rival)
    )
    told = mine.get("/api/settlements/own", period()).json()
    assert (told["agency"], told["totals"][0]["commission"]) == ("HENGXIN", 180_00)
    [found] = mine.get("/api/settlements/own/invoices").json()
    assert found["verdicts"][0]["verdict"] == "agreed"
    lines = f"/api/settlements/own/invoices/{invoice.pk}/lines"
    assert mine.get(lines).json()[0]["loan_no"] == "L-1"
    assert theirs.get("/api/settlements/own", period()).json()["lines"] == []
    assert theirs.get("/api/settlements/own/invoices").json() == []
    assert theirs.get(lines).status_code == 404
    for path in ("statement", "invoices", f"invoices/{invoice.pk}/lines"):
        assert mine.get(f"/api/settlements/{path}", period()).status_code == 403
