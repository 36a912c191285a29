"""One case is before one person at a time: a lease by the database's own clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

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
# Whoever comes second finds the row of the first, and has it only once that is over. A page that
# was lost (a browser that broke down) is never left: of pages only the newest are kept.
_TAKE = """
insert into casework_showing as s (case_id, user_id, since, until, pages)
values (%(case)s, %(user)s, clock_timestamp(),
        clock_timestamp() + make_interval(secs => %(seconds)s), %(pages)s::uuid[])
on conflict (case_id) do update set user_id = excluded.user_id, until = excluded.until,
  since = case when s.user_id = excluded.user_id and s.until > excluded.since then s.since
               else excluded.since end,
  pages = case when s.user_id = excluded.user_id and s.until > excluded.since
            then (excluded.pages || array_remove(s.pages, excluded.pages[1]))[:20]
            else excluded.pages end,
  left_at = null
where s.until <= clock_timestamp()
   or s.user_id = excluded.user_id and (%(renew)s or s.left_at is not null)
returning 1
"""
_LEAVE = """
update casework_showing s set pages = array_remove(s.pages, %(page)s),
  until = case when array_remove(s.pages, %(page)s) = '{}' and not %(goes_on)s
            then least(s.until, clock_timestamp() + make_interval(secs => %(seconds)s))
            else s.until end,
  left_at = case when array_remove(s.pages, %(page)s) = '{}' and not %(goes_on)s
              then clock_timestamp() end
where s.case_id = %(case)s and s.user_id = %(user)s and s.until > clock_timestamp()
"""


def show(case: Case, user: User, *, page: UUID | None = None) -> Holder | None:
    """Put a case before somebody, or keep it there; who else has it, where it is not free.

    ``page`` is the one on which he sees it, where it tells when it is left (``leave``).
    """
    taken = take(case.pk, user, renew=True, page=page)
    return None if taken else holder_of(case.pk, but=user)


def leave(case: Case, user: User, *, page: UUID, goes_on: bool = False) -> None:
    """Give a case back soon, as its last page before somebody was left; what is another's stays.

    Not at once: a page that is loaded anew, or gone back to, has it again before another does.
    Who ``goes_on`` with it, on a page that does not renew it, has it until its time is over.
    """
    seconds = load_next_case_terms(Path(settings.CARREARS_HOME)).leave_seconds
    values: dict[str, Any] = {"case": case.pk, "user": user.pk, "page": page, "seconds": seconds}
    values["goes_on"] = goes_on
    with connection.cursor() as cursor:
        cursor.execute(_LEAVE, values)


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


def take(case_id: int, user: User, *, renew: bool, page: UUID | None = None) -> bool:
    """Have a free case, or one that he has just left; with ``renew`` also one that he has."""
    seconds = load_next_case_terms(Path(settings.CARREARS_HOME)).lease_seconds
    values: dict[str, Any] = {
        "case": case_id,
        "user": user.pk,
        "seconds": seconds,
        "renew": renew,
        "pages": [] if page is None else [page],
    }
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
