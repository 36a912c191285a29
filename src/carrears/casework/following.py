"""When to come back to a case (跟进日): set by the rule of what came of a contact, or by hand."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from carrears.casework.models import Case, CaseState


@transaction.atomic
def set_follow_up(case: Case, *, on: date | None) -> bool:
    """Come back to an open case on that day, or on none; returns whether that is another day.

    Part of the caller's transaction, who tells the timeline why.
    """
    held = Case.objects.select_for_update(no_key=True, of=("self",)).get(pk=case.pk)
    if held.state != CaseState.OPEN or held.follow_up_on == on:
        return False
    held.follow_up_on = case.follow_up_on = on
    held.save(update_fields=["follow_up_on"])
    return True
