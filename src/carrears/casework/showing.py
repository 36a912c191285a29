"""One case is before one person at a time: a lease by the database's own clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Func

from carrears.access.models import User
from carrears.casework.models import Case, Showing
from carrears.casework.next_case_terms import load_next_case_terms
from carrears.casework.services import CaseworkError, tell


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a case, since when and until when unless he goes on with it."""

    user: User
    since: datetime
    until: datetime


class HeldByOtherError(CaseworkError):
    """Another person has this case before him; nothing was kept."""

    def __init__(self, holder: Holder) -> None:
        super().__init__("another person has this case before him")
        self.holder = holder


IN_THIS_MOMENT = "somebody else took the case in this very moment"
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
    return None if take(case.pk, user, renew=True) else holder_of(case.pk, but=user)


def holder_of(case_id: int, *, but: User) -> Holder | None:
    """Who else than ``but`` has a case before him now."""
    found = Showing.objects.select_related("user").exclude(user=but)
    lives = found.filter(case=case_id, until__gt=Func(function="clock_timestamp")).first()
    return None if lives is None else Holder(lives.user, lives.since, lives.until)


def claim(case_id: int, user: User) -> None:
    """Have a case for what one is about to write on it; what one writes renews the lease.

    Raises:
        HeldByOtherError: another person has it.
    """
    if take(case_id, user, renew=True):
        return
    if (holder := holder_of(case_id, but=user)) is not None:
        raise HeldByOtherError(holder)


def refuse_held(case_id: int, user: User) -> None:
    """The same for a program that acts in somebody's name: it sits before no page, and has none.

    Raises:
        HeldByOtherError: another person has it.
    """
    if (holder := holder_of(case_id, but=user)) is not None:
        raise HeldByOtherError(holder)


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
        CaseworkError: by somebody who leads no desks, or another lead takes it in this moment.
    """
    if not by.has_perm("casework.lead_desk"):
        raise CaseworkError("only a team lead takes a case over")
    if take(case.pk, by, renew=True):
        return
    locked = Showing.objects.select_for_update(of=("self",)).select_related("user")
    held = locked.filter(case=case).first()
    Showing.objects.filter(case=case).delete()
    if not take(case.pk, by, renew=True):
        raise CaseworkError(IN_THIS_MOMENT)
    if held is not None and held.user_id != by.pk:
        tell(case, "taken_over", at=at, by=by, data={"from": held.user.get_username()})
