"""Message templates over HTTP: read, check, draft, submit, approve, withdraw, try on a case."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Router, Schema, Status

from carrears.casework.seeing import visible_cases
from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.outreach.api import require
from carrears.outreach.messages import opt_out_url
from carrears.outreach.models import TemplateState, TemplateVersion
from carrears.outreach.services import preview_contact
from carrears.outreach.template_book import (
    as_template,
    keys_of_house,
    template_of_file,
    templates_in_force,
    today,
)
from carrears.outreach.template_faults import Fault
from carrears.outreach.template_picks import picks_of
from carrears.outreach.template_versions import (
    approve_template,
    discard_template,
    faults_of,
    keep_file,
    open_template,
    propose_template,
    return_template,
    row_words,
    save_template,
    withdraw_template,
    words_of,
)
from carrears.outreach.templates import Template, TemplateError, TemplateFile
from carrears.parties.blind import Kind
from carrears.parties.masking import mask
from carrears.signin.program_step_up import OneTimeCode, require_step_up

router = Router(tags=["templates"])
Reason = Annotated[str, Field(min_length=1, max_length=1000)]
_LINK = "https://…/"  # by which the person himself stops messages; nobody else's to press


class FindingOut(Schema):
    """What the rules say of the words, with its place; what is ``prohibited`` nobody lets go."""

    locale: str
    part: str
    line: int
    says: str
    prohibited: bool


class TemplateOut(Schema):
    """One version of a template; ``findings`` are what the rules say of it now."""

    key: str
    number: int
    version: str
    state: str
    effective_on: date | None
    author: str
    approved_by: str
    revision: int
    words: TemplateFile
    findings: list[FindingOut]


class TemplateRow(Schema):
    """A template as the list has it: what is sent, and whether a version is in the making."""

    key: str
    channel: str
    about: str
    number: int | None
    version: str
    languages: list[str]
    stages: list[str]
    variant_of: str
    tone: str
    offer: str
    problem: str
    making: int | None


class DraftIn(Schema):
    """The words; ``revision`` is that of the draft they replace, none where one is begun."""

    words: TemplateFile
    revision: int | None = None


class ProposeIn(Schema):
    """From which day it is to be sent, and why it changes; ``revision`` is what was read."""

    effective_on: date
    reason: Reason
    revision: int | None = None


class ReasonIn(Schema):
    """Why."""

    reason: Reason


class ApproveIn(Schema):
    """Why it may be sent, which the rules may ask for."""

    reason: Annotated[str, Field(max_length=1000)] = ""


class PassedOverOut(Schema):
    """One of the family that was not chosen, and what spoke against it."""

    key: str
    number: int | None
    out: str


class ChoiceOut(Schema):
    """Which template is said, and why: what was decided by which rule, and what was passed over."""

    key: str
    number: int
    by: str
    named: str
    tone: str
    offer: str
    stage: str
    language: str
    rule: str
    strategy: str
    others: list[PassedOverOut]


class PickOut(Schema):
    """One message that the strategy sends for a case; without ``choice`` there is a ``problem``."""

    source: str
    channel: str
    named: str
    choice: ChoiceOut | None
    version: str
    problem: str


class PreviewOut(Schema):
    """The words as a case fills them now, and the gate's verdict; the person's name is masked."""

    loan_no: str
    number: int
    locale: str
    subject: str
    body: str
    gate_action: str
    rules: list[str]


@router.get("", response=list[TemplateRow])
def list_templates(request: HttpRequest) -> list[dict[str, Any]]:
    """All templates: the approved, the lender's own and the shipped ones."""
    require(request, "outreach.view_templateversion")
    rows = TemplateVersion.objects.filter(state__in=["draft", "proposed"])
    making = dict(rows.values_list("key", "number"))
    found = templates_in_force({*keys_of_house(), *making})
    return [
        {
            "key": key,
            "channel": one.channel if isinstance(one, Template) else "",
            "about": one.about if isinstance(one, Template) else "",
            "number": one.number if isinstance(one, Template) else None,
            "version": one.version if isinstance(one, Template) else "",
            "languages": list(one.locales) if isinstance(one, Template) else [],
            "stages": list(one.stages) if isinstance(one, Template) else [],
            "variant_of": one.variant_of if isinstance(one, Template) else "",
            "tone": one.tone if isinstance(one, Template) else "",
            "offer": one.offer if isinstance(one, Template) else "",
            "problem": "" if isinstance(one, Template) else str(one),
            "making": making.get(key),
        }
        for key, one in found.items()
    ]


@router.post("/check", response=list[FindingOut])
def check(request: HttpRequest, words: TemplateFile) -> list[dict[str, Any]]:
    """What the rules say of these words. Nothing is kept."""
    require(request, "outreach.view_templateversion")
    return [told_fault(one) for one in faults_of(words)]


# No template is named so: a hyphen is in no key.
@router.get("/for-case", response=list[PickOut])
def for_case(request: HttpRequest, loan_no: str) -> list[dict[str, Any]]:
    """What the strategy sends to the debtor of a loan today, and why just that. Nothing is kept."""
    user = require(request, "outreach.view_templateversion")
    require(request, "casework.view_case")
    case = get_object_or_404(visible_cases(user).select_related("party"), loan_no=loan_no)
    return [
        {
            "source": one.source,
            "channel": one.channel,
            "named": one.named,
            "choice": one.choice.to_json() if one.choice else None,
            "version": one.choice.template.version if one.choice else "",
            "problem": one.problem,
        }
        for one in picks_of(case)
    ]


@router.get("/{key}", response=TemplateOut)
def read(request: HttpRequest, key: str, number: int | None = None) -> dict[str, Any]:
    """One version; without a number what is sent."""
    require(request, "outreach.view_templateversion")
    if number is not None:
        return _shown(*_found(key, number))
    found = templates_in_force([key])[key]
    if isinstance(found, TemplateError):
        raise Http404(str(found))
    return _shown(found, TemplateVersion.objects.filter(key=key, number=found.number).first())


@router.put("/{key}/draft", response={200: TemplateOut, 201: TemplateOut})
def upload(request: HttpRequest, key: str, given: DraftIn) -> Status[dict[str, Any]]:
    """Begin a draft with these words, or save them in the draft of this ``revision``.

    What a second person may let go is told among the findings; what nobody may is refused with it.
    """
    if given.revision is None:
        user = require(request, "outreach.add_templateversion")
        row = open_template(key, words=given.words, by=user, at=now())
    else:
        user = require(request, "outreach.change_templateversion")
        draft = get_object_or_404(TemplateVersion, key=key, state=TemplateState.DRAFT)
        row = save_template(draft.pk, revision=given.revision, words=given.words, by=user, at=now())
    sequence()
    shown = _shown(as_template(row), row)
    return Status(201 if given.revision is None else 200, shown)


@router.post("/{key}/{number}/propose", response=TemplateOut)
def propose(request: HttpRequest, key: str, number: int, given: ProposeIn) -> dict[str, Any]:
    """Ask a second person for approval."""
    user = require(request, "outreach.change_templateversion")
    row = propose_template(
        _row(key, number).pk, effective_on=given.effective_on, reason=given.reason, by=user,
        at=now(), not_before=today(), revision=given.revision,
    )  # fmt: skip
    return _kept(row)


@router.post("/{key}/{number}/approve", response=TemplateOut)
def approve(
    request: HttpRequest, key: str, number: int, given: ApproveIn, code: OneTimeCode = ""
) -> dict[str, Any]:
    """Let it be sent; only somebody who did not work on it can, and by a new token or a code."""
    user = require(request, "outreach.approve_template")
    require_step_up(request, user, code)
    pk = _row(key, number).pk
    return _kept(approve_template(pk, reason=given.reason, by=user, at=now(), not_before=today()))


@router.post("/{key}/{number}/return", response=TemplateOut)
def give_back(request: HttpRequest, key: str, number: int, given: ReasonIn) -> dict[str, Any]:
    """Give a proposed version back to be worked on."""
    user = require(request, "outreach.approve_template")
    return _kept(return_template(_row(key, number).pk, reason=given.reason, by=user, at=now()))


@router.post("/{key}/{number}/discard", response=TemplateOut)
def discard(request: HttpRequest, key: str, number: int, given: ApproveIn) -> dict[str, Any]:
    """Put a draft away."""
    user = require(request, "outreach.change_templateversion")
    return _kept(discard_template(_row(key, number).pk, reason=given.reason, by=user, at=now()))


@router.post("/{key}/{number}/withdraw", response=TemplateOut)
def withdraw(request: HttpRequest, key: str, number: int, given: ReasonIn) -> dict[str, Any]:
    """Take an approved version out of use at once; a file becomes version 1 by it."""
    user = require(request, "outreach.withdraw_template")
    row = TemplateVersion.objects.filter(key=key, number=number).first()
    if row is None and number == 1:
        row = keep_file(key, by=user, at=now())
    pk = row.pk if row else _row(key, number).pk
    return _kept(withdraw_template(pk, reason=given.reason, by=user, at=now()))


@router.get("/{key}/preview", response=PreviewOut)
def preview(
    request: HttpRequest, key: str, loan_no: str, number: int | None = None, language: str = ""
) -> dict[str, Any]:
    """The words as the debtor of a loan would get them now. Nothing is kept or sent."""
    user = require(request, "outreach.view_templateversion")
    require(request, "casework.view_case")
    case = get_object_or_404(visible_cases(user).select_related("party"), loan_no=loan_no)
    if case.party is None:
        raise Http404("nobody is on record for this case")
    template: str | Template = key if number is None else _found(key, number)[0]
    draft = preview_contact(case, party=case.party, template=template, locale=language, by=user)
    link, name = opt_out_url(case.party.token), draft.person.name

    def veiled(text: str) -> str:
        shown = text.replace(link, _LINK)
        return shown.replace(name, mask(Kind.NAME, name)) if name else shown

    return {
        "loan_no": case.loan_no,
        "number": draft.template.number,
        "locale": draft.locale,
        "subject": veiled(draft.subject),
        "body": veiled(draft.body),
        "gate_action": draft.verdict.gate_action,
        "rules": [
            one["rule_id"]
            for one in draft.verdict.to_json()["findings"]
            if one["gate_action"] != "allow"
        ],
    }


def told_fault(fault: Fault) -> dict[str, Any]:
    """A fault as ``FindingOut`` has it."""
    return {
        "locale": fault.locale,
        "part": fault.part,
        "line": fault.line,
        "says": str(fault),
        "prohibited": fault.is_prohibited,
    }


def _row(key: str, number: int) -> TemplateVersion:
    return get_object_or_404(TemplateVersion, key=key, number=number)


def _found(key: str, number: int) -> tuple[Template, TemplateVersion | None]:
    """A version; number 1 may be a file that no row was made of yet."""
    row = TemplateVersion.objects.filter(key=key, number=number).first()
    if row is not None:
        return as_template(row), row
    try:
        file = template_of_file(key)
    except TemplateError as error:
        raise Http404(str(error)) from error
    if number != 1:
        raise Http404(f"there is no version {number} of {key}")
    return file, None


def _kept(row: TemplateVersion) -> dict[str, Any]:
    sequence()
    return _shown(as_template(row), row)


def _shown(template: Template, row: TemplateVersion | None) -> dict[str, Any]:
    words = row_words(row) if row else words_of(template)
    from_file = row is None or row.effective_on == date.min
    return {
        "key": template.key,
        "number": template.number,
        "version": template.version,
        "state": row.state if row else "approved",
        "effective_on": None if from_file or row is None else row.effective_on,
        "author": row.author.get_username() if row and row.author else "",
        "approved_by": row.approved_by.get_username() if row and row.approved_by else "",
        "revision": row.revision if row else 0,
        "words": words,
        "findings": [told_fault(one) for one in faults_of(words)],
    }
