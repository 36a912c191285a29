"""Several loans of one debtor, seen together."""

from __future__ import annotations

from collections import defaultdict

from django.db.models import QuerySet

from carrears.access.models import User
from carrears.casework.models import Case, CaseState
from carrears.casework.seeing import visible_cases
from carrears.database.prepared import Blank, prepared
from carrears.database.wall import as_house
from carrears.money import Money
from carrears.workbench.view_models.case import Sibling, Siblings


def siblings_of(user: User, case: Case) -> Siblings | None:
    """The debtor's loans in collections together; None where this is the only one."""
    if not case.obligor_no:
        return None
    same = {"obligor_no": case.obligor_no, "state": CaseState.OPEN}
    with as_house():  # what he owes in all, whoever works the others
        others = _others.find(obligor=case.obligor_no, loan=case.loan_no)
    if not others:
        return None
    seen = set(visible_cases(user).filter(**same).values_list("pk", flat=True))
    arrears: dict[str, int] = defaultdict(int)
    for one in (case, *others):
        arrears[one.currency] += one.arrears
    return Siblings(
        loans=1 + len(others),
        arrears=tuple(Money(total, currency) for currency, total in arrears.items()),
        worst_dpd=max(one.dpd for one in (case, *others)),
        shown=tuple(
            Sibling(one.loan_no, one.bucket, one.dpd, Money(one.arrears, one.currency))
            for one in sorted(others, key=lambda one: (-one.dpd, one.loan_no))
            if one.pk in seen
        ),
    )


@prepared
def _others(obligor: Blank, loan: Blank) -> QuerySet[Case]:
    """Without what a list of loans shows nothing of, which is most of a case."""
    found = Case.objects.filter(obligor_no=obligor, state=CaseState.OPEN).exclude(loan_no=loan)
    return found.only("loan_no", "currency", "arrears", "dpd", "bucket")
