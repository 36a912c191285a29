"""Colleagues are offered whom a comment may name: only who may see the case, and of one's side."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from factories import make_case, make_user
from workbench.documents import words

from carrears.access.models import Kind, User
from carrears.access.organisations import open_organisation
from carrears.casework.mention_offers import MOST_OFFERED, offered_for
from carrears.casework.mentions import mentioned_in
from carrears.casework.models import Case
from carrears.clock import now

pytestmark = pytest.mark.django_db
URL = "/case/A-03/mentions/"


@pytest.fixture
def li() -> User:
    return named(make_user(role="collector", username="li"), "李催收")


@pytest.fixture
def lead() -> User:
    return named(make_user(role="team_lead", username="lead"), "王组长")


@pytest.fixture
def case(li: User) -> Case:
    return make_case(assignee=li)


def named(user: User, name: str) -> User:
    user.display_name = name
    user.save(update_fields=["display_name"])
    return user


def offered(begun: str, case: Case, by: User) -> list[str]:
    return [one.written for one in offered_for(begun, case, by=by)]


@pytest.mark.parametrize(
    ("begun", "names"),
    [("", ["李催收"]), ("李", ["李催收"]), ("催收", ["李催收"]), ("L", ["李催收"]), ("王", [])],
)
def test_who_may_see_the_case_is_offered(
    case: Case, lead: User, begun: str, names: list[str]
) -> None:
    named(make_user(role="collector", username="wang"), "王催收")  # sees his own cases only
    assert offered(begun, case, lead) == names


def test_what_is_offered_names_who_was_meant(case: Case, li: User, lead: User) -> None:
    for one in offered_for("", case, by=lead):
        [told] = mentioned_in(f"@{one.written} 请看", case, by=lead, strict=True)
        assert told == li


@pytest.mark.parametrize(("name", "written"), [("王组长", ["li"]), ("li", ["li", "zhao"])])
def test_a_name_of_several_is_offered_by_the_sign_in_name(
    case: Case, li: User, lead: User, name: str, written: list[str]
) -> None:
    named(li, "王组长")
    named(make_user(role="team_lead", username="zhao"), name)
    assert offered("li", case, lead) == written


def test_a_name_with_a_space_is_written_by_the_sign_in_name(
    case: Case, li: User, lead: User
) -> None:
    named(li, "Li Lei")
    assert offered("lei", case, lead) == ["li"]
    li.username = "li lei@example.com"
    li.save(update_fields=["username"])
    assert offered("lei", case, lead) == []  # no comment could name him


def test_whoever_works_the_case_comes_first_and_few_are_offered(case: Case, lead: User) -> None:
    for nth in range(MOST_OFFERED + 2):
        make_user(role="team_lead", username=f"a{nth}")
    found = offered("", case, lead)
    assert found[0] == "李催收"
    assert len(found) == MOST_OFFERED


def test_people_of_agencies_are_offered_nobody_of_the_lender(case: Case) -> None:
    agency = open_organisation("AG", name="AG", kind=Kind.AGENCY, parent=None, by=None, at=now())
    outsider = make_user(role="agency_user", username="outsider", organisation=agency)
    assert offered("", case, outsider) == []
    assert offered("li", case, outsider) == []


@pytest.mark.usefixtures("case")
def test_the_list_is_one_of_options(sign_in: Any, lead: User) -> None:
    client: Client = sign_in(lead, language="en")
    answer = client.post(URL, {"begun": "李"})
    text = answer.content.decode()
    assert 'role="listbox"' in text
    assert text.count('role="option"') == 1
    assert 'data-written="李催收"' in text
    assert "李催收 li" in words(answer)
    assert client.post(URL, {"begun": "\0nobody"}).content.strip() == b""
    assert client.get(URL).status_code == 405  # a name that is typed stands in no address


@pytest.mark.usefixtures("case")
def test_of_a_case_that_one_may_not_see_nobody_is_offered(sign_in: Any) -> None:
    client = sign_in(make_user(role="collector", username="wang"))
    assert client.post(URL, {"begun": ""}).status_code == 404
