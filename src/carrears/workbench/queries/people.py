"""The people of a loan, as this reader may see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from carrears.casework.case_time import business_time
from carrears.casework.models import Case
from carrears.clock import business_moment
from carrears.conduct.models import DoNotContact
from carrears.database.prepared import Blank, prepared
from carrears.parties.blind import Kind
from carrears.parties.models import Role
from carrears.parties.queries import (
    CarIdentity,
    PersonData,
    ReachableAt,
    links_of,
    open_parties,
)
from carrears.portfolio.products import Product
from carrears.workbench.labels import label_of
from carrears.workbench.queries.sight import Sight
from carrears.workbench.view_models.case import ContactPoint, Person
from carrears.workbench.view_models.common import Sensitive

# The consent that a kind of address needs.
_CHANNELS = {"email": "email", "phone": "call", "portal": "portal"}
_RANK = {role: place for place, role in enumerate(Role.values)}


@dataclass(frozen=True, slots=True)
class _Scene:
    """What all people of a case have in common."""

    case: Case
    sight: Sight
    product: Product
    moment: datetime
    stopped: dict[object, str]


def people_of(
    case: Case, sight: Sight, product: Product, *, moment: datetime, agency: str = ""
) -> tuple[Person, tuple[Person, ...]]:
    """The debtor, then everybody else of the loan, to somebody of the lender or of ``agency``."""
    links = sorted(links_of(case.loan_no), key=lambda link: (_RANK[link.role], link.pk))
    data = open_parties(link.party_id for link in links)
    scene = _Scene(case, sight, product, moment, _stopped(case, agency))
    people = [_person(scene, data[link.party_id], link.role) for link in links]
    debtor = next((one for one in people if one.role == Role.OBLIGOR), None)
    if debtor is None:
        debtor = Person(name=Sensitive(gettext("Name unknown")), role=Role.OBLIGOR.value)
    return debtor, tuple(one for one in people if one is not debtor)


def car_of_sight(identity: CarIdentity | None, sight: Sight) -> tuple[Sensitive, Sensitive]:
    """Plate and VIN."""
    if identity is None:
        return Sensitive(""), Sensitive("")
    return (
        sight.hidden(Kind.PLATE, "car", identity.plate),
        sight.hidden(Kind.VIN, "car", identity.vin),
    )


def _person(scene: _Scene, data: PersonData, role: str) -> Person:
    zone = data.time_zone or scene.product.time_zone
    token = str(data.token)
    return Person(
        name=Sensitive(gettext("Erased")) if data.erased_at else scene.sight.name(token, data.name),
        role=role,
        erased_at=data.erased_at,
        told_again_at=data.told_again_at,
        id_no=scene.sight.hidden(Kind.ID_NO, token, data.id_no) if data.id_no else None,
        region=data.region,
        language=data.language,
        local_time=business_moment(scene.case.as_of, zone, moment=scene.moment),
        time_zone=zone,
        points=tuple(_point(point, data, scene.sight) for point in data.points),
        do_not_contact=str(label_of(scene.stopped.get(data.token, ""), "bar_reason").text),
        synthetic=data.synthetic,
        words=data.words,
    )


def _point(point: ReachableAt, data: PersonData, sight: Sight) -> ContactPoint:
    channel = _CHANNELS.get(point.kind)
    return ContactPoint(
        kind=point.kind,
        value=sight.hidden(Kind(point.kind), str(point.pk), point.value),
        source=point.source,
        valid=point.valid,
        pk=point.pk,
        unusable=point.unusable,
        unusable_at=point.unusable_at,
        consent=data.consents.get(channel) if channel else None,
    )


def _stopped(case: Case, agency: str) -> dict[object, str]:
    """Why people of the loan must not be contacted by those of that side, by token."""
    day, _ = business_time(case)
    actor = agency or DoNotContact.OWN_STAFF
    return dict(_barred.ask(loan=case.loan_no, day=day, actor=actor))


@prepared
def _barred(loan: Blank, day: Blank, actor: Blank) -> QuerySet[DoNotContact, tuple[Any, ...]]:
    rows = DoNotContact.objects.filter(
        Q(until_on=None) | Q(until_on__gte=day),
        Q(actor="") | Q(actor=actor),
        from_on__lte=day,
        lifted_at=None,
        party__loans__loan_no=loan,
    )
    return rows.values_list("party_id", "reason")
