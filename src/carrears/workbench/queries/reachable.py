"""Whom one may call or write to about a case now, each with the gate's verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from carrears.access.models import User
from carrears.access.seeing import acts_for
from carrears.casework.models import Case
from carrears.conduct import verdict as answers
from carrears.outreach.calls import WantedCall, preview_calls, purpose_for
from carrears.outreach.judging import people_of
from carrears.outreach.messages import OutreachError, Wanted
from carrears.outreach.services import contact_moment
from carrears.outreach.speaking import judge_messages
from carrears.outreach.templates import Template
from carrears.outreach.wanted import KIND_OF_CHANNEL
from carrears.parties.blind import Kind
from carrears.parties.models import LoanParty, Role
from carrears.parties.queries import PersonData, ReachableAt, open_parties
from carrears.portfolio.products import load_products
from carrears.workbench.queries.contact import wish_of
from carrears.workbench.queries.language import side_of
from carrears.workbench.queries.sight import Sight, sight_of
from carrears.workbench.queries.verdicts import given_verdict
from carrears.workbench.view_models.calls import Letterbox, Number, Reachable
from carrears.workbench.view_models.common import Sensitive
from carrears.workbench.view_models.overrides import OverrideRow

_RANK = {role: place for place, role in enumerate(Role.values)}


@dataclass(frozen=True, slots=True)
class _Scene:
    """What all people of a case have in common."""

    user: User
    case: Case
    sight: Sight
    at: datetime
    people: Mapping[UUID, PersonData]

    def zone(self, person: PersonData) -> str:
        products = load_products(settings.CARREARS_HOME)
        return person.time_zone or products[self.case.product].time_zone


def reachable_people(
    user: User,
    case: Case,
    *,
    may_call: bool,
    may_write: bool,
    overrides: Sequence[OverrideRow] = (),
) -> tuple[Reachable, ...]:
    """Each person of the loan, the debtor first, with each way to reach him and its verdict."""
    links = sorted(
        LoanParty.objects.filter(loan_no=case.loan_no).select_related("party"),
        key=lambda link: (_RANK[link.role], link.pk),
    )
    people = open_parties(link.party_id for link in links)
    scene = _Scene(user, case, sight_of(user, case), contact_moment(case), people)
    numbers = _numbers(scene, links) if may_call else {}
    mails = _mails(scene, links) if may_write else {}
    return tuple(
        Reachable(
            token=str(link.party_id),
            name=scene.sight.name_text(people[link.party_id].name),
            role=link.role,
            purpose=purpose_for(link.role, case.jurisdiction),
            local_time=scene.at,
            time_zone=scene.zone(people[link.party_id]),
            numbers=tuple(numbers.get(link.pk, ())),
            mail=mails.get(link.party_id),
            asked=frozenset(
                one.channel
                for one in overrides
                if one.token == str(link.party_id) and one.state in {"asked", "approved"}
            ),
        )
        for link in links
    )


def _numbers(scene: _Scene, links: Sequence[LoanParty]) -> dict[int, list[Number]]:
    """The numbers in use with what the gate says to a call to each, by the person's link."""
    pairs = [(link, point) for link in links for point in _phones(scene.people[link.party_id])]
    wanted = [
        WantedCall(
            key="preview",
            case=scene.case,
            party=link.party,
            at=scene.at,
            point=point.pk,
            purpose=purpose_for(link.role, scene.case.jurisdiction),
            agency=acts_for(scene.user),
        )
        for link, point in pairs
    ]
    found: dict[int, list[Number]] = {}
    for (link, point), verdict in zip(pairs, preview_calls(wanted), strict=True):
        found.setdefault(link.pk, []).append(_number(scene, link, point, verdict))
    return found


def _number(scene: _Scene, link: LoanParty, point: ReachableAt, verdict: answers.Verdict) -> Number:
    zone = scene.zone(scene.people[link.party_id])
    return Number(
        point=point.pk,
        value=scene.sight.hidden(Kind.PHONE, str(point.pk), point.value),
        source=point.source,
        verdict=given_verdict(verdict, at=scene.at, zone=zone),
    )


def _mails(scene: _Scene, links: Sequence[LoanParty]) -> dict[UUID, Letterbox]:
    """What the gate says to the next message to each person who has an address."""
    reached = [link for link in links if scene.people[link.party_id].at("email")]
    try:
        template = wish_of(scene.case, to="", template="", locale="", key="preview").template
        kind = KIND_OF_CHANNEL[template.channel]
        reached = [link for link in links if scene.people[link.party_id].at(kind)]
        verdicts = _judge_mails(scene, reached, template)
    except OutreachError as error:
        return {
            link.party_id: Letterbox(
                value=_address(scene, link), template="", verdict=None, problem=str(error)
            )
            for link in reached
        }
    return {
        link.party_id: Letterbox(
            value=_address(scene, link, kind),
            template=side_of(template.about),
            verdict=given_verdict(
                verdict, at=scene.at, zone=scene.zone(scene.people[link.party_id])
            ),
        )
        for link, verdict in zip(reached, verdicts, strict=True)
    }


def _judge_mails(
    scene: _Scene, links: Sequence[LoanParty], template: Template
) -> list[answers.Verdict]:
    wanted = [
        Wanted(
            key="preview",
            case=scene.case,
            party=link.party,
            template=template,
            at=scene.at,
            by=scene.user,
        )
        for link in links
    ]
    return [spoken.verdict for spoken in judge_messages(wanted, people_of(wanted))]


def _address(scene: _Scene, link: LoanParty, kind: str = "email") -> Sensitive:
    point = scene.people[link.party_id].at(kind)
    return scene.sight.hidden(Kind(kind), str(point.pk), point.value) if point else Sensitive("")


def _phones(person: PersonData) -> list[ReachableAt]:
    return [point for point in person.points if point.kind == "phone" and point.valid]
