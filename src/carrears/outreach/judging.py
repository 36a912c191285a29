"""Tell the gate what is known of a contact, and hear its verdict.

The facts of many attempts are fetched together and judged one by one, so that a night's
thousands and a collector's single click get the same answer.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from carrears.casework.models import Hold
from carrears.clock import is_replay, local_day, now, zone
from carrears.conduct import facts as known
from carrears.conduct.gate import Verdict, judge
from carrears.conduct.models import DoNotContact
from carrears.conduct.pack import Pack, load_pack
from carrears.conduct.vocabulary import Code, NoticeKind, Role
from carrears.outreach.models import Attempt, AttemptState
from carrears.parties.models import Consent, ContactPoint, LoanParty
from carrears.parties.queries import PersonData
from carrears.portfolio.products import Product, load_products
from carrears.resources import shipped

if TYPE_CHECKING:
    from carrears.outreach.messages import Wanted

_LENDER = "LENDER"
# The two or three letters by which a pack names a state or nation.
_STATE = re.compile("[A-Z]{2,3}")
# As far back as any counter of the packs looks.
_MEMORY = timedelta(days=31)
_ROLES: dict[str, Role] = {
    "obligor": "debtor",
    "co_obligor": "co_debtor",
    "guarantor": "guarantor",
    "contact": "contact_person",
}
_NOTICES: dict[str, NoticeKind] = {
    "dispute": "dispute",
    "hardship": "hardship",
    "hospital": "hardship",
    "bereavement": "bereavement",
    "legal": "lawsuit_pending",
    "complaint": "complaint",
}
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


def judge_attempts(wanted: Sequence[Wanted], people: Mapping[UUID, PersonData]) -> list[Judged]:
    """The gate's verdict on each attempt, in their order. Nothing is kept."""
    record = _Record(wanted)
    products = load_products(Path(settings.CARREARS_HOME))
    return [
        _judge(one, people[one.party.token], products[one.case.product], record) for one in wanted
    ]


@cache
def pack_of(jurisdiction: str) -> Pack:
    """The rules that a product's jurisdiction is judged by."""
    return load_pack(jurisdiction, shipped("rulepacks"))


def _judge(wanted: Wanted, person: PersonData, product: Product, record: _Record) -> Judged:
    facts = known.Facts(
        state=person.region if _STATE.fullmatch(person.region) else None,
        parties=_parties(wanted, person, product, record),
        organisations=(
            known.Organisation(id=_LENDER, kind="lender", own_name=True, codes=_codes(product)),
        ),
        debts=(_debt(wanted),),
        contact_points=_contact_points(wanted, person),
        consents=record.consents(wanted, person),
        preferences=record.refusals(wanted, person),
        notices=record.notices(wanted),
        do_not_contact=record.do_not_contact(wanted),
        history=record.history(wanted),
    )
    attempt = _attempt(wanted, person, product)
    law_on = _law_on(wanted, person, product)
    verdict = judge(facts, attempt, pack_of(wanted.case.jurisdiction), law_on=law_on)
    return Judged(verdict, facts, attempt, law_on)


def _codes(product: Product) -> tuple[Code, ...]:
    """The codes that the lender binds itself to for this product, else for all of them."""
    codes = settings.LENDER_CODES if product.codes is None else product.codes
    return cast("tuple[Code, ...]", codes)


def _law_on(wanted: Wanted, person: PersonData, product: Product) -> date | None:
    """A replayed day is judged by today's law: its messages are made today."""
    today = local_day(now(), _zone(person, product))
    return today if is_replay(wanted.case.as_of, today=today) else None


def _zone(person: PersonData, product: Product) -> str:
    return person.time_zone or product.time_zone


def _party_id(token: UUID) -> str:
    return f"P.{token}"


def _point_id(pk: int) -> str:
    return f"C.{pk}"


def _debt_id(wanted: Wanted) -> str:
    return f"L.{wanted.case.loan_id}"


def _parties(
    wanted: Wanted, person: PersonData, product: Product, record: _Record
) -> tuple[known.Party, ...]:
    role = record.role(wanted)
    addressee = known.Party(
        id=_party_id(wanted.party.token),
        role=role,
        relation="self" if role == "debtor" else None,
        time_zones=person.zones or (_zone(person, product),),
    )
    debtor = wanted.case.party_id
    if debtor is None or debtor == wanted.party.token:
        return (addressee,)
    return (addressee, known.Party(id=_party_id(debtor), role="debtor", relation="self"))


def _debt(wanted: Wanted) -> known.Debt:
    debtor = wanted.case.party_id or wanted.party.token
    return known.Debt(
        id=_debt_id(wanted),
        debtor=_party_id(debtor),
        creditor=_LENDER,
        kind="vehicle_loan",
        in_default=wanted.case.dpd > 0,
        days_overdue=wanted.case.dpd,
        secured_by="vehicle",
    )


def _contact_points(wanted: Wanted, person: PersonData) -> tuple[known.ContactPoint, ...]:
    return tuple(
        known.ContactPoint.model_validate(
            {
                "id": _point_id(point.pk),
                "owner": _party_id(wanted.party.token),
                "kind": "personal_email",
                "source": point.source,
                "reserved": point.source in {"contract", "reserved_info"},
            }
        )
        for point in person.points
        if point.kind == "email" and point.valid
    )


def _attempt(wanted: Wanted, person: PersonData, product: Product) -> known.Attempt:
    zone_name = _zone(person, product)
    point = person.at("email")
    return known.Attempt.model_validate(
        {
            "act": "contact",
            "at": wanted.at.astimezone(zone(zone_name)).replace(tzinfo=None),
            "zone": zone_name,
            "debts": (_debt_id(wanted),),
            "collector": _LENDER,
            "channel": "email",
            "party": _party_id(wanted.party.token),
            "contact_point": _point_id(point.pk) if point else None,
            "purpose": wanted.template.purpose,
            "content": _CONTENT if wanted.template.purpose == "collect" else ("names_debtor",),
            "sender": "organisation",
            "disclosures": {"institution": True, "sender_id": True, "opt_out": True},
        }
    )


class _Record:
    """What is on record about all the people and cases of some attempts, fetched at once."""

    def __init__(self, wanted: Iterable[Wanted]) -> None:
        wanted = list(wanted)
        tokens = {one.party.token for one in wanted}
        self._roles = {
            (loan_no, token): role
            for loan_no, token, role in LoanParty.objects.filter(
                loan_no__in=[one.case.loan_no for one in wanted], party__in=tokens
            ).values_list("loan_no", "party_id", "role")
        }
        self._consents: dict[UUID, dict[str, Consent]] = defaultdict(dict)
        for consent in Consent.objects.filter(party__in=tokens).order_by("given_at", "pk"):
            self._consents[consent.party_id][consent.channel] = consent
        self._holds: dict[int, list[Hold]] = defaultdict(list)
        for hold in Hold.objects.filter(case__in=[one.case.pk for one in wanted]):
            self._holds[hold.case_id].append(hold)
        self._attempts: dict[UUID, list[Attempt]] = defaultdict(list)
        if wanted:
            since = min(one.at for one in wanted) - _MEMORY
            past = Attempt.objects.filter(
                party__in=tokens, at__gte=since, state__in=(AttemptState.SENT, AttemptState.BOOKED)
            ).select_related("case")
            for attempt in past.order_by("at", "pk"):
                self._attempts[attempt.party_id].append(attempt)
        self._barred, self._barred_points = _bars(tokens)

    def role(self, wanted: Wanted) -> Role:
        """What the addressee is to the loan; somebody unknown to it is a third party."""
        role = self._roles.get((wanted.case.loan_no, wanted.party.token))
        return _ROLES[role] if role else "third_party"

    def consents(self, wanted: Wanted, person: PersonData) -> tuple[known.Consent, ...]:
        """Consent to electronic messages, by channel."""
        return tuple(
            known.Consent.model_validate(
                {
                    "kind": "consent",
                    "scope": "electronic_message",
                    "by": _party_id(wanted.party.token),
                    "to": _LENDER,
                    "granted": consent.granted,
                    "channels": (channel,),
                    "given_at": _given(consent, person, wanted),
                }
            )
            for channel, consent in self._consents[wanted.party.token].items()
            if channel == "email"
        )

    def refusals(self, wanted: Wanted, person: PersonData) -> tuple[known.Preference, ...]:
        """Channels that the person asked not to be used."""
        return tuple(
            known.Preference.model_validate(
                {
                    "by": _party_id(wanted.party.token),
                    "kind": "avoid_channel",
                    "channels": (channel,),
                    "made_at": _given(consent, person, wanted),
                    "known_from": "party",
                }
            )
            for channel, consent in self._consents[wanted.party.token].items()
            if not consent.granted
        )

    def notices(self, wanted: Wanted) -> tuple[known.Notice, ...]:
        """Holds that are in force at the moment of the attempt, as notices."""
        return tuple(
            known.Notice(
                kind=_NOTICES[hold.reason],
                by=_party_id(wanted.case.party_id or wanted.party.token),
                to=_LENDER,
                received_at=hold.from_on,
                debts=(_debt_id(wanted),),
                status="open",
                starts_on=hold.from_on,
                ends_on=hold.until_on,
            )
            for hold in self._live_holds(wanted)
        )

    def do_not_contact(self, wanted: Wanted) -> tuple[known.DoNotContact, ...]:
        """Bars on the person or the address; a hold (停催) bars the debtor for its time."""
        rows = self._barred[wanted.party.token] + self._barred_points[wanted.party.token]
        party = _party_id(wanted.party.token)
        listed = tuple(
            known.DoNotContact.model_validate(
                {
                    "party": party,
                    "channels": (row.channel,) if row.channel else (),
                    "reason": row.reason,
                    "from_on": row.from_on,
                    "until_on": row.until_on,
                }
            )
            for row in rows
        )
        held = tuple(
            known.DoNotContact(
                party=party,
                reason=f"hold: {hold.reason}",
                from_on=hold.from_on,
                until_on=hold.until_on,
            )
            for hold in self._live_holds(wanted)
        )
        return listed + held

    def _live_holds(self, wanted: Wanted) -> list[Hold]:
        day = local_day(wanted.at, settings.TIME_ZONE)
        return [
            hold
            for hold in self._holds[wanted.case.pk]
            if hold.from_on <= day
            and (hold.until_on is None or hold.until_on >= day)
            and (hold.lifted_on is None or hold.lifted_on > day)
        ]

    def history(self, wanted: Wanted) -> tuple[known.ContactEvent, ...]:
        """Earlier contacts with the person, whoever made them and about whichever loan."""
        return tuple(
            known.ContactEvent.model_validate(
                {
                    "id": f"A.{attempt.pk}",
                    "at": attempt.at.astimezone(zone(settings.TIME_ZONE)).replace(tzinfo=None),
                    "zone": settings.TIME_ZONE,
                    "direction": "out",
                    "channel": attempt.channel,
                    "party": _party_id(attempt.party_id),
                    "debts": (f"L.{attempt.case.loan_id}",),
                    "collector": _LENDER,
                    "result": "sent",
                    "effective": attempt.effective,
                    "purpose": attempt.purpose,
                }
            )
            for attempt in self._attempts[wanted.party.token]
            if attempt.at <= wanted.at and attempt.key != wanted.key
        )


def _given(consent: Consent, person: PersonData, wanted: Wanted) -> object:
    """When it was said, by the slowest clock the person may have.

    Not after an attempt of a replayed book: consents come in with a tape, dated by its arrival,
    which in a replay lies after the days that are replayed.
    """
    moment = min(consent.given_at, wanted.at)
    places = person.zones or (person.time_zone or settings.TIME_ZONE,)
    return min(moment.astimezone(zone(name)).replace(tzinfo=None) for name in places)


def _bars(
    tokens: set[UUID],
) -> tuple[dict[UUID, list[DoNotContact]], dict[UUID, list[DoNotContact]]]:
    owners: dict[bytes, list[UUID]] = defaultdict(list)
    for token, index in ContactPoint.objects.filter(party__in=tokens, kind="email").values_list(
        "party_id", "value_index"
    ):
        owners[bytes(index)].append(token)
    people: dict[UUID, list[DoNotContact]] = defaultdict(list)
    points: dict[UUID, list[DoNotContact]] = defaultdict(list)
    for row in DoNotContact.objects.filter(Q(party__in=tokens) | Q(value_index__in=list(owners))):
        if row.party_id is not None:
            people[row.party_id].append(row)
        elif row.value_index is not None:
            for token in owners[bytes(row.value_index)]:
                points[token].append(row)
    return people, points
