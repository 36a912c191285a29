"""Whether a case's borrower must not be contacted, as lists of cases ask it."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from carrears.conduct.models import DoNotContact


def is_barred(on_the_day: Q) -> Exists:
    """That a bar of the borrower stands on the day that counts for a case."""
    bars = DoNotContact.objects.filter(on_the_day, party=OuterRef("party"), lifted_at=None)
    return Exists(bars)
