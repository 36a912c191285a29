"""What the strategy sends for a case, and why just that."""

from __future__ import annotations

from django.utils.translation import gettext

from carrears.access.models import User
from carrears.outreach.template_picks import Pick, picks_of
from carrears.workbench.queries.case import cases_of_loan
from carrears.workbench.queries.language import side_of
from carrears.workbench.queries.template_choice import choice_part
from carrears.workbench.view_models.templates import PickRow


def pick_rows(user: User, loan_no: str) -> tuple[PickRow, ...]:
    """What the strategy sends to the debtor of a loan.

    Raises:
        Http404: no case of this loan that ``user`` may see.
    """
    case = cases_of_loan(user, loan_no)[0]
    return tuple(map(_row, picks_of(case)))


def _row(pick: Pick) -> PickRow:
    choice, arm = pick.choice, pick.arm
    return PickRow(
        source=pick.source,
        channel=pick.channel,
        named=pick.named,
        about=side_of(choice.template.about) if choice else "",
        choice=choice_part(choice.to_json()) if choice else None,
        arm=arm.name if arm else "",
        experiment=arm.experiment.key if arm else "",
        problem=gettext(pick.problem) if pick.problem else "",
    )
