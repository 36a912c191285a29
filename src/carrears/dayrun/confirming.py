"""Of who is out of automated decisions a person confirms each new treatment, or leaves what is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField
from django.db.models.fields.json import KeyTextTransform as TextOf
from django.db.models.fields.json import KeyTransform as Part
from django.db.models.functions import Cast

from carrears.access.models import User
from carrears.casework.intake import take_in_incoming
from carrears.casework.models import Case, CaseState, Ruling, RulingKind
from carrears.casework.planning import cancel_changed
from carrears.casework.rulings import put_as_wanted
from carrears.casework.services import Line, tell_many
from carrears.clock import business_moment
from carrears.database.wall import as_house
from carrears.dayrun.case_states import prepare_session
from carrears.dayrun.questions import load_questions
from carrears.dayrun.rulings import COLUMNS, OWES, RulingError, take_turn
from carrears.parties.models import LoanParty

_RULED = Part("ruled", "decision")


def _text(name: str, part: Part) -> Cast:
    # Cast, as Django would take what a key's text is compared with for JSON.
    return Cast(TextOf(name, part), TextField())


def to_confirm(*, cases: QuerySet[Case] | None = None) -> QuerySet[Case]:
    """Open cases whose strategy wants what nobody has confirmed yet, as ``wanted``.

    What was declined waits no more, until the strategy wants something else.
    """
    standing = Ruling.objects.filter(kind=RulingKind.CONFIRM, ended_at=None)
    theirs = LoanParty.objects.filter(
        Exists(standing.filter(party=OuterRef("party"))), role__in=OWES
    ).values("loan_no")
    found = Case.objects.all() if cases is None else cases
    return (
        found.filter(state=CaseState.OPEN, loan_no__in=theirs)
        .annotate(
            why=_text("kind", _RULED),
            wanted=_text("treatment", Part("wanted", _RULED)),
            declined=_text("declined", _RULED),
        )
        .filter(Q(declined=None) | ~Q(declined=F("wanted")), why=RulingKind.CONFIRM)
        .order_by("-priority", "pk")
    )


@transaction.atomic
def answer(
    case: Case, *, wanted: str, accepted: bool, text: str, key: str, by: User, at: datetime
) -> None:
    """Confirm what the strategy wants of a case, or leave the case with what it has.

    Raises:
        RulingError: nothing waits, or by now the strategy wants something else; no reason where
            it is declined.
    """
    take_turn([case.loan_no])
    if case.events.filter(key=f"ruling:{key}").exists():
        return
    found = to_confirm().filter(pk=case.pk).first()
    if found is None or found.wanted != wanted:  # type: ignore[attr-defined]
        raise RulingError("the strategy wants something else by now; look at it again")
    if not accepted and not text.strip():
        raise RulingError("declining needs words")
    moment = business_moment(found.as_of, settings.TIME_ZONE, moment=at)
    told: dict[str, Any] = {
        "what": "confirmed" if accepted else "declined",
        "kind": RulingKind.CONFIRM,
        "ruling": found.decision["ruled"]["ruling"],
        "treatment": wanted,
    }
    if text.strip():
        told["text"] = text.strip()
    line = Line(case=found, kind="ruling", at=moment, by=by, key=f"ruling:{key}", data=told)
    with as_house():
        tell_many([line])
        if accepted:
            _take(found, at=moment)
        else:
            _decline(found, wanted)


def _take(case: Case, *, at: datetime) -> None:
    """The case comes to what the strategy wanted of it."""
    prepare_session(load_questions())
    put_as_wanted(COLUMNS, loan_nos=[case.loan_no], as_of=case.as_of)
    take_in_incoming(as_of=case.as_of, at=at, strategy_id=None)
    cancel_changed()


def _decline(case: Case, wanted: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "update casework_case set decision = jsonb_set(decision, '{ruled,declined}',"
            " to_jsonb(%s::text)) where id = %s",
            [wanted, case.pk],
        )
