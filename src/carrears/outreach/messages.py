"""What a contact says: its template filled for a case, and read again later."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing

from carrears.access.models import User
from carrears.casework.case_product import product_of
from carrears.casework.models import Case, PlannedAction
from carrears.casework.promise_reminders import lacking_part
from carrears.experiments.trial import InTrial
from carrears.money import Money
from carrears.outreach.models import Attempt, Override
from carrears.outreach.template_book import keys_of_house, template_in_force, templates_in_force
from carrears.outreach.template_variables import Value
from carrears.outreach.templates import Message, Template, TemplateError, asks_for, render
from carrears.parties.models import Party
from carrears.parties.queries import PersonData
from carrears.parties.services import keyring
from carrears.parties.vault import open_subject_key

# Known here too, so that who sends need not read in all pages and the whole API for one link.
OPT_OUT_PAGE = "stop/"
_OPT_OUT = "outreach.opt-out"
_OPT_OUT_LINK = f"{_OPT_OUT}.link"


class OutreachError(ValueError):
    """What was asked cannot be said to this person; the message says why."""


class BusyError(OutreachError):
    """Somebody else has the person just now: it may be said a little later."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One message that somebody or the strategy wants to send, by its template's channel."""

    key: str
    case: Case
    party: Party
    template: Template
    at: datetime
    locale: str = ""
    action: PlannedAction | None = None
    by: User | None = None
    override: Override | None = None
    trial: InTrial | None = None
    choice: Mapping[str, Any] | None = None
    point: int | None = field(default=None, init=False)
    agency: str = field(default="", init=False)

    @property
    def channel(self) -> str:
        """By what, as the template says."""
        return self.template.channel

    @property
    def purpose(self) -> str:
        """What for, as the template says."""
        return self.template.purpose


def read_message(attempt: Attempt) -> Message:
    """What an attempt said, in clear.

    Raises:
        SubjectErasedError: the person was erased, and the message with them.
    """
    key = open_subject_key(keyring(), str(attempt.party_id), attempt.party.wrapped_key)
    subject = key.open("message subject", attempt.subject_sealed or b"")
    text, html, *more = json.loads(key.open("message body", attempt.body_sealed or b""))
    return Message(subject, text, html, more[0] if more else {})


def find_template(key: str) -> Template:
    """What is sent by this key today: the approved version in force, else the file.

    Raises:
        OutreachError: there is none, or it cannot be used; a file's words may be prohibited by the
            law of one of the lender's products.
    """
    try:
        return template_in_force(key)
    except TemplateError as error:
        raise OutreachError(str(error)) from error


def find_templates(keys: Iterable[str]) -> dict[str, Template]:
    """What is sent today by those of ``keys`` that can be used, looked up at once."""
    found = templates_in_force(keys)
    return {key: one for key, one in found.items() if isinstance(one, Template)}


def find_template_keys() -> list[str]:
    """All templates there are: the approved, the lender's own and the shipped ones."""
    return keys_of_house()


def choose_locale(wanted: Wanted, person: PersonData) -> str:
    """The language asked for, else the person's, else the product's."""
    product = product_of(wanted.case)
    return wanted.template.locale_for(wanted.locale or person.language or product.locale)


def lender_name(locale: str) -> str:
    """The lender's name as messages of this language give it."""
    return settings.LENDER_NAME["en-US" if locale.startswith("en") else "zh-CN"]


def fill_template(wanted: Wanted, person: PersonData, locale: str) -> Message:
    """The message of an attempt.

    Raises:
        OutreachError: the template asks for what the case cannot give.
    """
    case = wanted.case

    def money(minor: int | None) -> Money:
        return Money(minor or 0, case.currency)

    try:
        return render(
            wanted.template,
            locale,
            {
                "name": person.name,
                "lender": lender_name(locale),
                "phone": settings.LENDER_PHONE,
                "loan_no": case.loan_no,
                "as_of": case.as_of,
                "dpd": case.dpd,
                "arrears": money(case.arrears),
                "arrears_principal": money(case.arrears_principal),
                # To the debtor all of it is interest: 利息（含罚息、复利）.
                "arrears_interest": money(
                    case.arrears_interest + case.arrears_penalty + case.arrears_compound
                ),
                "arrears_fee": money(case.arrears_fee),
                "oldest_due_on": case.oldest_due_on or case.as_of,
                "next_due_on": case.next_due_on or case.as_of,
                "next_due_amount": money(case.next_due_amount),
                **_opt_out(wanted, locale),
                **_promised(wanted, locale),
            },
        )
    except TemplateError as error:
        raise OutreachError(str(error)) from error


def _opt_out(wanted: Wanted, locale: str) -> dict[str, Value]:
    """The link, where it is asked for: signed, and by way of all the addresses of the house."""
    if "opt_out_url" not in asks_for(wanted.template, locale):
        return {}
    return {"opt_out_url": opt_out_url(wanted.party.token)}


def _promised(wanted: Wanted, locale: str) -> dict[str, Value]:
    """What still lacks of the promised part that is due, and its day, where that is asked for."""
    if not asks_for(wanted.template, locale) & {"promised_on", "promised_amount"}:
        return {}
    part = wanted.action.part if wanted.action else None
    part = part or lacking_part(wanted.case.pk)
    if part is None:
        raise OutreachError("no promise is open on this case")
    lacking = Money(part.amount - part.met, wanted.case.currency)
    return {"promised_on": part.due_on, "promised_amount": lacking}


def opt_out_url(party: Any) -> str:
    """The page on which a person stops e-mail with one click: always the same, and unforgeable."""
    token = signing.Signer(salt=_OPT_OUT_LINK).sign_object([str(party), "email"])
    return f"{settings.PUBLIC_URL.rstrip('/')}/{OPT_OUT_PAGE}{token}/"


def read_opt_out(token: str) -> tuple[str, str]:
    """Whom and which channel an opt-out link names.

    Raises:
        OutreachError: the link was altered.
    """
    try:
        party, channel = _read_link(token)
    except signing.BadSignature as error:
        raise OutreachError("this link is not one of ours") from error
    return str(party), str(channel)


def _read_link(token: str) -> Any:
    try:
        return signing.Signer(salt=_OPT_OUT_LINK).unsign_object(token)
    except signing.BadSignature:
        return signing.loads(token, salt=_OPT_OUT)  # sent while links still had a time in them
