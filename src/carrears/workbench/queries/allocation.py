"""Who works what: the pool of cases that nobody works, and the collectors' desks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.http import Http404, QueryDict
from django.utils.translation import gettext

from carrears.access.models import Organisation, User
from carrears.access.organisations import access_day
from carrears.casework.allocation import Collector, Refusal
from carrears.casework.allocation_rules import (
    AllocationRules,
    AllocationRulesError,
    load_allocation_rules,
)
from carrears.casework.assigning import read_collectors, stands_on
from carrears.casework.attending import Whereabouts, whereabouts
from carrears.casework.leading import led_by
from carrears.casework.models import Absence, Case
from carrears.casework.pool import Fate, explain, pool_of
from carrears.clock import now
from carrears.money import Money
from carrears.parties.queries import names_of
from carrears.workbench.labels import label_of
from carrears.workbench.queries.language import chosen
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.queries.sight import sight_of
from carrears.workbench.view_models.allocation import (
    AbsenceRow,
    DeskPage,
    DeskRow,
    PoolPage,
    PoolRow,
)
from carrears.workbench.view_models.common import Sensitive


def todays_rules() -> AllocationRules:
    """The rules by which cases are given out today."""
    day = access_day(now())
    return load_allocation_rules(Path(settings.CARREARS_HOME), on=day)


def rule_title(name: str) -> str:
    """A rule's name in the reader's language; one that is gone is called as it was."""
    if name == "same_debtor":
        return gettext("the debtor's other loan is there")
    try:
        found = {rule.name: rule.title for rule in todays_rules().rules}.get(name)
    except AllocationRulesError:  # a timeline is read whatever is wrong with the lender's file
        return name
    return chosen(found.get("zh", ""), found.get("en", "")) if found else name


def pool_page(user: User, params: QueryDict) -> PoolPage:
    """The cases that nobody works, each with why no rule gave it to anybody."""
    found = pool_of(user)
    pager = make_pager(params, total=found.count())
    cases = list(found.select_related(None).select_related("party")[rows_of(pager)])
    fates = explain([case.pk for case in cases])
    names = names_of(case.party for case in cases if case.party is not None)
    owners = {one.pk: str(one) for one in User.objects.filter(pk__in=_owners(fates))}
    rows = tuple(
        _pool_row(
            user,
            case,
            _name_of(names, case),
            fates.get(case.pk),
            owners,
        )
        for case in cases
    )
    return PoolPage(rows=rows, pager=pager, ready=sum(bool(row.next_owner) for row in rows))


def _name_of(names: Mapping[UUID, str], case: Case) -> str:
    return names.get(case.party_id, "") if case.party_id else ""


def _owners(fates: dict[int, Fate]) -> set[int]:
    return {fate.given.collector for fate in fates.values() if fate.given is not None}


def _pool_row(
    user: User, case: Case, name: str, fate: Fate | None, owners: dict[int, str]
) -> PoolRow:
    erased = case.party is not None and case.party.erased_at is not None
    given = fate.given if fate else None
    return PoolRow(
        pk=case.pk,
        loan_no=case.loan_no,
        name=Sensitive(gettext("Erased"))
        if erased
        else sight_of(user, case).name(str(case.party_id), name),
        bucket=case.bucket,
        dpd=case.dpd,
        arrears=Money(case.arrears, case.currency),
        priority=case.priority,
        why=tuple(_why(one) for one in fate.refused) if fate else (),
        next_owner=owners.get(given.collector, "") if given else "",
    )


def _why(refusal: Refusal) -> str:
    why = label_of(refusal.lack, "lack").text
    return gettext("%(rule)s: %(why)s") % {"rule": rule_title(refusal.rule), "why": why}


def desk_rows(user: User) -> tuple[DeskRow, ...]:
    """The collectors of the reader's part of the house."""
    day, rules = access_day(now()), todays_rules()
    found = read_collectors(day, rules, stands_on(day, rules), only=led_by(user))
    collectors = {one.pk: one for one in found}
    users = User.objects.filter(pk__in=collectors).order_by("username")
    there = whereabouts(day, set(collectors))
    names = dict(Organisation.objects.values_list("key", "name"))
    return tuple(_desk_row(one, collectors[one.pk], there[one.pk], names, day) for one in users)


def desk_page(user: User, pk: int) -> DeskPage:
    """One collector's desk.

    Raises:
        Http404: there is none in the reader's part of the house.
    """
    row = next((one for one in desk_rows(user) if one.pk == pk), None)
    if row is None:
        raise Http404
    day = access_day(now())
    coming = Absence.objects.filter(
        Q(until_on=None) | Q(until_on__gte=day), user=pk, ended_at=None
    ).select_related("added_by")
    return DeskPage(
        row=row,
        absences=tuple(
            AbsenceRow(
                pk=one.pk,
                from_on=one.from_on,
                until_on=one.until_on,
                from_at=_hour(one.from_at),
                until_at=_hour(one.until_at),
                added_by=str(one.added_by or ""),
            )
            for one in coming
        ),
    )


def _hour(clock: time | None) -> str:
    return clock.isoformat("minutes") if clock else ""


def _desk_row(
    user: User, one: Collector, there: Whereabouts, names: dict[str, str], day: date
) -> DeskRow:
    is_today = there.back_on == day
    state = "here" if is_today and there.away_until is None else "away"
    if state == "here" and one.people >= one.room:
        state = "full"
    return DeskRow(
        pk=user.pk,
        name=str(user),
        teams=tuple(sorted(names[key] for key in one.teams)),
        state=state,
        back_on=there.back_on,
        back_at=_hour(there.away_until) if is_today else "",
        people=one.people,
        room=one.room,
        arrears=one.arrears,
        skills=tuple(sorted(one.skills)),
        languages=tuple(sorted(one.languages)),
        regions=tuple(sorted(one.regions)),
    )
