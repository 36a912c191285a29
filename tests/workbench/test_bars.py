"""The do-not-contact list: what is put on it bars at once, for its scope, until it is lifted."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from factories import make_case, make_user

from carrears.casework.models import Case
from carrears.conduct.models import DoNotContact
from carrears.evidence.models import Entry
from carrears.outreach.calls import preview_call
from carrears.outreach.services import preview_contact
from carrears.parties.blind import Kind, blind_index
from carrears.parties.services import keyring

pytestmark = pytest.mark.django_db
URL = "/compliance/do-not-contact/"


@pytest.fixture
def case() -> Case:
    return make_case()


@pytest.fixture
def client(sign_in: Any) -> Client:
    client: Client = sign_in(make_user(role="compliance_officer"))
    return client


def add(client: Client, **changes: str) -> Any:
    told = {"kind": "loan", "value": "A-03", "reason": "本人要求", "from_on": "2026-06-01"}
    return client.post(f"{URL}add/", told | changes)


def may_mail(case: Case) -> bool:
    assert case.party is not None
    preview = preview_contact(case, party=case.party, template="reminder")
    return preview.verdict.gate_action == "allow"


def bars_call(case: Case, agency: str = "") -> bool:
    """Whether the list, and not only another rule, stands in the way of a call."""
    assert case.party is not None
    verdict = preview_call(case, party=case.party, agency=agency)
    return any("do_not_contact" in " ".join(one.used) for one in verdict.findings)


def test_a_bar_holds_at_once_and_is_lifted_with_a_reason(client: Client, case: Case) -> None:
    assert may_mail(case)

    assert add(client).headers["Location"] == URL
    assert not may_mail(case)
    bar = DoNotContact.objects.get()
    assert client.post(f"{URL}{bar.pk}/lift/", {"reason": " "}).status_code == 302
    assert not may_mail(case)
    client.post(f"{URL}{bar.pk}/lift/", {"reason": "撤回"})
    client.post(f"{URL}{bar.pk}/lift/", {"reason": "再次"})

    assert may_mail(case)
    [row] = client.get(URL).context["page"].rows
    assert (row.state, row.loans, row.lift_reason) == ("lifted", ("A-03",), "撤回")
    assert row.lifted_by == row.added_by == "compliance_officer"
    kinds = Entry.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["contact.barred", "contact.bar_lifted"]


@pytest.mark.parametrize(
    ("kind", "typed"),
    [("email", "Debtor@Example.com "), ("phone", "+86 139 0000 0001")],
)
def test_a_value_is_barred_by_its_index_alone(
    client: Client, case: Case, kind: str, typed: str
) -> None:
    assert add(client, kind=kind, value=typed).status_code == 302

    bar = DoNotContact.objects.get()
    assert bar.party is None
    assert bytes(bar.value_index or b"") == blind_index(keyring(), Kind(kind), typed)
    assert may_mail(case) == (kind != "email")
    assert bars_call(case) == (kind == "phone")
    for entry in Entry.objects.all():
        assert "139" not in str(entry.payload)
        assert "example" not in str(entry.payload).casefold()


@pytest.mark.parametrize(
    ("scope", "bars"),
    [
        ({"channel": "email"}, True),
        ({"channel": "call"}, False),
        ({"product": "auto"}, True),
        ({"product": "motorcycle"}, False),
        ({"actor": "LENDER"}, True),
        ({"actor": "HENGXIN"}, False),
        ({"until_on": "2026-06-29"}, False),
        ({"until_on": "2026-06-30"}, True),
        ({"from_on": "2026-07-01"}, False),
    ],
)
def test_a_bar_is_for_its_scope(
    client: Client,
    case: Case,
    scope: dict[str, str],
    bars: bool,  # noqa: FBT001  a parameter
) -> None:
    assert add(client, **scope).status_code == 302

    assert may_mail(case) != bars


def test_a_bar_on_an_agency_stops_that_agency_alone(client: Client, case: Case) -> None:
    add(client, actor="HENGXIN")

    assert bars_call(case, "HENGXIN")
    assert not bars_call(case, "OTHER")
    assert not bars_call(case)


def test_the_list_is_searched_by_loan_number_and_address(client: Client, case: Case) -> None:  # noqa: ARG001
    make_case(loan_no="A-09", name="钱试二")
    add(client)
    add(client, kind="phone", value="13911112222")

    def found(text: str, state: str = "") -> list[tuple[str, ...]]:
        url = client.post(f"{URL}find/", {"text": text}).headers["Location"]
        assert not text or text == "A-03" or text not in url
        rows = client.get(url, {"state": state} if not text else None).context["page"].rows
        return [row.loans for row in rows]

    assert found("") == [(), ("A-03",)]
    assert found("A-03") == [("A-03",)]
    assert found("debtor@example.com") == [("A-03",)]
    assert found("139-1111-2222") == [()]
    assert found("A-0") == []
    assert found("", "live") == [(), ("A-03",)]
    assert found("", "lifted") == []
    kept = client.post(f"{URL}find/", {"text": "13911112222"}).headers["Location"].split("find=")[1]
    again = client.post(f"{URL}find/", {"find": unquote(kept), "state": "live"})
    assert [row.loans for row in client.get(again.headers["Location"]).context["page"].rows] == [()]
    assert client.get(URL, {"find": "forged"}).context["page"].find == ""


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"value": "NONE"}, "value"),
        ({"kind": "phone", "value": "ext."}, "value"),
        ({"reason": " "}, "reason"),
        ({"channel": "smoke"}, "channel"),
        ({"product": "x" * 41}, "product"),
        ({"actor": "no spaces"}, "actor"),
        ({"until_on": "2026-05-01"}, "until_on"),
        ({"from_on": "x"}, "from_on"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(
    client: Client,
    case: Case,  # noqa: ARG001
    change: dict[str, str],
    field: str,
) -> None:
    answer = add(client, **change)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not DoNotContact.objects.exists()
    assert not Entry.objects.exists()


def test_the_database_lifts_nothing_without_a_reason(client: Client, case: Case) -> None:  # noqa: ARG001
    add(client)

    with pytest.raises(IntegrityError), transaction.atomic():
        DoNotContact.objects.update(lifted_at="2026-07-01T00:00Z")
