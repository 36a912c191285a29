"""Batches in numbers: what goes to whom, and who is taken out and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db.models import Case, CharField, Count, Q, Sum, Value, When

from carrears.access.models import User
from carrears.agencies.models import Batch, Placing, PlacingLine
from carrears.casework.seeing import sees_everything


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSum:
    """A batch in one currency: people, their loans and their arrears (minor units)."""

    batch: int
    agency: str
    rule: str
    from_on: date
    until_on: date
    people: int
    loans: int
    arrears: int
    currency: str
    placed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOutSum:
    """Who is taken out for one reason, in one currency (minor units)."""

    why: str
    people: int
    loans: int
    arrears: int
    currency: str


def require_house(user: User, permission: str) -> None:
    """Let only somebody of the lender who sees every case at batches: they are of the whole book.

    Raises:
        PermissionDenied: he is not.
    """
    if not (user.has_perm(permission) and sees_everything(user)):
        raise PermissionDenied("batches are of the whole book")


def batch_sums(placing: Placing) -> list[BatchSum]:
    """What each batch holds, by agency, rule and currency."""
    lines = PlacingLine.objects.filter(placing=placing, why="").exclude(batch=None).order_by()
    rows = lines.values_list(
        "batch", "batch__agency__key", "batch__rule", "batch__from_on", "batch__until_on",
        "currency",
    ).annotate(
        people=Count("pk"), loans=Sum("loans"), arrears=Sum("arrears"), placed=Count("placement")
    )  # fmt: skip
    found = [
        BatchSum(
            batch=batch,
            agency=agency,
            rule=rule,
            from_on=from_on,
            until_on=until_on,
            currency=currency,
            people=people,
            loans=loans,
            arrears=int(arrears),
            placed=placed,
        )
        for batch, agency, rule, from_on, until_on, currency, people, loans, arrears, placed in rows
    ]
    return sorted(found, key=lambda one: (one.agency, one.rule, one.currency))


def taken_out_sums(placing: Placing) -> list[TakenOutSum]:
    """Who is taken out, by reason and currency, the most people first."""
    lines = PlacingLine.objects.filter(placing=placing).exclude(why="").order_by()
    rows = lines.values_list("why", "currency").annotate(
        people=Count("pk"), loans=Sum("loans"), arrears=Sum("arrears")
    )
    found = [
        TakenOutSum(why=why, currency=currency, people=people, loans=loans, arrears=int(arrears))
        for why, currency, people, loans, arrears in rows
    ]
    return sorted(found, key=lambda one: (-one.people, one.why, one.currency))


# How the placement of a line stands, from the first thing asked.
LINE_STATES = ("waiting", "taken_out", "recalled", "over", "coming", "held", "live")


def line_states(day: date) -> Case:
    """How each line stands on a day, a code of LINE_STATES, for an annotation."""
    return Case(
        When(~Q(why=""), then=Value("taken_out")),
        When(placement=None, then=Value("waiting")),
        When(placement__recalled_at__isnull=False, then=Value("recalled")),
        When(placement__until_on__lt=day, then=Value("over")),
        When(placement__from_on__gt=day, then=Value("coming")),
        When(placement__held_at__isnull=False, then=Value("held")),
        default=Value("live"),
        output_field=CharField(),
    )


def state_sums(batch: Batch, day: date) -> dict[str, int]:
    """How many debtors of a batch stand how on a day."""
    lines = PlacingLine.objects.filter(batch=batch).annotate(state=line_states(day)).order_by()
    return dict(lines.values_list("state").annotate(many=Count("pk")))
