"""A page that shows a person in several places reads him once, and each place sees its own."""

from __future__ import annotations

from uuid import uuid4

import pytest
from factories import make_person
from pytest_django.fixtures import DjangoAssertNumQueries

from carrears.parties.models import LoanParty, Party
from carrears.parties.queries import car_of, links_of, open_parties, read_once

pytestmark = pytest.mark.django_db
_OF_PEOPLE = 3  # them, their numbers, their words


def test_people_are_read_once_and_seen_as_each_place_asks(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    one, other = make_person(loan_no="A-01").token, make_person(loan_no="A-02").token
    with read_once():
        with django_assert_num_queries(_OF_PEOPLE):
            first = open_parties([one])
            sealed = open_parties([one], names=False)
        with django_assert_num_queries(_OF_PEOPLE):
            both = open_parties([other, one])
    assert first == open_parties([one])
    assert sealed == open_parties([one], names=False)
    assert sealed[one].name == ""
    assert both == open_parties([one, other])


def test_the_next_page_reads_anew() -> None:
    token = make_person(loan_no="A-01").token
    with read_once():
        before = open_parties([token])[token]
    Party.objects.filter(pk=token).update(region="440300")
    with read_once():
        assert open_parties([token])[token].region == "440300" != before.region
    assert open_parties([token])[token].region == "440300"


def test_who_is_not_there_is_not_found() -> None:
    with read_once():
        assert open_parties([uuid4()]) == {}


def test_who_belongs_to_a_loan_is_read_once_and_anew_by_the_next_page(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    debtor, other = make_person(loan_no="A-01"), make_person(loan_no="A-02")
    with read_once():
        with django_assert_num_queries(1):
            found = [link.party.token for link in links_of("A-01")]
            links_of("A-01").clear()  # a caller's own list
            assert [link.party_id for link in links_of("A-01")] == found == [debtor.token]
            assert car_of("A-01") is not None
        assert [link.party_id for link in links_of("A-02")] == [other.token]
    LoanParty.objects.filter(loan_no="A-01").delete()
    assert links_of("A-01") == []
    assert car_of("A-01") is None
