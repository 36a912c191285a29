"""How much waits for a reader, by the page where it waits."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from carrears.access.models import User
from carrears.casework.pool import pool_of
from carrears.conduct.complaint_queries import raised_to
from carrears.workbench.queries.calls import calls_waiting
from carrears.workbench.queries.notes import notes_waiting
from carrears.workbench.queries.overrides import overrides_waiting
from carrears.workbench.queries.proposals import proposals_waiting


def waiting_for(user: AbstractBaseUser | AnonymousUser | None) -> Mapping[str, int]:
    """What waits, by view: cases that nobody works, calls not told of, complaints raised.

    Nothing for somebody who may not look.
    """
    if not isinstance(user, User) or user.pk is None:
        return {}
    waiting = {}
    if user.has_perm("casework.lead_desk"):
        waiting["workbench:pool"] = pool_of(user).count()
    if user.has_perm("outreach.view_attempt"):
        waiting["workbench:open-calls"] = calls_waiting(user)
    if user.has_perm("conduct.view_complaint"):
        # Whoever reads verdicts finds complaints inside *Compliance*.
        place = "compliance" if user.has_perm("conduct.view_verdictrecord") else "complaints"
        waiting[f"workbench:{place}"] = raised_to(user).count()
    if user.has_perm("outreach.ask_override"):
        waiting["workbench:overrides"] = overrides_waiting(user)
    if user.has_perm("conduct.review_flaggednote"):
        waiting["workbench:notes"] = notes_waiting(user)
    if user.has_perm("access.confirm_change"):
        waiting["workbench:people"] = proposals_waiting(user)
    return waiting
