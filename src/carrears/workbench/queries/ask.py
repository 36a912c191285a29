"""Ask the gate whether a contact may be made, without making it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from django.http import Http404, QueryDict
from django.utils.translation import gettext

from carrears.access.models import User
from carrears.casework.case_product import product_of
from carrears.casework.models import Case
from carrears.clock import zone
from carrears.conduct.case_lines import check_lines
from carrears.conduct.cases import PackCase, read_pack_cases
from carrears.conduct.pack import PackError
from carrears.conduct.packs import Packs
from carrears.conduct.verdict import Verdict
from carrears.outreach.calls import WantedCall
from carrears.outreach.judging import judge_attempts, people_of
from carrears.outreach.messages import OutreachError, Wanted
from carrears.outreach.services import contact_moment
from carrears.outreach.speaking import judge_messages
from carrears.outreach.templates import load_template, template_keys
from carrears.parties.models import LoanParty, Party
from carrears.parties.queries import names_of
from carrears.workbench.labels import label_of
from carrears.workbench.queries.case import cases_of_loan
from carrears.workbench.queries.language import side_of
from carrears.workbench.queries.rules import jurisdiction_title
from carrears.workbench.queries.sight import sight_of
from carrears.workbench.queries.verdicts import given_verdict
from carrears.workbench.view_models.ask import AskPage, CaseAsked, FaultShown, FreeAsked
from carrears.workbench.view_models.common import Option

_CALL = "call"
# A case is some thousand letters; whoever sends more pastes the wrong file.
LONGEST_CASE = 200_000


def ask_page(user: User, params: QueryDict, *, told: str | None = None) -> AskPage:
    """Both benches: the loan of the address, and the case that was ``told`` or an example."""
    return AskPage(
        case=_ask_case(user, params),
        free=_example(params.get("example", "")) if told is None else _ask_freely(told),
    )


def _ask_case(user: User, params: QueryDict) -> CaseAsked:
    loan_no = params.get("loan_no", "").strip().replace("\0", "")
    if not loan_no:
        return CaseAsked()
    try:
        case = cases_of_loan(user, loan_no)[0]
    except Http404:
        return CaseAsked(loan_no=loan_no, problem=gettext("There is no case of this loan."))
    links = list(LoanParty.objects.filter(loan_no=loan_no).select_related("party"))
    people = {str(link.party_id): link.party for link in links}
    party = people.get(params.get("to", "")) or case.party
    if party is None:
        problem = gettext("Nobody is on record for this case.")
        return CaseAsked(loan_no=loan_no, problem=problem)
    place = party.time_zone or product_of(case).time_zone
    by = params.get("by", "")
    by = by if by in template_keys() else _CALL
    moment = _moment(params.get("at", ""), place) or contact_moment(case)
    try:
        verdict, problem = _judge(case, party, by, moment), ""
    except OutreachError as error:
        verdict, problem = None, str(error)
    return CaseAsked(
        loan_no=loan_no,
        people=_people(user, case, links, party),
        contacts=_contacts(by),
        at=f"{moment.astimezone(zone(place)):%Y-%m-%dT%H:%M}",
        zone=place,
        verdict=given_verdict(verdict, at=moment, zone=place) if verdict else None,
        expect=verdict.expect if verdict else "",
        problem=problem,
    )


def _judge(case: Case, party: Party, by: str, moment: datetime) -> Verdict:
    """What the gate says to a call, or to an e-mail with its words; nothing is kept."""
    if by == _CALL:
        call = WantedCall(key="ask", case=case, party=party, at=moment)
        [judged] = judge_attempts([call], people_of([call]))
        return judged.verdict
    mail = Wanted(key="ask", case=case, party=party, template=load_template(by), at=moment)
    [spoken] = judge_messages([mail], people_of([mail]))
    return spoken.verdict


def _moment(text: str, place: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=zone(place))
    except ValueError:
        return None
    return moment if 2000 <= moment.year <= 2200 else None  # noqa: PLR2004  other days overflow the clock


def _people(
    user: User, case: Case, links: Iterable[LoanParty], chosen: Party
) -> tuple[Option, ...]:
    links, sight = list(links), sight_of(user, case)
    names = names_of(link.party for link in links)
    return tuple(
        Option(
            str(link.party_id),
            f"{sight.name_text(names[link.party_id])} · {label_of(link.role, 'role').text}",
            link.party_id == chosen.token,
        )
        for link in links
    )


def _contacts(chosen: str) -> tuple[Option, ...]:
    mail = label_of("email", "word").text
    mails = ((key, f"{mail} · {side_of(load_template(key).about)}") for key in template_keys())
    pairs = ((_CALL, str(label_of("call", "word").text)), *mails)
    return tuple(Option(key, name, key == chosen) for key, name in pairs)


def _ask_freely(text: str) -> FreeAsked:
    told = FreeAsked(text=text, examples=_examples(""))
    if len(text) > LONGEST_CASE:
        return _faulty(told, "", gettext("This is too long for one case."))
    checked = next(check_lines([text.encode("utf-8", "replace")], Packs()), None)
    if checked is None:
        return _faulty(told, "", gettext("There is nothing to judge."))
    if checked.result is None:
        faults = checked.error.faults if checked.error else ()
        return FreeAsked(
            text=text,
            examples=told.examples,
            faults=tuple(FaultShown(one.field, one.reason) for one in faults),
        )
    result = checked.result
    attempt = result.case.attempt
    return FreeAsked(
        text=text,
        examples=told.examples,
        verdict=given_verdict(result.verdict, at=attempt.moment, zone=attempt.zone),
        expect=result.verdict.expect,
        agrees=result.agrees if result.case.is_scored else None,
    )


def _faulty(told: FreeAsked, field: str, reason: str) -> FreeAsked:
    return FreeAsked(text="", examples=told.examples, faults=(FaultShown(field, reason),))


def _example(wanted: str) -> FreeAsked:
    """A case of the pack itself that is blocked, for the reader to change."""
    packs = Packs()
    names = packs.jurisdictions
    name = wanted if wanted in names else next((n for n in ("CN", *names) if n in names), "")
    try:
        cases = read_pack_cases(packs.of(name)) if name else iter(())
        case = next((one for one in cases if one.expect == "block"), None)
    except PackError as error:
        return FreeAsked(text="", examples=_examples(name), faults=(FaultShown("", str(error)),))
    return FreeAsked(text=_as_json(name, case) if case else "", examples=_examples(name))


def _as_json(jurisdiction: str, case: PackCase) -> str:
    facts = case.facts.to_json()
    history = facts.pop("history", [])
    told = {
        "id": case.rule_id,
        "jurisdiction": jurisdiction,
        "facts": facts,
        "history": history,
        "attempt": case.attempt.to_json(),
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


def _examples(chosen: str) -> tuple[Option, ...]:
    names = Packs().jurisdictions
    return tuple(Option(name, jurisdiction_title(name), name == chosen) for name in names)
