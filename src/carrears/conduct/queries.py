"""Read the verdicts that were kept, however many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Max, QuerySet

from carrears.clock import at_local
from carrears.conduct.models import VerdictRecord
from carrears.conduct.stored import Kept

_CHUNK = 2_000
_COLUMNS = (
    "id",
    "pack",
    "pack_version",
    "gate_action",
    "expect",
    "findings",
    "next_allowed_at",
    "facts",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptVerdicts:
    """The verdicts on attempts from ``first`` to ``last``, days of the lender's clock.

    Open ends take all; ``jurisdiction`` (``CN``) takes only those of one law.
    """

    first: date | None = None
    last: date | None = None
    jurisdiction: str | None = None

    def count(self) -> int:
        """How many there are now."""
        return self._chosen().count()

    def read(self) -> Iterator[Kept]:
        """Each in the order in which they were given, up to the last one of this moment.

        They are fetched by their keys, some thousand at a time: memory does not grow, and no
        transaction stays open while they are judged.
        """
        chosen = self._chosen().order_by("pk")
        end = chosen.aggregate(last=Max("pk"))["last"]
        after = 0
        while end is not None and after < end:
            rows = list(chosen.filter(pk__gt=after, pk__lte=end).values(*_COLUMNS)[:_CHUNK])
            if not rows:
                return
            yield from map(_kept, rows)
            after = rows[-1]["id"]

    def _chosen(self) -> QuerySet[VerdictRecord]:
        chosen = VerdictRecord.objects.all()
        if self.first is not None:
            chosen = chosen.filter(attempt_at__gte=_begin(self.first))
        if self.last is not None:
            chosen = chosen.filter(attempt_at__lt=_begin(self.last + timedelta(days=1)))
        if self.jurisdiction is not None:
            chosen = chosen.filter(pack=self.jurisdiction.lower())
        return chosen


def _begin(day: date) -> datetime:
    return at_local(day, time.min, settings.TIME_ZONE)


def _kept(row: dict[str, Any]) -> Kept:
    return Kept(asked=row.pop("facts"), **row)
