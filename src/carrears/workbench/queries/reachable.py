"""Whom one may call or write to about a case now, each with the gate's verdict."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext

from carrears.access.models import User
from carrears.access.seeing import acts_for
from carrears.casework.case_product import product_of
from carrears.casework.models import Case, CaseState
from carrears.conduct import verdict as answers
from carrears.database.wall import as_house
from carrears.outreach.calls import WantedCall, purpose_for
from carrears.outreach.judging import Judged, judge_attempts, people_of
from carrears.outreach.messages import OutreachError, Wanted
from carrears.outreach.services import contact_moment
from carrears.outreach.speaking import speak_all
from carrears.outreach.templates import Template
from carrears.outreach.wanted import KIND_OF_CHANNEL
from carrears.parties.blind import Kind
from carrears.parties.models import LoanParty, Role
from carrears.parties.queries import PersonData, ReachableAt, links_of, open_parties
from carrears.workbench.queries.contact import template_of
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
        return person.time_zone or product_of(self.case).time_zone


def reachable_people(
    user: User,
    case: Case,
    *,
    may_call: bool,
    may_write: bool,
    overrides: Sequence[OverrideRow] = (),
    roles: Container[str] = Role.values,
) -> tuple[Reachable, ...]:
    """Each person of the loan, the debtor first, with each way to reach him and its verdict."""
    known = [link for link in links_of(case.loan_no) if link.role in roles]
    links = sorted(known, key=lambda link: (_RANK[link.role], link.pk))
    people = open_parties(link.party_id for link in links)
    scene = _Scene(user, case, sight_of(user, case), contact_moment(case), people)
    numbers, mails = _ways(scene, links, may_call=may_call, may_write=may_write)
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


def letterbox_of(user: User, case: Case) -> Letterbox | None:
    """The debtor's address, to which the page's own button writes, with the gate's verdict."""
    if case.state != CaseState.OPEN or case.party_id is None:
        return None
    if not user.has_perm("outreach.send_message"):
        return None
    debtors = reachable_people(user, case, may_call=False, may_write=True, roles={Role.OBLIGOR})
    return letterbox_among(debtors)


def letterbox_among(people: Iterable[Reachable]) -> Letterbox | None:
    """That of the first debtor who has one."""
    return next((one.mail for one in people if one.role == Role.OBLIGOR and one.mail), None)


def _ways(
    scene: _Scene, links: Sequence[LoanParty], *, may_call: bool, may_write: bool
) -> tuple[dict[int, list[Number]], dict[UUID, Letterbox]]:
    """The numbers by the person's link, the letterboxes by his token, each with its verdict.

    All are judged at one look at what is on record, each as if it were the only one.
    """
    phones = _phones_of(scene, links if may_call else ())
    calls = [_call(scene, link, point) for link, point in phones]
    writing = _writing(scene, links if may_write else ())
    mails = writing.wanted
    with as_house():  # it counts the contacts of all sides
        people = people_of([*calls, *mails])
        judged = judge_attempts([*calls, *mails], people)
    numbers: dict[int, list[Number]] = {}
    for (link, point), one in zip(phones, judged[: len(calls)], strict=True):
        numbers.setdefault(link.pk, []).append(_number(scene, link, point, one.verdict))
    return numbers, writing.letterboxes(scene, people, judged[len(calls) :])


def _phones_of(scene: _Scene, links: Sequence[LoanParty]) -> list[tuple[LoanParty, ReachableAt]]:
    return [(link, point) for link in links for point in _phones(scene.people[link.party_id])]


def _call(scene: _Scene, link: LoanParty, point: ReachableAt) -> WantedCall:
    return WantedCall(
        key="preview",
        case=scene.case,
        party=link.party,
        at=scene.at,
        point=point.pk,
        purpose=purpose_for(link.role, scene.case.jurisdiction),
        agency=acts_for(scene.user),
    )


def _number(scene: _Scene, link: LoanParty, point: ReachableAt, verdict: answers.Verdict) -> Number:
    zone = scene.zone(scene.people[link.party_id])
    return Number(
        point=point.pk,
        value=scene.sight.hidden(Kind.PHONE, str(point.pk), point.value),
        source=point.source,
        verdict=given_verdict(verdict, at=scene.at, zone=zone),
    )


@dataclass(frozen=True, slots=True)
class _Writing:
    """The next message to each person who has an address for it; ``problem``: why there is none."""

    links: Sequence[LoanParty]
    template: Template | None = None
    wanted: Sequence[Wanted] = ()
    problem: str = ""

    def letterboxes(
        self, scene: _Scene, people: Mapping[UUID, PersonData], judged: Sequence[Judged]
    ) -> dict[UUID, Letterbox]:
        """Each person's address, with what the gate says to the message to it."""
        if self.template is None:
            return self._without(scene, self.problem)
        try:
            spoken = speak_all(self.wanted, people, judged)
        except OutreachError as error:
            return self._without(scene, gettext(str(error)))
        kind, name = KIND_OF_CHANNEL[self.template.channel], side_of(self.template.about)
        return {
            link.party_id: Letterbox(
                value=_address(scene, link, kind),
                template=name,
                verdict=given_verdict(
                    one.verdict, at=scene.at, zone=scene.zone(scene.people[link.party_id])
                ),
            )
            for link, one in zip(self.links, spoken, strict=True)
        }

    def _without(self, scene: _Scene, problem: str) -> dict[UUID, Letterbox]:
        return {
            link.party_id: Letterbox(
                value=_address(scene, link), template="", verdict=None, problem=problem
            )
            for link in self.links
        }


def _writing(scene: _Scene, links: Sequence[LoanParty]) -> _Writing:
    try:
        template = template_of(scene.case)
    except OutreachError as error:
        return _Writing(_reached(scene, links, "email"), problem=gettext(str(error)))
    reached = _reached(scene, links, KIND_OF_CHANNEL[template.channel])
    return _Writing(reached, template, [_mail(scene, link, template) for link in reached])


def _reached(scene: _Scene, links: Sequence[LoanParty], kind: str) -> list[LoanParty]:
    return [link for link in links if scene.people[link.party_id].at(kind)]


def _mail(scene: _Scene, link: LoanParty, template: Template) -> Wanted:
    return Wanted(
        key="preview",
        case=scene.case,
        party=link.party,
        template=template,
        at=scene.at,
        by=scene.user,
    )


def _address(scene: _Scene, link: LoanParty, kind: str = "email") -> Sensitive:
    point = scene.people[link.party_id].at(kind)
    return scene.sight.hidden(Kind(kind), str(point.pk), point.value) if point else Sensitive("")


def _phones(person: PersonData) -> list[ReachableAt]:
    return [point for point in person.points if point.kind == "phone" and point.valid]
