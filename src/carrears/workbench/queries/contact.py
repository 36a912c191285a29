"""A message before and after it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404

from carrears.access.models import User
from carrears.casework.case_product import product_of
from carrears.casework.models import Case
from carrears.outreach.messages import find_template, find_template_keys, find_templates
from carrears.outreach.models import Attempt
from carrears.outreach.services import ContactDraft, preview_contact
from carrears.outreach.templates import Template
from carrears.outreach.wanted import KIND_OF_CHANNEL
from carrears.parties.blind import Kind
from carrears.parties.models import LoanParty, Party
from carrears.parties.queries import names_of
from carrears.workbench.labels import label_of
from carrears.workbench.queries.dead_letters import said_error
from carrears.workbench.queries.evidence import entry_numbers
from carrears.workbench.queries.language import side_of
from carrears.workbench.queries.mail import address_of, evidence_key, opened, zone_of
from carrears.workbench.queries.sight import Sight, sight_of
from carrears.workbench.queries.verdicts import given_verdict, stored_verdict
from carrears.workbench.view_models.common import Option, Sensitive
from carrears.workbench.view_models.contact import ContactPreview, Sent

# What a person begins with where the strategy names no message.
_PLAIN = "reminder"


@dataclass(frozen=True, slots=True)
class Wish:
    """Whom to write to, with which template, in which language (empty: as fits)."""

    party: Party
    template: Template
    locale: str
    key: str


def wish_of(case: Case, *, to: str, template: str, locale: str, key: str) -> Wish:
    """What was asked for, else what the strategy wants said to the debtor.

    Raises:
        Http404: somebody who is not of the loan, an unknown template, or nobody on record.
        OutreachError: the lender's own template cannot be used.
    """
    party = case.party
    if to:
        party = {str(link.party_id): link.party for link in _links(case)}.get(to)
    if party is None:
        raise Http404
    chosen = template_of(case, template)
    return Wish(party, chosen, locale if locale in chosen.locales else "", key)


def template_of(case: Case, asked: str = "") -> Template:
    """The template that was asked for, else the one of which the strategy wants a message sent.

    Raises:
        Http404: an unknown template was asked for.
        OutreachError: the lender's own template cannot be used.
    """
    keys = find_template_keys()
    if asked and asked not in keys:
        raise Http404
    planned = str(case.decision.get("template") or "")
    return find_template(asked or (planned if planned in keys else _PLAIN))


def contact_preview(user: User, case: Case, wish: Wish) -> ContactPreview:
    """The message as it would go out now, with the gate's verdict.

    Raises:
        OutreachError: the template cannot be filled for this case.
    """
    draft = preview_contact(
        case, party=wish.party, template=wish.template.key, locale=wish.locale, by=user
    )
    sight = sight_of(user, case)
    return ContactPreview(
        loan_no=case.loan_no,
        key=wish.key,
        recipients=_recipients(user, case, wish.party.token),
        templates=_templates(case, wish.template.key),
        languages=tuple(
            Option(code, str(label_of(code, "language").text), code == draft.locale)
            for code in wish.template.locales
        ),
        to=_address(sight, draft),
        channel=wish.template.channel,
        subject=sight.veiled(draft.subject, draft.person.name),
        body=sight.veiled(draft.body, draft.person.name),
        template_version=f"{wish.template.key} {draft.template_version[:12]}",
        verdict=given_verdict(draft.verdict, at=draft.at, zone=_zone(case, draft)),
        may_ask=draft.verdict.gate_action == "review" and user.has_perm("outreach.ask_override"),
    )


def contact_sent(user: User, attempt: Attempt, *, key: str, asked: bool = False) -> ContactPreview:
    """The message as it went out, or why it did not; ``asked``: leave for it was asked for."""
    subject, body = opened(user, attempt)
    return ContactPreview(
        loan_no=attempt.case.loan_no,
        key=key,
        recipients=(),
        templates=(),
        languages=(),
        to=address_of(user, attempt),
        channel=attempt.channel,
        subject=subject,
        body=body,
        template_version=f"{attempt.template} {attempt.template_version[:12]}",
        verdict=stored_verdict(attempt.verdict, zone=zone_of(attempt)),
        sent=Sent(
            state=attempt.state,
            at=attempt.sent_at or attempt.at,
            mail_id=attempt.pk,
            entry_no=entry_numbers([evidence_key(attempt)]).get(evidence_key(attempt)),
            error=said_error(attempt.error),
            asked=asked,
        ),
    )


def _links(case: Case) -> list[LoanParty]:
    return list(LoanParty.objects.filter(loan_no=case.loan_no).select_related("party"))


def _recipients(user: User, case: Case, chosen: UUID) -> tuple[Option, ...]:
    links, sight = _links(case), sight_of(user, case)
    names = names_of(link.party for link in links)
    return tuple(
        Option(
            str(link.party_id),
            f"{sight.name_text(names[link.party_id])} · {label_of(link.role, 'role').text}",
            link.party_id == chosen,
        )
        for link in links
    )


def _templates(case: Case, chosen: str) -> tuple[Option, ...]:
    """The templates that can be filled and are for the case's stage, and the chosen one."""
    return tuple(
        Option(key, side_of(template.about), key == chosen)
        for key, template in find_templates(find_template_keys()).items()
        if key == chosen or not template.stages or case.stage in template.stages
    )


def _address(sight: Sight, draft: ContactDraft) -> Sensitive:
    point = draft.person.at(KIND_OF_CHANNEL[draft.template.channel])
    if point is None:
        return Sensitive("")
    return sight.hidden(Kind(point.kind), str(point.pk), point.value)


def _zone(case: Case, draft: ContactDraft) -> str:
    return draft.person.time_zone or product_of(case).time_zone
