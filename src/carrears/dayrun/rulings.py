"""People rule about somebody's treatment: the ruling is placed, or ended, and holds at once.

The open cases are judged anew as an event would have them judged, by the statement of the night;
what was planned for them and fits no more is cancelled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from carrears.access.models import User
from carrears.casework.intake import CASE_COLUMNS, take_in_incoming
from carrears.casework.models import Case, CaseState, Ruling, RulingKind
from carrears.casework.planning import cancel_changed
from carrears.casework.rulings import overruling, put_as_wanted
from carrears.casework.services import Line, tell_many
from carrears.clock import business_moment
from carrears.database.session import run_kept
from carrears.database.wall import as_house
from carrears.dayrun.case_states import prepare_session
from carrears.dayrun.questions import load_questions
from carrears.dayrun.standing import find_loans, stripes_of, take_turns
from carrears.evidence.services import record
from carrears.parties.models import LoanParty, Party, Role
from carrears.strategy.catalogue import forces

OWES = (Role.OBLIGOR, Role.CO_OBLIGOR, Role.GUARANTOR)
COLUMNS = [*CASE_COLUMNS, "closed_reason", "strategy_id"]


class RulingError(ValueError):
    """The ruling cannot be made; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RulingWanted:
    """A ruling to place; ``key`` makes a second one harmless. See ``Ruling`` for the members."""

    party: Party
    kind: RulingKind
    cause: str
    key: str
    at: datetime
    by: User | None = None
    loan_no: str = ""
    ceiling: int | None = None
    treatment: str = ""
    decision: dict[str, Any] = field(default_factory=dict)
    until_on: date | None = None


@transaction.atomic
def place_ruling(wanted: RulingWanted) -> Ruling:
    """Let a ruling stand from now on; the person's open cases follow it at once.

    Raises:
        RulingError: a treatment that no catalogue knows, or an end that the book has passed.
    """
    _refuse(wanted)
    loan_nos = loans_of(wanted.party)
    take_turn(loan_nos)
    ruling = Ruling.objects.create(
        party=wanted.party,
        kind=wanted.kind,
        loan_no=wanted.loan_no,
        ceiling=wanted.ceiling,
        treatment=wanted.treatment,
        decision=wanted.decision,
        until_on=wanted.until_on,
        cause=wanted.cause,
        placed_by=wanted.by,
        placed_at=wanted.at,
    )
    _tell(ruling, "placed", key=wanted.key, at=wanted.at, by=wanted.by)
    judge_again(loan_nos, at=wanted.at)
    return ruling


@transaction.atomic
def end_ruling(ruling: Ruling, *, key: str, by: User | None, at: datetime) -> None:
    """Let the strategy decide again, as far as no other ruling stands; ending twice ends once."""
    loan_nos = loans_of(ruling.party)
    take_turn(loan_nos)
    standing = Ruling.objects.select_for_update().get(pk=ruling.pk)
    if standing.ended_at is not None:
        return
    standing.ended_at, standing.ended_by = at, by
    standing.save(update_fields=["ended_at", "ended_by"])
    _tell(standing, "ended", key=key, at=at, by=by)
    judge_again(loan_nos, at=at)


def _refuse(wanted: RulingWanted) -> None:
    if wanted.kind == RulingKind.DECIDED and wanted.treatment not in forces():
        raise RulingError(f"{wanted.treatment!r} is no treatment")
    reached = [case.as_of for case in _cases(loans_of(wanted.party))]
    if wanted.until_on is not None and reached and wanted.until_on < max(reached):
        raise RulingError("a ruling cannot end before the day that the book has reached")


def loans_of(party: Party) -> list[str]:
    """The loans that a person owes or answers for: what is ruled for him holds for these."""
    links = LoanParty.objects.filter(party=party, role__in=OWES)
    return sorted(set(links.values_list("loan_no", flat=True)))


def judge_again(loan_nos: Sequence[str], *, at: datetime) -> None:
    """Lay the rulings that stand now over what the strategy wanted of these open cases.

    The caller has the turn of the loans, so that neither night nor event comes between.
    """
    with as_house():
        days = Case.objects.filter(loan_no__in=loan_nos, state=CaseState.OPEN)
        for as_of in sorted(set(days.values_list("as_of", flat=True))):
            prepare_session(load_questions())
            put_as_wanted(COLUMNS, loan_nos=list(loan_nos), as_of=as_of)
            run_kept([overruling(as_of=as_of)])
            moment = business_moment(as_of, settings.TIME_ZONE, moment=at)
            take_in_incoming(as_of=as_of, at=moment, strategy_id=None)
            cancel_changed()


def take_turn(loan_nos: Sequence[str]) -> None:
    """Have the turn of these loans until the transaction ends; see ``standing.take_turns``."""
    with as_house():
        take_turns(loan_nos, stripes_of(find_loans(loan_nos)).values())


def _cases(loan_nos: Sequence[str]) -> list[Case]:
    return list(
        Case.objects.filter(loan_no__in=loan_nos).exclude(state=CaseState.CLOSED).order_by("pk")
    )


def _tell(ruling: Ruling, what: str, *, key: str, at: datetime, by: User | None) -> None:
    """The evidence of a ruling, and a line of each case that it holds for."""
    until = {"until_on": ruling.until_on.isoformat()} if ruling.until_on else {}
    told = {"what": what, "ruling": ruling.pk, "kind": ruling.kind} | until
    if ruling.treatment:
        told["treatment"] = ruling.treatment
    record(
        f"ruling.{what}",
        subject=ruling.loan_no or str(ruling.party_id),
        payload=told | {"party": str(ruling.party_id), "cause": ruling.cause},
        actor=by.get_username() if by else "",
        key=f"ruling:{key}",
        occurred_at=at,
    )
    with as_house():
        tell_many(
            Line(
                case=case,
                kind="ruling",
                at=business_moment(case.as_of, settings.TIME_ZONE, moment=at),
                by=by,
                key=f"ruling:{key}:{case.pk}",
                data=told,
            )
            for case in _cases(loans_of(ruling.party))
        )
