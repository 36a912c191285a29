"""The work list."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from unicodedata import normalize

from django.db.models import Case as SqlCase
from django.db.models import Count, Max, QuerySet, Sum, When
from django.http import QueryDict
from django.utils.translation import gettext, gettext_lazy

from carrears.access.models import User
from carrears.access.seeing import acts_for
from carrears.casework.day_plans import PlanToday
from carrears.casework.models import Case, CaseState
from carrears.casework.narrowing import matching
from carrears.casework.next_case import SCOPE, Worth, order_by_worth, scope_of
from carrears.casework.seeing import sees_everything, visible_cases
from carrears.clock import now
from carrears.money import Money
from carrears.parties.models import LoanParty, Role
from carrears.parties.queries import named
from carrears.workbench.labels import label_of
from carrears.workbench.queries.case_filters import FilterQuery, filters_of, options, parse_filters
from carrears.workbench.queries.cases import rows_by_number, rows_for, with_row_details
from carrears.workbench.queries.day_plan import day_line, my_plan
from carrears.workbench.queries.formats import percent
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.view_models.queue import CaseFilters, QueuePage, QueueRow, SearchPage

_SORTS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "worth": (gettext_lazy("Best to do now"), ()),
    "priority": (gettext_lazy("Priority"), ("-priority", "pk")),
    "days": (gettext_lazy("Days past due"), ("-dpd", "pk")),
    "arrears": (gettext_lazy("Arrears"), ("-arrears", "pk")),
    "balance": (gettext_lazy("Balance"), ("-principal_outstanding", "pk")),
    "newest": (gettext_lazy("Newest in collections"), ("-opened_on", "-priority", "pk")),
}
_IN_PLAN = ("today", "not_today")  # as ``flag``: what fits into the reader's day, and what does not


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueQuery(FilterQuery):
    """What the reader asked for; anything that makes no sense is left out."""

    sort: str


def parse_queue(params: QueryDict, *, usual: str = "priority") -> QueueQuery:
    """The query of an address; ``usual`` is the order where none is asked for."""
    sort = params.get("sort", "")
    return QueueQuery(
        **asdict(parse_filters(params, also=_IN_PLAN)), sort=sort if sort in _SORTS else usual
    )


def asked_cases(user: User, params: QueryDict) -> tuple[QuerySet[Case], QueueQuery]:
    """The open cases that ``user`` may see and asks for, but for their buckets, and what he asked.

    In no order.
    """
    return _asked(user, params, my_plan(user))[1:]


def queue_page(user: User, params: QueryDict) -> QueuePage:
    """The open cases that ``user`` may see, narrowed and in order."""
    plan = my_plan(user)
    mine, cases, query = _asked(user, params, plan)
    counts = _counts(cases, scoped=query.sort == "worth" and not sees_everything(user))
    chosen = cases.filter(bucket__in=query.buckets) if query.buckets else cases
    kept = [c for c in counts if not query.buckets or c["bucket"] in query.buckets]
    pager = make_pager(params, total=sum(c["cases"] for c in kept))
    return QueuePage(
        filters=_filters(user, query, mine, counts, plan),
        sorts=options(_sorts(user), query.sort),
        rows=_marked(_rows(user, chosen, query.sort, kept, rows_of(pager)), plan),
        pager=pager,
        arrears=_arrears(kept),
        as_of=max((c["day"] for c in counts), default=None),
        plan=None if plan is None else day_line(plan),
    )


def _asked(
    user: User, params: QueryDict, plan: PlanToday | None
) -> tuple[QuerySet[Case], QuerySet[Case], QueueQuery]:
    """The open cases that he sees, and those of them that he asks for, whatever their bucket."""
    # Who sees the cases of a whole house would have all of them weighed for a page of fifty.
    usual = "priority" if user.has_perm("casework.view_all_cases") else "worth"
    query = parse_queue(params, usual=usual)
    if acts_for(user):  # how the lender decides is neither shown nor to be found out by asking
        query = replace(query, treatment="", step="", sort=_open_sort(query.sort))
    mine = visible_cases(user).filter(state=CaseState.OPEN)
    return mine, _narrowed(mine, query, user, plan), query


def _open_sort(sort: str) -> str:
    """An order that tells nothing of what the lender thinks of a debtor."""
    return sort if sort in {"days", "arrears", "balance", "newest"} else "days"


def order_of(sort: str) -> tuple[str, ...]:
    """By what the database orders; what acting is worth it does not know, then by priority."""
    return _SORTS[sort][1] or _SORTS["priority"][1]


def _rows(
    user: User,
    chosen: QuerySet[Case],
    sort: str,
    counts: list[dict[str, Any]],
    place: slice,
) -> tuple[QueueRow, ...]:
    if sort != "worth":
        return rows_for(user, with_row_details(chosen).order_by(*_SORTS[sort][1])[place])
    first, number = place.start, place.stop - place.start
    asked = chosen if sees_everything(user) else scope_of(counts)
    if asked is None:
        return ()
    worths = order_by_worth(asked, user=user, moment=now(), first=first, number=number)
    cases = rows_by_number(one.case for one in worths)
    rows = rows_for(user, [cases[one.case] for one in worths if one.case in cases])
    said = [one for one in worths if one.case in cases]
    return tuple(
        replace(row, why=why_now(one, cases[one.case].band))
        for row, one in zip(rows, said, strict=True)
    )


def _marked(rows: tuple[QueueRow, ...], plan: PlanToday | None) -> tuple[QueueRow, ...]:
    """The rows, each with whether it fits into the reader's day."""
    if plan is None:
        return rows
    fits = dict.fromkeys(plan.plan.rest, "not_today") | dict.fromkeys(plan.plan.cases, "today")
    came = {int(case) for case in plan.plan.entered} & set(plan.plan.cases)
    fits |= dict.fromkeys(came, "came_in")
    return tuple(replace(row, plan=fits.get(row.pk, "")) for row in rows)


def why_now(worth: Worth, band: str) -> tuple[str, ...]:
    """Why a case stands at its place, in the reader's words."""
    known = {"band": band or "–", "share": percent(worth.recovery, 0)}
    said = gettext("band %(band)s: %(share)s of the arrears expected") % known
    return said, *(f"{label_of(name, 'worth').text} ×{factor:g}" for name, factor in worth.terms)


def search_page(user: User, text: str, params: QueryDict) -> SearchPage:
    """Cases found by loan number or name: open, watched, closed, in pages of fifty."""
    text = text.strip().replace("\0", "")
    if not text:
        return SearchPage(text="", rows=(), pager=make_pager(params, total=0), too_short=True)
    found = matching(visible_cases(user), text)
    pager = make_pager(params, total=found.count())
    rows = rows_for(user, with_row_details(_in_order(found))[rows_of(pager)])
    others = _found_by_others(rows, text)
    rows = tuple(replace(row, found_by=others.get(row.loan_no, ())) for row in rows)
    return SearchPage(text=text, rows=rows, pager=pager, too_short=not rows and len(text) < 2)  # noqa: PLR2004  one letter finds nobody


def _found_by_others(rows: Sequence[QueueRow], text: str) -> dict[str, tuple[str, ...]]:
    """Whom of a loan the name belongs to, where that is not the borrower whom the row names."""
    people = LoanParty.objects.filter(named(normalize("NFKC", text), "party"))
    found = people.filter(loan_no__in=[row.loan_no for row in rows]).exclude(role=Role.CONTACT)
    roles: dict[str, set[str]] = defaultdict(set)
    for loan_no, role in found.values_list("loan_no", "role"):
        roles[loan_no].add(role)
    return {
        loan_no: tuple(
            gettext("Found by: %(role)s") % {"role": label_of(role, "role").text}
            for role in sorted(of_loan)
        )
        for loan_no, of_loan in roles.items()
        if Role.OBLIGOR not in of_loan
    }


def _in_order(found: QuerySet[Case]) -> QuerySet[Case]:
    places = [CaseState.OPEN, CaseState.WATCH, CaseState.CLOSED]
    stands = SqlCase(*(When(state=state, then=place) for place, state in enumerate(places)))
    return found.order_by(stands, "-priority", "pk")


def _narrowed(
    cases: QuerySet[Case], query: QueueQuery, user: User, plan: PlanToday | None
) -> QuerySet[Case]:
    """Whatever their bucket: how many there are of each is counted first."""
    if query.flag in _IN_PLAN:
        listed = [] if plan is None else plan.plan.cases
        left = [] if plan is None else plan.plan.rest
        cases = cases.filter(pk__in=listed if query.flag == "today" else left)
    return query.narrowing(user).among(cases, any_bucket=True)


def _counts(cases: QuerySet[Case], *, scoped: bool) -> list[dict[str, Any]]:
    """How many there are of each; ``scoped``: with what weighs them, which one read them for."""
    grouped: Any = cases.order_by().values("bucket", "currency", "treatment")
    also = SCOPE if scoped else {}
    return list(grouped.annotate(cases=Count("pk"), owed=Sum("arrears"), day=Max("as_of"), **also))


def _arrears(counts: list[dict[str, Any]]) -> Money | None:
    """The sum, where all of it is in one currency."""
    currencies = {c["currency"] for c in counts}
    if len(currencies) != 1:
        return None
    return Money(sum(c["owed"] for c in counts), currencies.pop())


def _filters(
    user: User,
    query: QueueQuery,
    mine: QuerySet[Case],
    counts: list[dict[str, Any]],
    plan: PlanToday | None,
) -> CaseFilters:
    by_bucket: Counter[int] = Counter()
    for one in counts:
        by_bucket[one["bucket"]] += one["cases"]
    everything = not replace(query, buckets=frozenset()).is_narrowed
    treatments = {one["treatment"] for one in counts} if everything else None
    in_plan = [] if plan is None else [(f, str(label_of(f, "in_plan").text)) for f in _IN_PLAN]
    return filters_of(user, query, mine, by_bucket, also=in_plan, treatments=treatments)


def _sorts(user: User) -> list[tuple[str, str]]:
    outside = bool(acts_for(user))
    known = [key for key in _SORTS if not outside or _open_sort(key) == key]
    return [(key, str(_SORTS[key][0])) for key in known]
