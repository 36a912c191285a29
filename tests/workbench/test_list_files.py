"""Every list that can be had as CSV can be had as a workbook, by one definition."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from access.outsiders import open_agency, place
from analytics.test_sheets import read
from django.utils import timezone
from factories import make_case, make_promise, make_user
from workbench.test_compliance import make_attempt
from workbench.test_scorecard import complain

from carrears.access.models import Organisation
from carrears.analytics.sheets import MEDIA, Share, write_workbook
from carrears.casework.models import Hold
from carrears.clock import zone
from carrears.money import Money
from carrears.workbench.queries.listing import Listing
from carrears.workbench.views import files_out

pytestmark = pytest.mark.django_db
AT = datetime(2026, 7, 1, 4, tzinfo=UTC)
LISTS = {
    "/team/file/": "team", "/team/file/?of=figures": "team-figures",
    "/promises/file/": "promises", "/disputes/file/": "disputes", "/holds/file/": "holds",
    "/compliance/attempts/file/": "attempts", "/compliance/agencies/file/": "scorecard",
    "/compliance/agencies/months/file/": "cohorts",
    "/compliance/complaints/file/": "complaints", "/compliance/unmasked/file/": "unmaskings",
    "/agencies/settlement/file/?agency=HENGXIN&first=2026-06-01&last=2026-06-30":
        "statement-HENGXIN-2026-06-01-2026-06-30",
}  # fmt: skip


def test_each_value_is_of_its_type_in_both() -> None:
    row = (
        "=1+1", None, 7, -7, Money(-123_456, "CNY"), Share(Decimal("0.2500")), Decimal("1.50"),
        date(2026, 7, 1), AT, True,
    )  # fmt: skip
    head = [f"c{number}" for number in range(len(row))]
    one = Listing("all", head, [row])
    with timezone.override(zone("Asia/Shanghai")):
        [values] = csv.reader(io.StringIO("".join(one.csv_lines()).split("\n", 1)[1]))
        cells = read(write_workbook([one.sheet()], made_at=AT))[1]
    assert values == [
        "'=1+1", "", "7", "-7", "-123456", "0.2500", "1.50", "2026-07-01",
        "2026-07-01T04:00:00+00:00", "True",
    ]  # fmt: skip
    assert cells[0] == ("s", "=1+1")
    assert [kind for kind, _ in cells[2:9]] == ["n"] * 7
    assert [float(value) for _, value in cells[2:7]] == [7, -7, -1234.56, 0.25, 1.5]
    # Noon in Shanghai, as the reader's clock says.
    assert float(cells[8][1]) % 1 == pytest.approx(0.5)
    major = Listing("all", head, [row], in_major=True)
    assert list(csv.reader(major.csv_lines()))[1][4] == "-1234.56"


@pytest.fixture
def rows() -> Organisation:
    """One row or more in each list that has any."""
    agency = open_agency("HENGXIN")
    case = make_case(loan_no="A-01", loan_id=1, obligor_no="P-1")
    place(case, agency)
    make_promise(case, (300_00, date(2026, 6, 30)), state="kept", paid_since=300_00)
    make_attempt(case, "allow", channel="call", state="made", result="conversation")
    Hold.objects.create(case=case, reason="legal", from_on=case.as_of)
    complain("c1")
    return agency


@pytest.mark.parametrize("told", LISTS)
def test_a_workbook_has_what_the_csv_has(sign_in: Any, rows: Organisation, told: str) -> None:
    address = told.replace("agency=HENGXIN", f"agency={rows.pk}")
    user = make_user(role="compliance_officer")
    for role in ("team_lead", "operator"):
        user.groups.add(make_user(role=role).groups.get())
    client = sign_in(user, language="en")
    more = "&" if "?" in address else "?"

    as_csv, as_book = client.get(address), client.get(f"{address}{more}format=xlsx")

    assert (as_csv.status_code, as_book.status_code) == (200, 200)
    names = [one["Content-Disposition"].split('"')[1] for one in (as_csv, as_book)]
    assert names == [f"{LISTS[told]}.csv", f"{LISTS[told]}.xlsx"]
    assert as_book["Content-Type"] == MEDIA
    lines = list(csv.reader(io.StringIO(as_csv.getvalue().decode("utf-8-sig"))))
    cells = read(as_book.content)
    assert [value for _, value in cells[0]] == lines[0]
    assert len(cells) == len(lines)


@pytest.mark.parametrize(
    "page",
    ["/team/", "/promises/", "/holds/", "/compliance/attempts/", "/compliance/agencies/",
     "/compliance/complaints/", "/compliance/unmasked/"],
)  # fmt: skip
def test_the_page_of_a_list_offers_both(sign_in: Any, page: str) -> None:
    user = make_user(role="compliance_officer")
    user.groups.add(make_user(role="team_lead").groups.get())
    text = sign_in(user).get(page).content.decode()
    found = [one.partition('"')[0] for one in text.split('href="')[1:]]
    files = [one.replace("&amp;", "&") for one in found if "file/" in one]
    books = [one for one in files if "format=xlsx" in one]
    assert books
    assert len(files) == 2 * len(books)


@pytest.mark.usefixtures("rows")
def test_what_is_too_long_for_a_workbook_leads_back(
    sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files_out, "MOST", 0)
    client = sign_in(make_user(role="compliance_officer"), language="en")
    answer = client.get("/compliance/attempts/file/?format=xlsx&days=365", follow=True)
    assert answer.redirect_chain == [("/compliance/attempts/", 302)]
    assert "more than a workbook takes" in answer.content.decode()
    assert client.get("/compliance/attempts/file/").status_code == 200
