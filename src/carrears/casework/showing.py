"""One case is before one person at a time: a lease by the database's own clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from carrears.access.models import User
from carrears.casework.models import Case, Showing
from carrears.casework.next_case_terms import load_next_case_terms
from carrears.casework.services import CaseworkError, tell


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a case, since when."""

    user: User
    since: datetime


# Whoever comes second finds the row of the first, and has it only once that is over.
_TAKE = """
insert into casework_showing as s (case_id, user_id, since, until)
values (%(case)s, %(user)s, clock_timestamp(),
        clock_timestamp() + make_interval(secs => %(seconds)s))
on conflict (case_id) do update set user_id = excluded.user_id, until = excluded.until,
  since = case when s.user_id = excluded.user_id and s.until > excluded.since then s.since
               else excluded.since end
where s.until <= clock_timestamp() or (s.user_id = excluded.user_id and %(renew)s)
returning 1
"""


def show(case: Case, user: User) -> Holder | None:
    """Put a case before somebody, or keep it there; who else has it, where it is not free."""
    if take(case.pk, user, renew=True):
        return None
    found = Showing.objects.select_related("user").filter(case=case).first()
    if found is None or found.user_id == user.pk:
        return None  # given back in this very moment
    return Holder(found.user, found.since)


def take(case_id: int, user: User, *, renew: bool) -> bool:
    """Have a free case; with ``renew`` also one that he has already."""
    seconds = load_next_case_terms(Path(settings.CARREARS_HOME)).lease_seconds
    values = {"case": case_id, "user": user.pk, "seconds": seconds, "renew": renew}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        return cursor.fetchone() is not None


@transaction.atomic
def take_over(case: Case, *, by: User, at: datetime) -> None:
    """A team lead takes the case from whoever has it before him; the timeline says so.

    Raises:
        CaseworkError: by somebody who leads no desks.
    """
    if not by.has_perm("casework.lead_desk"):
        raise CaseworkError("only a team lead takes a case over")
    if take(case.pk, by, renew=True):
        return
    held = Showing.objects.select_for_update(of=("self",)).select_related("user").get(case=case)
    Showing.objects.filter(case=case).delete()
    take(case.pk, by, renew=True)
    tell(case, "taken_over", at=at, by=by, data={"from": held.user.get_username()})


def give_back(case: Case, user: User) -> None:
    """He has it before him no more."""
    Showing.objects.filter(case=case, user=user).delete()
