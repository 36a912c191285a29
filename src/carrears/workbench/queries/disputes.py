"""Disputes as the screens show them: the list, one with its course, those of a case, a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, QueryDict
from django.utils.translation import gettext

from carrears.access.models import User
from carrears.access.seeing import acts_for
from carrears.casework.agency_view import is_own
from carrears.casework.models import CaseState
from carrears.conduct.dispute_kinds import kinds_ever
from carrears.conduct.dispute_models import OVER, Dispute, DisputedLoan, DisputeState, DisputeStep
from carrears.conduct.dispute_queries import DisputeFilter, find_disputes, visible_disputes
from carrears.conduct.disputes import open_dispute_words, text_of
from carrears.database.prepared import Blank, prepared
from carrears.money import Money
from carrears.vault.models import StoredObject
from carrears.vault.queries import seen_by
from carrears.vault.reading import read_name
from carrears.workbench.labels import label_of
from carrears.workbench.queries.choices import options_of
from carrears.workbench.queries.complaints import role_titles
from carrears.workbench.queries.evidence import entry_numbers
from carrears.workbench.queries.language import chosen
from carrears.workbench.queries.listing import Listing
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.queries.time_limits import (
    SOON_DAYS,
    days_within,
    due_choices,
    due_word,
    limit_shown,
)
from carrears.workbench.templatetags.workbench import day
from carrears.workbench.view_models.disputes import (
    DisputedLoanShown,
    DisputeFile,
    DisputeRow,
    DisputeShown,
    DisputesPage,
    DisputeStepShown,
)

_STATES: tuple[str, ...] = ("open", "uncased", *DisputeState.values, "all")
_LAWS = ("cn", "us", "uk", "in")
_HEAD = (
    "dispute", "received_at", "loan_no", "amount", "currency", "kind", "channel", "jurisdiction",
    "state", "outcome", "due_on", "assigned_to", "acknowledged_at", "closed_at",
)  # fmt: skip


def kind_title(code: str) -> str:
    """What a kind of dispute is called, in the reader's language."""
    kind = kinds_ever(Path(settings.CARREARS_HOME)).get(code)
    return chosen(kind.title.zh, kind.title.en) if kind else code


def disputes_page(params: QueryDict, user: User) -> DisputesPage:
    """The disputes asked for, what is due first comes first; without a state, the open ones."""
    asked, seen = _asked(params), visible_disputes(user)
    found = find_disputes(asked) & seen
    pager = make_pager(params, total=found.count())
    opened = DisputeFilter(state="open")

    def count(wanted: DisputeFilter) -> int:
        return (find_disputes(wanted) & seen).count()

    overdue = count(replace(opened, overdue=True))
    kinds = kinds_ever(Path(settings.CARREARS_HOME))
    laws = [(one, str(label_of(one, "jurisdiction").text)) for one in _LAWS]
    return DisputesPage(
        rows=tuple(dispute_row(one, user) for one in _whole(found)[rows_of(pager)]),
        pager=pager,
        states=options_of(
            [(one, _state_title(one)) for one in _STATES], _state(params), every=False
        ),
        dues=options_of(due_choices(), params.get("due", "")),
        kinds=options_of([(code, kind_title(code)) for code in kinds], asked.kind),
        jurisdictions=options_of(laws, asked.jurisdiction),
        loan_no=asked.loan_no,
        query=params.urlencode(),
        open=count(opened),
        overdue=overdue,
        soon=count(replace(opened, due_within=SOON_DAYS)) - overdue,
        uncased=count(DisputeFilter(state="uncased")),
        over=seen.filter(state__in=OVER).count(),
    )


def disputes_of_case(user: User, loan_no: str) -> tuple[DisputeRow, ...]:
    """The disputes that name a loan, the open ones first, then the newest."""
    if not user.has_perm("conduct.view_dispute"):
        return ()
    if not _any_about.ask(loan=loan_no):  # most loans: no more to ask
        return ()
    found = _whole(find_disputes(DisputeFilter(loan_no=loan_no)) & visible_disputes(user))
    return tuple(dispute_row(one, user) for one in found)


@prepared
def _any_about(loan: Blank) -> QuerySet[DisputedLoan, tuple[Any, ...]]:
    return DisputedLoan.objects.filter(loan_no=loan).order_by().values_list("pk")[:1]


def dispute_page(pk: int, user: User) -> DisputeShown:
    """One dispute with its course.

    Raises:
        Http404: there is none that the user may see.
    """
    found = visible_disputes(user).select_related("party", "registered_by")
    dispute = _whole(found).filter(pk=pk).first()
    if dispute is None:
        raise Http404
    kind = kinds_ever(Path(settings.CARREARS_HOME)).get(dispute.kind)
    return DisputeShown(
        row=dispute_row(dispute, user),
        text=text_of(dispute) if is_own(user, dispute.registered_by_id) else None,
        asks=chosen(kind.asks.zh, kind.asks.en) if kind else "",
        registered_by=_name(user, dispute.registered_by),
        limits=tuple(map(limit_shown, dispute.deadlines)),
        steps=_steps(dispute, user),
        files=_files(dispute, user) if user.has_perm("vault.view_storedobject") else (),
        loan_no=dispute.loan_no,
    )


def disputes_list(params: QueryDict, user: User) -> Listing:
    """The disputes asked for, a row for each loan; no names and no words are in them."""
    found = _whole(find_disputes(_asked(params)) & visible_disputes(user))
    rows = (values for one in found.iterator(2_000) for values in _values(one))
    return Listing("disputes", _HEAD, rows)


def dispute_row(dispute: Dispute, user: User) -> DisputeRow:
    """A dispute as a list shows it."""
    return DisputeRow(
        pk=dispute.pk,
        kind=kind_title(dispute.kind),
        channel=dispute.channel,
        jurisdiction=dispute.jurisdiction,
        state=dispute.state,
        outcome=dispute.outcome,
        received_at=dispute.received_at,
        due_on=dispute.due_on,
        due=due_word(dispute.due_on),
        assigned_to=_name(user, dispute.assigned_to),
        loans=tuple(
            DisputedLoanShown(
                loan_no=one.loan_no,
                amount=None if one.amount is None else Money(one.amount, one.currency),
                collection=_collection(dispute, one),
                has_case=one.case is not None,
            )
            for one in dispute.loans.all()
        ),
        raised_to=role_titles(dispute.raised_to),
    )


def _name(user: User, person: User | None) -> str:
    """Who it is, as the reader may know him."""
    if person is None:
        return ""
    return str(person) if is_own(user, person.pk) else gettext("the lender")


def _collection(dispute: Dispute, loan: DisputedLoan) -> str:
    """Whether collection of a disputed loan is stopped, and by what."""
    if loan.case is None or loan.case.state == CaseState.CLOSED:
        return "no_case" if dispute.closed_at is None else "no_case_over"
    return "stopped" if loan.hold is not None and loan.hold.lifted_on is None else "goes_on"


def _whole(found: QuerySet[Dispute]) -> QuerySet[Dispute]:
    return found.select_related("assigned_to").prefetch_related("loans__hold", "loans__case")


def _asked(params: QueryDict) -> DisputeFilter:
    """The filters of an address; what makes no sense in it is left out."""
    due, state = params.get("due", ""), _state(params)
    law = params.get("jurisdiction", "")
    return DisputeFilter(
        state="" if state == "all" else state,
        overdue=due == "overdue",
        due_within=days_within(due),
        kind=params.get("kind", "").replace("\0", ""),
        jurisdiction=law if law in _LAWS else "",
        loan_no=params.get("loan_no", "").replace("\0", "").strip(),
    )


def _state(params: QueryDict) -> str:
    state = params.get("state", "")
    return state if state in _STATES else "open"


def _state_title(state: str) -> str:
    if state in {"all", "uncased"}:
        return gettext("All") if state == "all" else gettext("Open, without an open case")
    return gettext("Open") if state == "open" else str(label_of(state, "dispute_state").text)


def _steps(dispute: Dispute, user: User) -> tuple[DisputeStepShown, ...]:
    steps = list(dispute.steps.select_related("by"))
    numbers = entry_numbers([f"dispute:{one.key}" for one in steps])
    return tuple(
        DisputeStepShown(
            kind=one.kind,
            at=one.at,
            by=_name(user, one.by),
            detail=_detail(one, user),
            text=(open_dispute_words(dispute, one.text_sealed) or "")
            if is_own(user, one.by_id)
            else "",
            entry_no=numbers.get(f"dispute:{one.key}"),
        )
        for one in steps
    )


def _detail(step: DisputeStep, user: User) -> str:
    told, parts = step.data, []
    if outcome := told.get("outcome"):
        parts.append(str(label_of(outcome, "dispute_outcome").text))
    if (who := told.get("assigned_to")) and not acts_for(user):
        parts.append(who)
    if to := told.get("raised_to"):
        parts += [gettext("to: %(roles)s") % {"roles": role_titles(to)}, told["citation"]]
    elif due := told.get("due_on"):
        parts.append(gettext("next due by %(day)s") % {"day": day(date.fromisoformat(due))})
    return " · ".join(parts)


def _files(dispute: Dispute, user: User) -> tuple[DisputeFile, ...]:
    attached = dispute.documents.select_related("stored__party")
    if acts_for(user):
        attached = attached.filter(stored__in=seen_by(user, StoredObject.objects.all()))
    return tuple(
        DisputeFile(name=read_name(one.stored), kind=one.stored.kind, attached_at=one.attached_at)
        for one in attached
    )


def _values(one: Dispute) -> Iterable[tuple[Any, ...]]:
    for loan in one.loans.all():
        yield (
            one.pk, one.received_at, loan.loan_no,
            None if loan.amount is None else Money(loan.amount, loan.currency),
            loan.currency, one.kind, one.channel, one.jurisdiction, one.state, one.outcome,
            one.due_on, one.assigned_to.get_username() if one.assigned_to else "",
            one.acknowledged_at, one.closed_at,
        )  # fmt: skip
