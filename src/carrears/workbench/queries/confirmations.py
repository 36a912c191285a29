"""Treatments that wait for a person's word, as the screen shows them."""

from __future__ import annotations

import uuid

from django.http import Http404, QueryDict

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.casework.seeing import visible_cases
from carrears.dayrun.confirming import to_confirm
from carrears.parties.blind import Kind
from carrears.parties.masking import mask
from carrears.parties.queries import names_of
from carrears.workbench.queries.catalogue import treatment_title
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.view_models.rights import ConfirmationRow, ConfirmationsPage


def confirmations_page(
    params: QueryDict, user: User, *, refused: tuple[int, str] = (0, "")
) -> ConfirmationsPage:
    """What waits of the cases that the user may see; ``refused``: which was not done, why."""
    found = to_confirm(cases=visible_cases(user))
    pager = make_pager(params, total=found.count())
    cases = list(found.select_related("party")[rows_of(pager)])
    names = names_of(case.party for case in cases if case.party)
    return ConfirmationsPage(
        rows=tuple(
            ConfirmationRow(
                pk=case.pk,
                loan_no=case.loan_no,
                name=_masked(names.get(case.party_id, "")) if case.party_id else "",
                dpd=case.dpd,
                has=treatment_title(case.treatment),
                code=case.wanted,  # type: ignore[attr-defined]
                wants=treatment_title(case.wanted),  # type: ignore[attr-defined]
                key=uuid.uuid4().hex,
                error=refused[1] if refused[0] == case.pk else "",
            )
            for case in cases
        ),
        pager=pager,
        may_confirm=user.has_perm("casework.confirm_treatment"),
    )


def _masked(name: str) -> str:
    return mask(Kind.NAME, name) if name else ""


def case_to_confirm(pk: int, user: User) -> Case:
    """A case that the user may see.

    Raises:
        Http404: there is none.
    """
    found = visible_cases(user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
