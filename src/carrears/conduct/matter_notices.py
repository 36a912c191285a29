"""Tell staff of complaints and disputes that come to them, or whose day nears or has passed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from carrears.access.models import User
from carrears.casework.seeing import sees_loan
from carrears.clock import now
from carrears.conduct.complaint_models import Complaint
from carrears.conduct.dispute_models import Dispute
from carrears.database.wall import as_house
from carrears.notices.models import Notice, NoticeKind
from carrears.notices.services import Told, notify

Matter = Complaint | Dispute


def tell_assigned(matter: Matter, *, by: User | None) -> None:
    """Whoever deals with it now is told; who did before need not look any more."""
    come, _ = _kinds(matter)
    _stop(matter, come)
    if matter.assigned_to_id is not None:
        _tell(matter, [matter.assigned_to_id], come, f"to:{now().isoformat()}", by=by)


def tell_raised(matter: Matter, due_on: date, *, day: date) -> None:
    """Who deals with it is told that its day nears or has passed, and to whom it was raised.

    Of the latter those who may see it; each further level is told anew.
    """
    _, due = _kinds(matter)
    _stop(matter, due)
    told = {one.pk for one in _people(matter)}
    if matter.assigned_to_id is not None:
        told.add(matter.assigned_to_id)
    key = f"due:{due_on.isoformat()}:{matter.raised_level}"
    _tell(matter, sorted(told), due, key, by=None, late=due_on < day)


def keep_after_step(matter: Matter, *, due_on: date | None) -> dict[str, str]:
    """Keep what a step made of it, whose next one is due then; what its line says of that."""
    has_moved = matter.due_on != due_on
    matter.due_on = due_on
    if has_moved:  # the step that it was raised for was taken
        matter.raised_level, matter.raised_to = 0, []
    matter.save()
    if has_moved or matter.closed_at is not None:
        _stop_telling(matter)
    return {"due_on": due_on.isoformat()} if due_on is not None else {}


def _stop_telling(matter: Matter) -> None:
    """Nobody need look for its day any more; nor at all, once it is over."""
    come, due = _kinds(matter)
    _stop(matter, due, *((come,) if matter.closed_at is not None else ()))


def _kinds(matter: Matter) -> tuple[NoticeKind, NoticeKind]:
    if isinstance(matter, Complaint):
        return NoticeKind.COMPLAINT, NoticeKind.COMPLAINT_DUE
    return NoticeKind.DISPUTE, NoticeKind.DISPUTE_DUE


@as_house()
def _people(matter: Matter) -> list[User]:
    """Those of the roles to which it was raised, as far as they see its loan."""
    people = User.objects.filter(is_active=True, groups__name__in=matter.raised_to).distinct()
    return [one for one in people.order_by("pk") if sees_loan(one, matter.loan_no)]


def _tell(
    matter: Matter,
    users: Iterable[int],
    kind: NoticeKind,
    key: str,
    *,
    by: User | None,
    **data: object,
) -> None:
    told = {"pk": matter.pk} | data
    name = f"{kind.value}:{matter.pk}:{key}"
    notify(
        [Told(user=user, kind=kind, key=name, loan_no=matter.loan_no, data=told) for user in users],
        at=now(),
        by=by,
    )


@as_house()
def _stop(matter: Matter, *kinds: NoticeKind) -> None:
    waiting = Notice.objects.filter(kind__in=kinds, data__pk=matter.pk, read_at=None)
    waiting.update(read_at=now())
