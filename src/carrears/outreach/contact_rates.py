"""How many contacts reached somebody, and the right person (RPC), by channel and by who made them.

Calls that were made and visits: of a message nobody knows who read it. A call that was told by a
bare result, without a code, reached the right party where it was a conversation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from carrears.access.models import User
from carrears.casework.part_of_house import of_loans
from carrears.casework.seeing import of_visible_cases
from carrears.outreach.models import Attempt, AttemptState, ContactOutcome
from carrears.outreach.outcome_codes import TALKED

_NOT_MADE = "not_dialled"
_MET = "met"
_COUNTS = ("made", "reached", "right_party", "promised")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRate:
    """Contacts of one group; ``agency`` and ``made_by`` say who made them."""

    channel: str
    agency: str
    made_by: int | None
    made: int = 0
    reached: int = 0
    right_party: int = 0
    promised: int = 0

    @property
    def contact_rate(self) -> float | None:
        """Reached somebody ÷ made (触达率); None of nothing."""
        return self.reached / self.made if self.made else None

    @property
    def right_party_rate(self) -> float | None:
        """Reached the right party ÷ made; None of nothing."""
        return self.right_party / self.made if self.made else None

    @property
    def promise_rate(self) -> float | None:
        """Gave a promise ÷ reached the right party; None of nothing."""
        return self.promised / self.right_party if self.right_party else None


def contact_rates(user: User, *, first: datetime, until: datetime) -> list[ContactRate]:
    """Contacts from ``first`` until before ``until``, of the cases that one sees.

    By channel and who made them, unordered.

    Raises:
        PermissionDenied: he may see no cases at all.
    """
    within = {"at__gte": first, "at__lt": until}
    calls = of_visible_cases(Attempt.objects.filter(**within), user)
    visits = of_visible_cases(ContactOutcome.objects.filter(**within), user)
    return _rates(calls, visits)


def rate_of_house(
    *, first: datetime, until: datetime, loans: Sequence[int] | None = None
) -> ContactRate:
    """All contacts of the house from ``first`` until before ``until``, its agencies' too.

    With ``loans`` those on their cases only.
    """
    within = {"at__gte": first, "at__lt": until}
    calls, visits = Attempt.objects.filter(**within), ContactOutcome.objects.filter(**within)
    if loans is not None:
        calls, visits = calls.filter(of_loans(loans)), visits.filter(of_loans(loans))
    rates = _rates(calls, visits)
    sums = {name: sum(getattr(one, name) for one in rates) for name in _COUNTS}
    return ContactRate(channel="", agency="", made_by=None, **sums)


def _rates(calls: QuerySet[Attempt], visits: QuerySet[ContactOutcome]) -> list[ContactRate]:
    sums = _no_sums()
    for row in (*_of_calls(calls), *_of_visits(visits)):
        kept = sums[row["channel"], row["agency"], row["by"]]
        for name in _COUNTS:
            kept[name] += row["right" if name == "right_party" else name]
    return [
        ContactRate(channel=channel, agency=agency, made_by=by, **counts)
        for (channel, agency, by), counts in sums.items()
    ]


def folded(rates: Iterable[ContactRate], *, whose: bool) -> list[ContactRate]:
    """The same by who made them, else by channel; the most contacts first."""
    sums = _no_sums()
    for one in rates:
        group = ("", one.agency, None if one.agency else one.made_by)
        kept = sums[group if whose else (one.channel, "", None)]
        for name in _COUNTS:
            kept[name] += getattr(one, name)
    found = [
        ContactRate(channel=channel, agency=agency, made_by=by, **counts)
        for (channel, agency, by), counts in sums.items()
    ]
    return sorted(found, key=lambda one: (-one.made, one.channel, one.agency, one.made_by or 0))


_Sums = dict[tuple[str, str, int | None], dict[str, int]]


def _no_sums() -> _Sums:
    return defaultdict(lambda: dict.fromkeys(_COUNTS, 0))


def _of_calls(attempts: QuerySet[Attempt]) -> Iterable[Mapping[str, Any]]:
    made = attempts.filter(channel="call", state=AttemptState.MADE).exclude(result=_NOT_MADE)
    bare = Q(outcome=None, result="conversation", answered_by="")
    return (
        made.order_by()
        .values("channel", "agency", by=F("made_by"))
        .annotate(
            made=Count("pk"),
            reached=Count("pk", filter=Q(result__in=TALKED)),
            right=Count("pk", filter=Q(outcome__right_party=True) | bare),
            promised=Count("pk", filter=Q(outcome__right_party=True, outcome__next_step="promise")),
        )
    )


def _of_visits(told: QuerySet[ContactOutcome]) -> Iterable[Mapping[str, Any]]:
    visits = told.filter(channel="visit", direction="out")
    right = Q(right_party=True)
    return (
        visits.order_by()
        .values("channel", "agency", by=F("told_by"))
        .annotate(
            made=Count("pk"),
            reached=Count("pk", filter=Q(result=_MET)),
            right=Count("pk", filter=right),
            promised=Count("pk", filter=right & Q(next_step="promise")),
        )
    )
