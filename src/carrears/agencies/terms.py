"""The end of a term: kept past it (留案), extended (续委), returned (退案), or called back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet

from carrears.access.models import User
from carrears.access.organisations import access_day
from carrears.agencies.models import Batch, PlacementStep, StepKind
from carrears.casework.models import Case, CaseState, Placement, Promise, PromiseState
from carrears.casework.placement_ends import not_over, recall_due
from carrears.casework.placements import BY_HAND, have_placing, recall_by_hand
from carrears.casework.placing_rules import load_placing_rules
from carrears.casework.services import CaseworkError, Line, tell_many
from carrears.evidence.services import record
from carrears.parties.words import commit_words


@transaction.atomic
def end_terms(*, at: datetime) -> dict[str, int]:
    """Keep by rule whose last day is today, say who went back since, and call back who is held.

    Kept is who has an open promise and was not kept too often: until the day after its last part,
    at most ``keep_days``. Bears a second start.
    """
    have_placing()
    day = access_day(at)
    recalled = recall_due(at=at)
    rules = load_placing_rules(Path(settings.CARREARS_HOME), on=day)
    kept: list[tuple[Placement, date]] = []
    ending = _nobody_elses(not_over(day).filter(until_on=day, line__isnull=False))
    counted = ending.annotate(times=Count("steps", filter=Q(steps__kind=StepKind.KEPT)))
    promised = _promised_until([one.obligor_no for one in counted], day)
    for one in counted:
        due = promised.get(one.obligor_no)
        if due is not None and one.times < rules.keep_times and rules.keep_days:
            kept.append((one, min(due + timedelta(days=1), day + timedelta(days=rules.keep_days))))
    _move(kept, StepKind.KEPT, reason="promise", by=None, at=at)
    returned = _tell_returned(day, at=at)
    return {"kept": len(kept), "returned": returned, "recalled": recalled}


def _nobody_elses(placed: QuerySet[Placement]) -> QuerySet[Placement]:
    """Those after whom nobody else is to get the debtor."""
    later = Placement.objects.filter(
        Q(until_on=None) | Q(until_on__gte=F("from_on")),
        obligor_no=OuterRef("obligor_no"),
        from_on__gt=OuterRef("until_on"),
    )
    return placed.filter(~Exists(later))


def _promised_until(numbers: Sequence[str], day: date) -> dict[str, date]:
    """By debtor, the last day of his open promises that are not due before the day after."""
    open_ones = Promise.objects.filter(
        case__obligor_no__in=numbers,
        case__state=CaseState.OPEN,
        state=PromiseState.OPEN,
        due_on__gte=day,
    )
    found = open_ones.order_by().values_list("case__obligor_no").annotate(last=Max("due_on"))
    return dict(found)


def _tell_returned(day: date, *, at: datetime) -> int:
    """Write down once of each placement of a batch that its term is over."""
    over = Placement.objects.filter(
        ~Q(steps__kind=StepKind.RETURNED), line__isnull=False, recalled_at=None, until_on__lt=day
    )
    placed = list(over.select_related("agency").order_by("pk"))
    _keep_steps(
        [(one, one.until_on) for one in placed], StepKind.RETURNED, reason="term", by=None, at=at
    )
    _tell(placed, StepKind.RETURNED, reason="term", by=None, at=at)
    return len(placed)


@transaction.atomic
def extend_batch(
    batch: Batch, *, until_on: date, reason: str, by: User | None, at: datetime
) -> int:
    """Let an agency have those of a batch longer whom it still has; how many.

    Raises:
        CaseworkError: no reason, a day that is no later than the end, or nobody is with it.
    """
    if not reason.strip():
        raise CaseworkError("a reason is needed")
    have_placing()
    found = Batch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if until_on <= max(found.until_on, access_day(at)):
        raise CaseworkError("it is extended to a later day only")
    placed = list(
        _nobody_elses(not_over(access_day(at))).filter(line__batch=found, until_on__lt=until_on)
    )
    if not placed:
        raise CaseworkError("nobody of this batch is with the agency")
    before, found.until_on = found.until_on, until_on
    found.save(update_fields=["until_on"])
    reason = reason.strip()[:120]
    moved = [(one, until_on) for one in placed]
    _move(moved, StepKind.EXTENDED, reason=BY_HAND, words=reason, by=by, at=at)
    key = f"agencies.batch.extended:{found.pk}:{until_on}"
    told = {
        "batch": found.pk,
        "before": before.isoformat(),
        "until_on": until_on.isoformat(),
        "debtors": len(placed),
        **commit_words(key, {"reason": reason}, party=None),
    }
    record(
        "agencies.batch.extended",
        subject=f"batch:{found.pk}",
        payload=told,
        actor=by.get_username() if by else "",
        key=key,
        occurred_at=at,
    )
    return len(placed)


@transaction.atomic
def recall_batch(batch: Batch, *, reason: str, by: User | None, at: datetime) -> int:
    """Take back at once whoever of a batch is with its agency or still to go there; how many.

    Raises:
        CaseworkError: no reason, or nobody is with it.
    """
    have_placing()
    placed = list(not_over(access_day(at)).filter(line__batch=batch))
    if not placed:
        raise CaseworkError("nobody of this batch is with the agency")
    recall_by_hand(placed, words=reason, by=by, at=at)
    return len(placed)


def _move(
    moved: Iterable[tuple[Placement, date]],
    kind: StepKind,
    *,
    reason: str,
    words: str = "",
    by: User | None,
    at: datetime,
) -> None:
    """Let placements end on later days."""
    moved = list(moved)
    _keep_steps(moved, kind, reason=reason, by=by, at=at)
    for one, until_on in moved:
        one.until_on = until_on
    placed = [one for one, _ in moved]
    Placement.objects.bulk_update(placed, ["until_on"], batch_size=1000)
    _tell(placed, kind, reason=reason, words=words, by=by, at=at)


def _keep_steps(
    moved: Iterable[tuple[Placement, date | None]],
    kind: StepKind,
    *,
    reason: str,
    by: User | None,
    at: datetime,
) -> None:
    PlacementStep.objects.bulk_create(
        PlacementStep(
            placement=one,
            kind=kind,
            before_on=one.until_on,
            until_on=until_on,
            reason=reason,
            by=by,
            at=at,
        )
        for one, until_on in moved
    )


def _tell(
    placed: Sequence[Placement],
    kind: StepKind,
    *,
    reason: str,
    words: str = "",
    by: User | None,
    at: datetime,
) -> None:
    of = {one.obligor_no: one for one in placed}
    cases = Case.objects.filter(obligor_no__in=of, state=CaseState.OPEN).order_by("pk")
    tell_many(
        Line(
            case=case,
            kind=f"placement_{kind}",
            at=at,
            by=by,
            key=f"placement:{of[case.obligor_no].pk}:{kind}"
            f":{of[case.obligor_no].until_on}:{case.pk}",
            data={
                "agency": of[case.obligor_no].agency.key,
                "until_on": str(of[case.obligor_no].until_on),
                "reason": reason,
                **({"text": words} if words else {}),
            },
            agency=of[case.obligor_no].agency.key,
        )
        for case in cases
    )
