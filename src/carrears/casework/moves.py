"""Move cases by hand, many at once, and take a move back; each case's timeline tells it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from carrears.access.models import User
from carrears.access.organisations import access_day
from carrears.casework.allocation_rules import load_allocation_rules
from carrears.casework.assigning import give, have_assigning
from carrears.casework.leading import led_by
from carrears.casework.models import Case, Move, MovedCase, Way
from carrears.casework.move_plans import Going, MovePlan, MoveWanted, plan_move
from carrears.casework.services import CaseworkError, Line, tell_many
from carrears.database.bulk import insert_rows
from carrears.database.wall import as_house
from carrears.evidence.services import record
from carrears.notices.models import NoticeKind
from carrears.notices.services import Told, notify
from carrears.parties.words import commit_words, words_of


@as_house()
@transaction.atomic
def move_cases(
    wanted: MoveWanted, *, reason: str, seen: str, by: User, at: datetime
) -> tuple[Move, MovePlan]:
    """Move what the plan says; ``seen`` is the digest of the plan that was looked at.

    Raises:
        CaseworkError: no reason, nobody to move to, nothing to move, by somebody who leads no
            desks, or a plan that is not the one that was looked at.
    """
    _refuse_move(wanted, reason=reason, by=by)
    have_assigning()
    plan = plan_move(wanted, by=by)
    if plan.digest != seen:
        raise CaseworkError("it has changed meanwhile; look again")
    if not plan.going:
        raise CaseworkError("nothing would be moved")
    reason = reason.strip()[:120]
    move = Move.objects.create(way=wanted.way, to=wanted.to, by=by, at=at)
    carry_out(move, plan.going, reason=reason, by=by, at=at)
    told = {
        "move": move.pk,
        "way": move.way,
        "to": _name(wanted.to),
        "cases": len(plan.going),
        "people": plan.people,
    }
    told |= commit_words(moved_key(move), {"reason": reason}, party=_only_one(plan.going))
    record_move("cases.moved", move, told, by=by, at=at)
    return move, plan


def carry_out(
    move: Move, going: Sequence[Going], *, reason: str = "", by: User | None, at: datetime
) -> int:
    """Let the cases of a move change hands, tell each timeline and both sides; returns how many.

    The caller has had ``have_assigning``. What ended or changed hands meanwhile stays.
    """
    kept = give([(one.found.case.pk, one.found.before, one.after) for one in going])
    going = [one for one in going if one.found.case.pk in kept]
    rows = [
        MovedCase(
            move=move,
            case_id=one.found.case.pk,
            before_id=one.found.before,
            after_id=one.after,
        )
        for one in going
    ]
    insert_rows(rows)
    _tell_moved(move, going, reason=reason, by=by, at=at)
    key = f"move:{move.pk}"
    got = [(one.after, one.found.loan_no) for one in going]
    _notify_ends(NoticeKind.MOVED, key, got, by=by, at=at)
    lost = [(one.found.before, one.found.loan_no) for one in going]
    _notify_ends(NoticeKind.TAKEN, f"{key}:taken", lost, by=by, at=at)
    return len(going)


def _refuse_move(wanted: MoveWanted, *, reason: str, by: User) -> None:
    """Look at what can be known before anything is read.

    Raises:
        CaseworkError: as ``move_cases``.
    """
    if not by.has_perm("casework.lead_desk"):
        raise CaseworkError("only a team lead moves cases")
    if not reason.strip():
        raise CaseworkError("a reason is needed")
    if (wanted.way == Way.PERSON) != (wanted.to is not None):
        raise CaseworkError("say to whom the cases go")


def moves_seen(user: User) -> QuerySet[Move]:
    """The moves by people of the reader's part of the house, or by rule from them."""
    led = led_by(user)
    taken = MovedCase.objects.filter(move=OuterRef("pk"), before__in=led)
    return Move.objects.filter(Q(by__in=led | {user.pk}) | Q(Exists(taken), by=None))


def undo_until(move: Move) -> datetime:
    """Until when a move can be taken back."""
    day = access_day(move.at)
    rules = load_allocation_rules(Path(settings.CARREARS_HOME), on=day)
    return move.at + timedelta(minutes=rules.undo_minutes)


@as_house()
@transaction.atomic
def undo_move(move: Move, *, by: User, at: datetime) -> tuple[int, int]:
    """Give back to whoever had it what is still with whom the move gave it to.

    Returns:
        How many cases went back, and how many stay: ended, moved on, or placed since, or their
        owner has left.

    Raises:
        CaseworkError: it was taken back before, it is too late, or by somebody who leads no desks.
    """
    if not by.has_perm("casework.lead_desk"):
        raise CaseworkError("only a team lead moves cases")
    have_assigning()
    found = Move.objects.select_for_update(of=("self",)).get(pk=move.pk)
    if found.undone_at is not None:
        raise CaseworkError("this move was taken back before")
    if at > undo_until(found):
        raise CaseworkError("it is too late to take this move back")
    rows = list(found.cases.exclude(before__is_active=False).select_related("case"))
    back = give([(one.case_id, one.after_id, one.before_id) for one in rows])
    found.undone_at, found.undone_by = at, by
    found.save(update_fields=["undone_at", "undone_by"])
    names = _names(pk for one in rows for pk in (one.before_id, one.after_id))
    tell_many(
        Line(
            case=one.case,
            kind="assigned",
            at=at,
            by=by,
            key=f"move:{found.pk}:undone:{one.case_id}",
            data=_way(names, one.after_id, one.before_id) | {"undo_of": found.pk},
        )
        for one in rows
        if one.case_id in back
    )
    got = [(one.before_id, one.case.loan_no) for one in rows if one.case_id in back]
    _notify_ends(NoticeKind.MOVED, f"move:{found.pk}:undone", got, by=by, at=at)
    lost = [(one.after_id, one.case.loan_no) for one in rows if one.case_id in back]
    _notify_ends(NoticeKind.TAKEN, f"move:{found.pk}:undone:taken", lost, by=by, at=at)
    many = found.cases.count()
    told = {"move": found.pk, "cases": len(back), "stay": many - len(back)}
    record_move("cases.moved_back", found, told, by=by, at=at)
    return len(back), many - len(back)


def _tell_moved(
    move: Move, going: Sequence[Going], *, reason: str, by: User | None, at: datetime
) -> None:
    why = {"pulled_by": move.rule} if move.rule else {"text": reason}
    names = _names(pk for one in going for pk in (one.found.before, one.after))
    numbers = [one.found.case.pk for one in going]
    people = dict(Case.objects.filter(pk__in=numbers).values_list("pk", "party_id"))
    tell_many(
        Line(
            case=Case(
                pk=one.found.case.pk,
                loan_no=one.found.loan_no,
                party_id=people[one.found.case.pk],
            ),
            kind="assigned",
            at=at,
            by=by,
            key=f"move:{move.pk}:{one.found.case.pk}",
            data=_way(names, one.found.before, one.after)
            | ({"rule": one.rule} if one.rule else {})
            | why
            | {"move": move.pk},
        )
        for one in going
    )


def _notify_ends(
    kind: NoticeKind,
    key: str,
    moved: Sequence[tuple[int | None, str]],
    *,
    by: User | None,
    at: datetime,
) -> None:
    """Tell whoever got cases, or has them no more, how many, and of a single one which."""
    loans: dict[int, list[str]] = {}
    for user, loan_no in moved:
        if user is not None:
            loans.setdefault(user, []).append(loan_no)
    told = [
        Told(
            user=user,
            kind=kind,
            key=key,
            loan_no=found[0] if len(found) == 1 else "",
            many=len(found),
        )
        for user, found in loans.items()
    ]
    notify(told, at=at, by=by)


def _way(names: dict[int, str], before: int | None, after: int | None) -> dict[str, Any]:
    """From whom and to whom; nobody is left out."""
    ends = {"from": before, "to": after}
    return {end: names[pk] for end, pk in ends.items() if pk is not None}


def _names(pks: Iterable[int | None]) -> dict[int, str]:
    wanted = {pk for pk in pks if pk is not None}
    return dict(User.objects.filter(pk__in=wanted).values_list("pk", "username"))


def _name(user: User | None) -> str | None:
    return user.get_username() if user else None


def moved_key(move: Move) -> str:
    """The key of the evidence of a move, beside which its reason lies."""
    return f"casework.cases.moved:{move.pk}"


def reasons_of(moves: Iterable[Move]) -> dict[int, str]:
    """Why they were made by hand, by their numbers."""
    found = list(moves)
    said = words_of(moved_key(one) for one in found)
    return {one.pk: said.get(moved_key(one), one.reason) for one in found}


def _only_one(going: Sequence[Going]) -> UUID | None:
    """Whom a move is about, where all its cases are of one borrower."""
    numbers = [one.found.case.pk for one in going]
    people = set(Case.objects.filter(pk__in=numbers).values_list("party_id", flat=True))
    return people.pop() if len(people) == 1 else None


def record_move(
    kind: str, move: Move, payload: dict[str, Any], *, by: User | None, at: datetime
) -> None:
    """Enter a move as a whole in the evidence log."""
    record(
        f"casework.{kind}",
        subject=f"move:{move.pk}",
        payload=payload,
        actor=by.get_username() if by else "",
        key=f"casework.{kind}:{move.pk}",
        occurred_at=at,
    )
