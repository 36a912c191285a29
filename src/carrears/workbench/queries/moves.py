"""Cases moved by hand: what a move would do, and the moves of late."""

from __future__ import annotations

from django.db.models import Count
from django.utils.translation import gettext

from carrears.access.models import User
from carrears.casework.leading import led_by
from carrears.casework.models import Move
from carrears.casework.move_plans import MovePlan
from carrears.casework.moves import moves_seen, reasons_of, undo_until
from carrears.clock import now
from carrears.workbench.queries.pull_back import pull_back_title
from carrears.workbench.view_models.moves import MovePreview, MoveRow, PathRow, StaysRow

_SHOWN_LOANS, _SHOWN_MOVES = 5, 20


def led_collectors(user: User) -> dict[int, User]:
    """The collectors of the reader's part of the house, by their names."""
    found = User.objects.filter(groups__name="collector", is_active=True, pk__in=led_by(user))
    return {one.pk: one for one in found.order_by("username")}


def preview_of(plan: MovePlan) -> MovePreview:
    """A plan in names and numbers."""
    cases: dict[tuple[int | None, int | None], int] = {}
    people: dict[tuple[int | None, int | None], set[str]] = {}
    for one in plan.going:
        path = (one.found.before, one.after)
        cases[path] = cases.get(path, 0) + 1
        people.setdefault(path, set()).add(one.found.case.debtor)
    ends = {pk for path in cases for pk in path if pk is not None}
    names: dict[int | None, str] = {one.pk: str(one) for one in User.objects.filter(pk__in=ends)}
    paths = [
        PathRow(
            before=names.get(path[0], ""),
            after=names.get(path[1], ""),
            cases=many,
            people=len(people[path]),
        )
        for path, many in cases.items()
    ]
    return MovePreview(
        cases=len(plan.going),
        people=plan.people,
        paths=tuple(sorted(paths, key=lambda one: (one.before, one.after))),
        stays=tuple(
            StaysRow(why=why, cases=len(loans), loan_nos=tuple(sorted(loans)[:_SHOWN_LOANS]))
            for why, loans in plan.stays.items()
        ),
        seen=plan.digest,
    )


def move_rows(user: User) -> tuple[MoveRow, ...]:
    """The last moves in the reader's part of the house, newest first."""
    found = moves_seen(user).annotate(many=Count("cases"))
    found = found.order_by("-pk")  # what is counted forgets the order of its model
    rows = list(found.select_related("by", "to", "undone_by")[:_SHOWN_MOVES])
    reasons = reasons_of(rows)
    return tuple(_move_row(one, one.many, reasons[one.pk]) for one in rows)


def _move_row(one: Move, many: int, reason: str) -> MoveRow:
    until = undo_until(one)
    return MoveRow(
        pk=one.pk,
        at=one.at,
        by=str(one.by or "") or (gettext("a rule") if one.rule else ""),
        way=one.way,
        target=str(one.to or ""),
        reason=pull_back_title(one.rule) if one.rule else reason,
        cases=many,
        undo_until=until if one.undone_at is None and until >= now() else None,
        undone_by=str(one.undone_by or ""),
        undone_at=one.undone_at,
    )
