"""Tell the gate what is known of a contact, and hear its verdict.

The facts of many attempts are fetched together and judged one by one, so that a night's
thousands and a collector's single click get the same answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, cast, get_args
from uuid import UUID

import phonenumbers
from django.conf import settings

from carrears.casework.case_product import product_of
from carrears.clock import is_replay, local_day, now, zone
from carrears.conduct import facts as known
from carrears.conduct.gate import judge
from carrears.conduct.pack import Pack, load_pack
from carrears.conduct.verdict import Verdict
from carrears.conduct.vocabulary import Code, ContactSource
from carrears.database.wall import as_house
from carrears.outreach.fact_ids import LENDER, collector_id, debt_id, party_id, point_id
from carrears.outreach.numbers import REGIONS
from carrears.outreach.onrecord import OnRecord
from carrears.outreach.wanted import (
    ReportedContact,
    WantedContact,
    WantedVisit,
    debtor_of,
    point_of,
)
from carrears.parties.queries import PersonData, ReachableAt, open_parties
from carrears.portfolio.products import Product, load_products
from carrears.resources import shipped

# The two or three letters by which a pack names a state or nation.
_STATE = re.compile("[A-Z]{2,3}")
_SOURCES = frozenset(get_args(ContactSource))
# What every message, and what every call by this house's script, says of itself.
_WRITTEN = {"institution": True, "sender_id": True, "opt_out": True}
_SPOKEN = {"institution": True, "caller_identity": True}
_ELECTRONIC = frozenset({"email", "phone", "portal"})
# Of where somebody lives the gate is told where a letter or somebody goes there.
_OF_LETTERS = _ELECTRONIC | {"address"}
_CONTENT = ("names_debtor", "debt_exists", "debt_amount", "asks_to_pay", "repayment_channel")


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict with all that it was given on, so that it can be given again."""

    verdict: Verdict
    facts: known.Facts
    attempt: known.Attempt
    law_on: date | None = None

    def facts_json(self) -> dict[str, Any]:
        """All that was asked, as it is stored next to the verdict: tokens, no names.

        ``law_on`` is there only where another day's law was asked for than the attempt's own.
        """
        told = {"facts": self.facts.to_json(), "attempt": self.attempt.to_json()}
        return told if self.law_on is None else {**told, "law_on": self.law_on.isoformat()}


def judge_attempts(
    wanted: Sequence[WantedContact], people: Mapping[UUID, PersonData]
) -> list[Judged]:
    """The gate's verdict on each attempt, in their order. Nothing is kept.

    ``people`` are the addressees and, as far as they are known, the debtors. No attempt counts
    for another: those to one person are asked about in turn, once the one before is booked.
    """
    products = load_products(Path(settings.CARREARS_HOME))
    # It counts the contacts of all sides and teams, whoever asks.
    with as_house():
        record = OnRecord(wanted, people)
        return [_judge(one, people, products[one.case.product], record) for one in wanted]


def judge_instead(judged: Judged, wanted: WantedContact, person: PersonData) -> Judged:
    """The verdict on ``wanted`` in place of the contact that ``judged`` is about.

    It is about the same case and person, by the same organisation and at the same moment, and
    differs by channel and purpose alone: what is on record is the same for both.
    """
    product = product_of(wanted.case)
    attempt = _attempt(wanted, person, product)
    pack = pack_of(wanted.case.jurisdiction)
    verdict = judge(judged.facts, attempt, pack, law_on=judged.law_on)
    return Judged(verdict, judged.facts, attempt, judged.law_on)


def people_of(wanted: Iterable[WantedContact], *, names: bool = True) -> dict[UUID, PersonData]:
    """The addressees and the debtors of these attempts in clear, by token; names if need be."""
    tokens = {each for one in wanted for each in (one.party.token, debtor_of(one))}
    with as_house():  # the gate is told of all of somebody's numbers
        return open_parties(tokens, names=names)


@cache
def pack_of(jurisdiction: str) -> Pack:
    """The rules that a product's jurisdiction is judged by."""
    return load_pack(jurisdiction, shipped("rulepacks"))


def _judge(
    wanted: WantedContact,
    people: Mapping[UUID, PersonData],
    product: Product,
    record: OnRecord,
) -> Judged:
    person = people[wanted.party.token]
    facts = known.Facts(
        state=person.region if _STATE.fullmatch(person.region) else None,
        parties=_parties(wanted, person, product, record),
        organisations=_organisations(wanted, product),
        debts=(_debt(wanted),),
        contact_points=_contact_points(wanted, people),
        consents=record.consents(wanted, person),
        preferences=record.refusals(wanted, person),
        notices=record.notices(wanted),
        delegations=record.delegations(wanted),
        do_not_contact=record.do_not_contact(wanted),
        history=record.history(wanted),
    )
    attempt = _attempt(wanted, person, product)
    law_on = _law_on(wanted, person, product)
    verdict = judge(facts, attempt, pack_of(wanted.case.jurisdiction), law_on=law_on)
    return Judged(verdict, facts, attempt, law_on)


def _organisations(wanted: WantedContact, product: Product) -> tuple[known.Organisation, ...]:
    lender = known.Organisation(id=LENDER, kind="lender", own_name=True, codes=_codes(product))
    if not wanted.agency:
        return (lender,)
    return (lender, known.Organisation(id=collector_id(wanted.agency), kind="agency"))


def _codes(product: Product) -> tuple[Code, ...]:
    """The codes that the lender binds itself to for this product, else for all of them."""
    codes = settings.LENDER_CODES if product.codes is None else product.codes
    return cast("tuple[Code, ...]", codes)


def _law_on(wanted: WantedContact, person: PersonData, product: Product) -> date | None:
    """A replayed day is judged by today's law: its messages are made today."""
    today = local_day(now(), _zone(person, product))
    return today if is_replay(wanted.case.as_of, today=today) else None


def _zone(person: PersonData, product: Product) -> str:
    return person.time_zone or product.time_zone


def _parties(
    wanted: WantedContact, person: PersonData, product: Product, record: OnRecord
) -> tuple[known.Party, ...]:
    role = record.role(wanted)
    addressee = known.Party(
        id=party_id(wanted.party.token),
        role=role,
        relation="self" if role == "debtor" else None,
        time_zones=person.zones or (_zone(person, product),),
    )
    debtor = debtor_of(wanted)
    if debtor == wanted.party.token:
        return (addressee,)
    return (addressee, known.Party(id=party_id(debtor), role="debtor", relation="self"))


def _debt(wanted: WantedContact) -> known.Debt:
    debtor = debtor_of(wanted)
    days = _days_overdue(wanted)
    return known.Debt(
        id=debt_id(wanted),
        debtor=party_id(debtor),
        creditor=LENDER,
        kind="vehicle_loan",
        in_default=days > 0,
        days_overdue=days,
        secured_by="vehicle",
    )


def _days_overdue(wanted: WantedContact) -> int:
    """Of what was made before the case's figures, so many days fewer, while its case was open."""
    case = wanted.case
    if not isinstance(wanted, ReportedContact):
        return case.dpd
    day = local_day(wanted.at, settings.TIME_ZONE)
    return max(case.dpd - max((case.as_of - day).days, 0), 1 if case.opened_on <= day else 0)


def _contact_points(
    wanted: WantedContact, people: Mapping[UUID, PersonData]
) -> tuple[known.ContactPoint, ...]:
    """The numbers and addresses in use, the addressee's first and then the debtor's."""
    kinds = _OF_LETTERS if wanted.channel in {"letter", "visit"} else _ELECTRONIC
    tokens = dict.fromkeys((wanted.party.token, debtor_of(wanted)))
    return tuple(
        known.ContactPoint.model_validate(
            {
                "id": point_id(point.pk),
                "owner": party_id(token),
                "kind": _kind_of(point, wanted.case.jurisdiction),
                "source": _source_of(point),
                "reserved": point.source in {"contract", "reserved_info"},
            }
        )
        for token in tokens
        if token in people
        for point in people[token].points
        if point.kind in kinds and (point.valid or point.pk == wanted.point)
    )


def _kind_of(point: ReachableAt, jurisdiction: str) -> str:
    """What a number is; where its digits do not tell, a mobile one, whose rules are stricter."""
    if point.kind == "email":
        return "personal_email"
    if point.kind == "address":
        return "home_address"
    if point.kind == "portal":
        return "portal_account"
    try:
        number = phonenumbers.parse(point.value, REGIONS.get(jurisdiction))
    except phonenumbers.NumberParseException:
        return "mobile"
    is_landline = phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.FIXED_LINE
    return "landline_unknown" if is_landline else "mobile"


def _source_of(point: ReachableAt) -> str | None:
    """Where it came from, in the gate's words; one it has no word for is unknown to it."""
    if point.source == "debtor":
        return "debtor_authorisation"
    return point.source if point.source in _SOURCES else None


def _attempt(wanted: WantedContact, person: PersonData, product: Product) -> known.Attempt:
    zone_name = _zone(person, product)
    point = point_of(wanted, person)
    collects = wanted.purpose == "collect"
    is_call = wanted.channel == "call"
    return known.Attempt.model_validate(
        {
            "act": "contact",
            "at": wanted.at.astimezone(zone(zone_name)).replace(tzinfo=None),
            "zone": zone_name,
            "debts": (debt_id(wanted),),
            "collector": collector_id(wanted.agency),
            "channel": wanted.channel,
            "party": party_id(wanted.party.token),
            "contact_point": point_id(point.pk) if point else None,
            "mode": "human" if wanted.channel in {"call", "visit"} else None,
            "purpose": wanted.purpose,
            "content": _CONTENT if collects else ("names_debtor",),
            "sender": "organisation",
            "disclosures": _SPOKEN if is_call else _WRITTEN,
            **_of_visit(wanted),
        }
    )


def _of_visit(wanted: WantedContact) -> dict[str, Any]:
    """What is asked about a visit alone; what nobody was told is not known to the gate."""
    if wanted.channel != "visit" or not isinstance(wanted, WantedVisit | ReportedContact):
        return {}
    told = True if wanted.announced else None
    said = {"institution": True, "visit_notice": told, "visit_purpose": told}
    return {"staff": wanted.staff, "place": "home", "disclosures": said}
