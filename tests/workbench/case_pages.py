"""A case's page as its collector sees it."""

from __future__ import annotations

from factories import MOMENT

from carrears.access.models import User
from carrears.workbench.queries.case import case_page, cases_of_loan
from carrears.workbench.view_models.case_page import CasePage


def page_of(user: User, loan_no: str = "A-03") -> CasePage:
    return case_page(user, cases_of_loan(user, loan_no), moment=MOMENT)
