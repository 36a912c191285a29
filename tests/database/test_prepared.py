"""A question put together once answers as the queryset it was made of does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.db.models import F, Q, QuerySet
from django.test.utils import CaptureQueriesContext
from factories import make_case, make_user

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.database.prepared import Blank, Prepared, prepared
from carrears.parties.models import Party

pytestmark = pytest.mark.django_db


def test_blanks_are_filled_in_anew_each_time() -> None:
    one, other = make_user(username="one"), make_user(username="other' or 1 = 1 --")
    named = Prepared(
        User.objects.filter(username=Blank("name"), is_active=True).values_list("pk", "username")
    )

    assert named.ask(name="one") == [(one.pk, "one")]
    assert named.ask(name=other.username) == [(other.pk, other.username)]
    assert named.ask(name="nobody") == []


def test_a_blank_left_open_and_a_value_too_many_are_refused() -> None:
    named = Prepared(User.objects.filter(username=Blank("name")).values_list("pk"))

    for given in ({}, {"name": "one", "pk": 1}, {"pk": 1}):
        with pytest.raises(TypeError, match="blanks"):
            named.ask(**given)


def test_rows_of_a_model_are_those_of_the_queryset_with_what_it_selects_beside() -> None:
    one, other, third = (make_case(loan_no=f"L-{nth}") for nth in range(3))
    asked = Case.objects.select_related("party").annotate(twice=F("arrears") * 2).order_by("-pk")
    among = Prepared(asked.filter(Blank("cases").has("pk"), state=Blank("state")))

    def told(cases: Iterable[Any]) -> list[Any]:
        return [(case, case.__dict__.keys(), case.party, case.twice) for case in cases]

    for pks in ([one.pk, third.pk], [other.pk], [], [0]):
        found = among.find(cases=pks, state="open")
        plain = list(asked.filter(pk__in=pks, state="open"))
        assert told(found) == told(plain)
    assert among.find(cases=[one.pk], state="closed") == []
    with CaptureQueriesContext(connection) as asked_of:
        assert [case.party.token for case in among.find(cases=[one.pk], state="open")]
    assert len(asked_of) == 1


def test_questions_of_two_threads_do_not_meet() -> None:
    named = Prepared(User.objects.filter(username=Blank("name")))
    compilers = [named._compiled([name]) for name in ("one", "other")]

    assert [one.as_sql()[1] for one in compilers] == [("one",), ("other",)]
    assert compilers[0].connection is connection


def test_what_somebody_may_is_what_django_says_and_asked_once() -> None:
    own, of_group, of_both, neither = Permission.objects.order_by("?")[:4]
    group, strange = Group.objects.create(name="a"), Group.objects.create(name="b")
    group.permissions.set([of_group, of_both])
    strange.permissions.set([neither])
    user, other = make_user(username="one"), make_user(username="other")
    user.user_permissions.set([own, of_both])
    user.groups.set([group])
    other.groups.set([strange])

    def names(*held: Permission) -> set[str]:
        return {f"{one.content_type.app_label}.{one.codename}" for one in held}

    every = names(own, of_group, of_both, neither)
    for who, may in ((user, names(own, of_group, of_both)), (other, names(neither))):
        asked = User.objects.get(pk=who.pk)
        with CaptureQueriesContext(connection) as told:
            assert {name for name in every if asked.has_perm(name)} == may
        assert len(told) == 1
        by_django = User.objects.get(pk=who.pk).get_all_permissions()
        assert asked.get_all_permissions() == by_django == may


def test_who_left_may_nothing_and_a_superuser_all() -> None:
    [own] = Permission.objects.order_by("?")[:1]
    name = f"{own.content_type.app_label}.{own.codename}"
    gone, root = make_user(username="gone"), make_user(username="root")
    gone.user_permissions.set([own])
    gone.is_active, root.is_superuser = False, True
    for one in (gone, root):
        one.save()

    assert not User.objects.get(pk=gone.pk).has_perm(name)
    assert User.objects.get(pk=root.pk).has_perm(name)


def test_a_function_says_the_question_and_is_asked_to_say_it_once() -> None:
    one, other, third = (make_case(loan_no=f"L-{nth}") for nth in range(3))
    said = []

    @prepared
    def among(cases: Blank, state: Blank) -> QuerySet[Case]:
        """Of some, those in a state."""
        said.append(1)
        return Case.objects.filter(cases.has("pk"), Q(state=state) | Q(state="")).order_by("-pk")

    assert not said  # nothing is put together before it is asked for
    assert among.find(cases=[one.pk, third.pk], state="open") == [third, one]
    assert among.find(cases=[other.pk], state="open") == [other]
    assert among.find(cases=[], state="open") == []
    assert said == [1]
    with pytest.raises(TypeError, match="blanks"):
        among.find(cases=[])


def test_lists_of_words_tokens_and_bytes_are_lists_of_their_columns() -> None:
    case = make_case()
    party = Party.objects.create(
        party_no="P", id_no_index=b"\x00'\\x", wrapped_key=b"k", name_sealed=b"n"
    )

    @prepared
    def people(numbers: Blank, tokens: Blank, indexes: Blank) -> QuerySet[Party, tuple[Any, ...]]:
        found = Party.objects.filter(
            Q(numbers.has("party_no", "text"))
            | Q(tokens.has("token", "uuid"))
            | Q(indexes.has("id_no_index", "bytea"))
        )
        return found.values_list("token")

    nobody: dict[str, list[Any]] = {"numbers": [], "tokens": [], "indexes": []}
    for given in ({"numbers": ["P"]}, {"tokens": [party.token]}, {"indexes": [b"\x00'\\x"]}):
        assert people.ask(**nobody | given) == [(party.token,)]
    assert people.ask(**nobody) == []
    assert case.party_id != party.token
