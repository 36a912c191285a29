"""What is on record about the people and cases of some contacts, told as facts of the gate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from django.conf import settings

from carrears.casework.models import Hold
from carrears.clock import local_day, zone
from carrears.conduct import facts as known
from carrears.conduct.complaint_models import Complaint
from carrears.conduct.dispute_models import Dispute, DisputedLoan
from carrears.conduct.listed import Listed, find_listed
from carrears.conduct.models import DoNotContact, Mandate
from carrears.conduct.vocabulary import NoticeKind, Role
from carrears.outreach import asked_of_record as asked
from carrears.outreach.at_the_time import (
    any_reported,
    bar_stood,
    complaint_stood,
    dispute_stood,
    hold_stood,
    moment_of,
    said_by,
)
from carrears.outreach.fact_ids import LENDER, collector_id, debt_id, party_id, point_id
from carrears.outreach.past import event_of, event_of_outcome, past_attempts, unbooked_contacts
from carrears.outreach.wanted import WantedContact, debtor_of
from carrears.parties.consent_texts import CONTACT
from carrears.parties.consents import newest_words, texts
from carrears.parties.models import Consent
from carrears.parties.queries import PersonData, points_by_index

# What was booked while a contact waited for its debtor's lock came first, though its own clock
# may read later; nobody waits as long as this (``booking``).
_OVERTOOK = timedelta(minutes=10)
_A_DAY = timedelta(days=1)
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
    "disaster": "calamity",
    "death": "bereavement",
    "insolvency": "bankruptcy",
    "moratorium": "breathing_space_standard",
}


class OnRecord:
    """What is on record about all the people and cases of some attempts, fetched at once."""

    def __init__(self, wanted: Sequence[WantedContact], people: Mapping[UUID, PersonData]) -> None:
        tokens = {one.party.token for one in wanted} | {debtor_of(one) for one in wanted}
        people_asked, loans = [*tokens], {one.case.loan_no for one in wanted}
        self._roles = {
            (loan_no, token): role
            for loan_no, token, role in asked.roles.ask(loans=[*loans], people=people_asked)
        }
        said: dict[UUID, list[Consent]] = defaultdict(list)
        for consent in asked.consents.find(people=people_asked):
            said[consent.party_id].append(consent)
        self._said = said
        self._consents = {token: newest_words(words) for token, words in said.items()}
        self._purposes = texts().purposes
        self._holds: dict[int | UUID, list[Hold]] = defaultdict(list)
        is_past = any_reported(wanted)
        holds = asked.dated_holds if is_past else asked.holds
        for hold in holds.find(cases=[one.case.pk for one in wanted], people=people_asked):
            if (holder := hold.case_id or hold.party_id) is not None:
                self._holds[holder].append(hold)
        self._attempts = past_attempts(wanted, tokens)
        self._unbooked = unbooked_contacts(wanted, tokens)
        self._mandates: dict[str, list[Mandate]] = defaultdict(list)
        if agencies := {one.agency for one in wanted if one.agency}:
            for mandate in Mandate.objects.filter(agency__in=agencies).order_by("pk"):
                self._mandates[mandate.agency].append(mandate)
        self._barred, self._barred_points = _bars(tokens, lifted=is_past)
        self._listed: dict[UUID, list[Listed]] = defaultdict(list)
        addressees = {one.party.token for one in wanted} & people.keys()
        for listed in find_listed(people[token] for token in sorted(addressees)):
            self._listed[listed.token].append(listed)
        complaints = asked.complaints if is_past else asked.open_complaints
        self._complaints = complaints.find(loans=[*loans], people=people_asked)
        self._disputed = _disputed(loans, over=is_past)

    def role(self, wanted: WantedContact) -> Role:
        """What the addressee is to the loan; somebody unknown to it is a third party."""
        role = self._roles.get((wanted.case.loan_no, wanted.party.token))
        return _ROLES[role] if role else "third_party"

    def consents(self, wanted: WantedContact, person: PersonData) -> tuple[known.Consent, ...]:
        """What he and the debtor agreed to or refused, for what the gate asks consent for."""
        return tuple(
            known.Consent.model_validate(
                {
                    "kind": "consent",
                    "scope": purpose.scope_of(channel),
                    "by": party_id(token),
                    "to": LENDER,
                    "granted": consent.granted,
                    "separate": purpose.separate or None,
                    "channels": (channel,) if channel else (),
                    "given_at": _given(consent, person, wanted),
                }
            )
            for token in dict.fromkeys((wanted.party.token, debtor_of(wanted)))
            for (key, channel), consent in self._words(token, wanted).items()
            if (purpose := self._purposes.get(key)) and purpose.scope_of(channel)
        )

    def refusals(self, wanted: WantedContact, person: PersonData) -> tuple[known.Preference, ...]:
        """Channels that the person asked not to be used."""
        return tuple(
            known.Preference.model_validate(
                {
                    "by": party_id(wanted.party.token),
                    "kind": "avoid_channel",
                    "channels": (channel,),
                    "made_at": _given(consent, person, wanted),
                    "known_from": "party",
                }
            )
            for (key, channel), consent in self._words(wanted.party.token, wanted).items()
            if key == CONTACT and not consent.granted
        )

    def _words(self, token: UUID, wanted: WantedContact) -> Mapping[tuple[str, str], Consent]:
        if (moment := moment_of(wanted)) is not None:
            return newest_words(said_by(self._said[token], moment))
        return self._consents.get(token, {})

    def notices(self, wanted: WantedContact) -> tuple[known.Notice, ...]:
        """Holds in force at the moment of the attempt, open disputes and complaints, as notices.

        An open dispute is told whether its hold stands or was lifted by hand, with its form.
        """
        disputed = self._open_disputes(wanted)
        told = {one.hold_id for one in disputed}
        held = tuple(
            known.Notice(
                kind=_NOTICES[hold.reason],
                by=party_id(debtor_of(wanted)),
                to=LENDER,
                received_at=hold.from_on,
                debts=(debt_id(wanted),),
                status="open",
                starts_on=hold.from_on,
                ends_on=hold.until_on,
            )
            for hold in self._live_holds(wanted)
            if hold.pk not in told
        )
        held += tuple(
            known.Notice(
                kind="dispute",
                by=party_id(one.dispute.party_id or debtor_of(wanted)),
                to=LENDER,
                received_at=_day_of(one.dispute, wanted),
                form=one.dispute.form,
                debts=(debt_id(wanted),),
                status="open",
                starts_on=_day_of(one.dispute, wanted),
            )
            for one in disputed
        )
        if any(notice.kind == "complaint" for notice in held):
            return held
        return held + tuple(
            known.Notice(
                kind="complaint",
                by=party_id(one.party_id) if one.party_id else None,
                to=LENDER,
                received_at=_day_of(one, wanted),
                debts=(debt_id(wanted),),
                status="open",
                starts_on=_day_of(one, wanted),
            )
            for one in self._open_complaints(wanted)
        )

    def _open_complaints(self, wanted: WantedContact) -> list[Complaint]:
        """Complaints about the loan, or of the addressee about whatever loan."""
        return [
            one
            for one in self._complaints
            if (one.loan_no == wanted.case.loan_no or one.party_id == wanted.party.token)
            and complaint_stood(one, moment_of(wanted))
        ]

    def _open_disputes(self, wanted: WantedContact) -> list[DisputedLoan]:
        """What of the loan is disputed and not answered."""
        return [
            one
            for one in self._disputed[wanted.case.loan_no]
            if dispute_stood(one.dispute, moment_of(wanted))
        ]

    def do_not_contact(self, wanted: WantedContact) -> tuple[known.DoNotContact, ...]:
        """Bars on the person, or on one of the numbers and addresses, wherever else it stands.

        A hold (停催) bars the addressee for its time, and so does an open complaint or dispute that
        found no case to hold; a list that others keep bars whoever it lists.
        """
        token = wanted.party.token
        people = [({"party": party_id(token)}, row) for row in self._barred[token]]
        points = [
            ({"contact_point": point_id(point)}, row) for point, row in self._barred_points[token]
        ]
        listed = tuple(
            known.DoNotContact.model_validate(
                {
                    **named,
                    "channels": (row.channel,) if row.channel else (),
                    "reason": row.reason,
                    "from_on": row.from_on,
                    "until_on": row.until_on,
                }
            )
            for named, row in (*people, *points)
            if row.covers(product=wanted.case.product, agency=wanted.agency)
            and bar_stood(row, moment_of(wanted))
        )
        held = tuple(
            known.DoNotContact(
                party=party_id(token),
                reason=f"hold: {hold.reason}",
                from_on=hold.from_on,
                until_on=hold.until_on,
            )
            for hold in self._live_holds(wanted)
        )
        complained = tuple(
            known.DoNotContact(
                party=party_id(token),
                reason="complaint",
                from_on=_day_of(one, wanted),
                until_on=None,
            )
            for one in self._open_complaints(wanted)
            if one.hold_id is None
        )
        disputed = tuple(
            known.DoNotContact(
                party=party_id(token),
                reason="dispute",
                from_on=_day_of(one.dispute, wanted),
                until_on=None,
            )
            for one in self._open_disputes(wanted)
            if one.hold_id is None
        )
        return listed + self._industry(wanted) + held + complained + disputed

    def _industry(self, wanted: WantedContact) -> tuple[known.DoNotContact, ...]:
        agency, product = wanted.agency, wanted.case.product
        moment = moment_of(wanted)
        return tuple(
            known.DoNotContact.model_validate(
                {
                    "party": party_id(listed.token) if listed.row.whole_person else None,
                    "contact_point": None if listed.row.whole_person else point_id(listed.point),
                    "listed_in": str(listed.row),
                    "channels": (listed.row.channel,) if listed.row.channel else (),
                    "reason": listed.row.reason,
                    "from_on": listed.row.from_on,
                    "until_on": listed.row.until_on,
                }
            )
            for listed in self._listed[wanted.party.token]
            if listed.covers(product=product, agency=agency)
            and (moment is None or listed.row.live_at is None or listed.row.live_at <= moment)
        )

    def _live_holds(self, wanted: WantedContact) -> list[Hold]:
        """Of the case, of the person who owes it, and of the addressee himself.

        Those too that have a day before or behind the house's: the gate goes by his clock.
        """
        day, moment = local_day(wanted.at, settings.TIME_ZONE), moment_of(wanted)
        holders: list[int | UUID] = [wanted.case.pk, debtor_of(wanted)]
        if wanted.party.token not in holders:
            holders.append(wanted.party.token)
        return [
            hold
            for holder in holders
            for hold in self._holds[holder]
            if hold.from_on <= day + _A_DAY
            and (hold.until_on is None or hold.until_on >= day - _A_DAY)
            and hold_stood(hold, day, moment)
        ]

    def delegations(self, wanted: WantedContact) -> tuple[known.Delegation, ...]:
        """The mandates that the lender gave the agency that acts."""
        return tuple(
            known.Delegation.model_validate(
                {
                    "from": LENDER,
                    "to": collector_id(wanted.agency),
                    "starts_on": mandate.starts_on,
                    "ends_on": mandate.ends_on,
                }
            )
            for mandate in self._mandates[wanted.agency]
        )

    def history(self, wanted: WantedContact) -> tuple[known.ContactEvent, ...]:
        """Earlier contacts with the person and the debtor, by whomever, about whichever loan."""
        latest = wanted.at if moment_of(wanted) is not None else wanted.at + _OVERTOOK
        found = {
            attempt.pk: attempt
            for token in (debtor_of(wanted), wanted.party.token)
            for attempt in self._attempts[token]
            if attempt.at <= latest and attempt.key != wanted.key
        }
        past = sorted(found.values(), key=lambda each: (each.at, each.pk))
        booked = tuple(event_of(attempt, until=wanted.at) for attempt in past)
        return booked + self._not_booked(wanted)

    def _not_booked(self, wanted: WantedContact) -> tuple[known.ContactEvent, ...]:
        """Contacts of which one was told only afterwards: to the house, and visits."""
        told = {
            one.pk: one
            for token in (debtor_of(wanted), wanted.party.token)
            for one in self._unbooked[token]
            if one.at <= wanted.at
        }
        return tuple(event_of_outcome(told[pk]) for pk in sorted(told))


def _given(consent: Consent, person: PersonData, wanted: WantedContact) -> object:
    """When it was said, by the slowest clock the person may have.

    Not after an attempt of a replayed book: consents come in with a tape, dated by its arrival,
    which in a replay lies after the days that are replayed.
    """
    moment = min(consent.given_at, wanted.at)
    places = person.zones or (person.time_zone or settings.TIME_ZONE,)
    return min(moment.astimezone(zone(name)).replace(tzinfo=None) for name in places)


def _day_of(matter: Complaint | Dispute, wanted: WantedContact) -> date:
    """When it was received; in a replayed book not after the attempt."""
    return local_day(min(matter.received_at, wanted.at), settings.TIME_ZONE)


def _disputed(loans: set[str], *, over: bool) -> dict[str, list[DisputedLoan]]:
    """What is disputed of these loans, and where ``over`` what was."""
    found: dict[str, list[DisputedLoan]] = defaultdict(list)
    for one in (asked.disputes if over else asked.open_disputes).find(loans=[*loans]):
        found[one.loan_no].append(one)
    return found


_PointBars = dict[UUID, list[tuple[int, DoNotContact]]]


def _bars(tokens: set[UUID], *, lifted: bool) -> tuple[dict[UUID, list[DoNotContact]], _PointBars]:
    owners = points_by_index(tokens)
    people: dict[UUID, list[DoNotContact]] = defaultdict(list)
    points: _PointBars = defaultdict(list)
    rows = asked.bars if lifted else asked.standing_bars
    for row in rows.find(people=[*tokens], points=[*owners]):
        if row.party_id is not None:
            people[row.party_id].append(row)
        elif row.value_index is not None:
            for token, pk in owners[bytes(row.value_index)]:
                points[token].append((pk, row))
    return people, points
