"""A template's words filled for a real case, of whom only what the reader may see."""

from __future__ import annotations

from carrears.access.models import User
from carrears.casework.case_product import product_of
from carrears.casework.models import Case
from carrears.outreach.messages import opt_out_url
from carrears.outreach.services import preview_contact
from carrears.outreach.templates import Template
from carrears.workbench.queries.case import cases_of_loan
from carrears.workbench.queries.sight import sight_of
from carrears.workbench.queries.verdicts import given_verdict
from carrears.workbench.view_models.templates import PreviewPart

# A link by which the person himself would stop messages; it is nobody else's to press.
_LINK = "https://…/"


def preview_template(
    user: User, template: Template, loan_no: str, locale: str = ""
) -> PreviewPart | None:
    """The message to the debtor of a loan as it would be now, with the gate's verdict.

    None where nobody is on record for the loan.

    Raises:
        Http404: no case of this loan that ``user`` may see.
        OutreachError: the template asks for what the case cannot give.
    """
    case = cases_of_loan(user, loan_no)[0]
    if case.party is None:
        return None
    draft = preview_contact(case, party=case.party, template=template, locale=locale, by=user)
    sight, link = sight_of(user, case), opt_out_url(case.party.token)

    def veiled(text: str) -> str:
        return sight.veiled(text.replace(link, _LINK), draft.person.name)

    return PreviewPart(
        loan_no=case.loan_no,
        to=sight.name(str(case.party.token), draft.person.name),
        locale=draft.locale,
        subject=veiled(draft.subject),
        body=veiled(draft.body),
        verdict=given_verdict(
            draft.verdict, at=draft.at, zone=draft.person.time_zone or _zone(case)
        ),
    )


def _zone(case: Case) -> str:
    return product_of(case).time_zone
