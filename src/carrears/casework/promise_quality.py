"""How good promises are: what became of those due in a period, by who took them and how.

A promise belongs to the day of its last part, which is the day on which it was due as a whole. It
is *settled* once it is kept, partly kept or broken; one that was cancelled counts nowhere else.
Amounts are minor units of one currency.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

from django.db.models import CharField, Count, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast

from carrears.access.models import Membership, User
from carrears.casework.models import Promise, PromiseState
from carrears.casework.seeing import of_visible_cases

By = Literal["channel", "collector", "team", "treatment", "strategy"]
WAYS: tuple[By, ...] = get_args(By)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Promises of one group (all: an empty ``key``) by what became of them.

    ``key`` is the channel, treatment or fingerprint of the strategy's version, the collector's or
    the team's number; empty where it is not known. ``met`` is what came in for settled ones.
    """

    key: str
    made: int
    amount_made: int
    kept: int
    kept_amount: int
    partly: int
    partly_amount: int
    broken: int
    broken_amount: int
    open: int
    open_amount: int
    cancelled: int
    met: int

    @property
    def settled(self) -> int:
        """How many are over."""
        return self.kept + self.partly + self.broken

    @property
    def settled_amount(self) -> int:
        """What was promised by those."""
        return self.kept_amount + self.partly_amount + self.broken_amount

    @property
    def kept_rate(self) -> float | None:
        """Kept ÷ settled, by count; None of nothing."""
        return self.kept / self.settled if self.settled else None

    @property
    def met_rate(self) -> float | None:
        """What came in ÷ what was promised, of settled ones; None of nothing."""
        return self.met / self.settled_amount if self.settled_amount else None


def promises_due(user: User, *, first: date, last: date) -> QuerySet[Promise]:
    """The promises that were due on these days, both included, of the cases that one sees.

    Raises:
        PermissionDenied: he may see no cases at all.
    """
    found = Promise.objects.filter(due_on__gte=first, due_on__lte=last)
    return of_visible_cases(found, user).order_by()


def currencies_of(found: QuerySet[Promise]) -> list[str]:
    """Their currencies, that of most promises first."""
    counted = found.values("currency").annotate(number=Count("pk")).order_by("-number", "currency")
    return [row["currency"] for row in counted]


def quality_of(found: QuerySet[Promise], *, by: By | None = None) -> list[Quality]:
    """All of them together, or by group, the most promises first."""
    grouped = found.annotate(key=_KEYS[by] if by else Value("", CharField()))
    figures: QuerySet[Promise, Any] = grouped.values("key").annotate(**_FIGURES)
    rows = [Quality(**_filled(row)) for row in figures]
    some = [one for one in rows if one.made or one.cancelled]
    return sorted(some, key=lambda one: (-one.made, one.key))


def _filled(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value or ("" if name == "key" else 0) for name, value in row.items()}


# Where whoever took it was at home on the day on which it was made.
_HOME = (
    Membership.objects.filter(
        Q(until_on=None) | Q(until_on__gte=OuterRef("made_on")),
        user=OuterRef("made_by"),
        is_home=True,
        from_on__lte=OuterRef("made_on"),
    )
    .annotate(number=Cast("organisation", CharField()))
    .values("number")[:1]
)
_KEYS: dict[By, Any] = {
    "channel": F("channel"),
    "collector": Cast("made_by", CharField()),
    "team": Subquery(_HOME, output_field=CharField()),
    "treatment": F("treatment"),
    "strategy": F("strategy__version"),
}
_SETTLED = (PromiseState.KEPT, PromiseState.PARTLY, PromiseState.BROKEN)


def _figures() -> Iterator[tuple[str, Any]]:
    standing = ~Q(state=PromiseState.CANCELLED)
    yield "made", Count("pk", filter=standing)
    yield "amount_made", Sum("amount", filter=standing)
    for state in (*_SETTLED, PromiseState.OPEN):
        yield state.value, Count("pk", filter=Q(state=state))
        yield f"{state.value}_amount", Sum("amount", filter=Q(state=state))
    yield "cancelled", Count("pk", filter=Q(state=PromiseState.CANCELLED))
    yield "met", Sum("paid_since", filter=Q(state__in=_SETTLED))


_FIGURES = dict(_figures())
