"""Take cases back from collectors by rule (收回): every night, or when a team lead says so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from carrears.access.models import User
from carrears.casework.assigning import have_assigning
from carrears.casework.models import Case, CaseState, Move, Way
from carrears.casework.move_plans import Going
from carrears.casework.moves import carry_out, record_move
from carrears.casework.pulling_plans import Taken, plan_pull_back
from carrears.casework.services import CaseworkError
from carrears.clock import now
from carrears.database.wall import as_house


@as_house()
@transaction.atomic
def pull_back(
    *, at: datetime | None = None, by: User | None = None, owners: Collection[int] | None = None
) -> int:
    """Take what the rules take now, from some collectors or from all; returns how many cases.

    What one rule takes from one collector is one move, which a team lead may take back. ``at`` is
    when it happens, by the rules and absences of then (``plan_pull_back``); else now, while a
    replayed book counts up to its own moment.

    Raises:
        CaseworkError: ``by`` leads no desks.
    """
    if by is not None and not by.has_perm("casework.lead_desk"):
        raise CaseworkError("only a team lead moves cases")
    judged_at, at = at, at or now()
    have_assigning()
    worked = Case.objects.filter(state=CaseState.OPEN, assignee__isnull=False)
    if not worked.exists():
        return 0
    lots: dict[tuple[str, int], list[Taken]] = defaultdict(list)
    for one in plan_pull_back(at=judged_at, owners=owners).taken:
        lots[one.rule.name, one.owner].append(one)
    return sum(_take(lot, at=at, by=by) for lot in lots.values())


def _take(lot: list[Taken], *, at: datetime, by: User | None) -> int:
    rule, owner = lot[0].rule, lot[0].owner
    way = Way.POOL if rule.to == "pool" else Way.RULES
    move = Move.objects.create(way=way, rule=rule.name, reason="", by=by, at=at)
    going = [Going(one.found, one.after, one.given_by) for one in lot]
    many = carry_out(move, going, by=by, at=at)
    told = {
        "move": move.pk,
        "way": move.way,
        "rule": rule.name,
        "from": User.objects.get(pk=owner).get_username(),
        "cases": many,
        "people": len({one.found.case.debtor for one in lot}),
    }
    record_move("cases.pulled_back", move, told, by=by, at=at)
    return many
