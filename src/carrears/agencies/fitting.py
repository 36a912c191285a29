"""Hold the rows of an agency's log against what is on record, all of them together.

A row that names a case which was not with the agency then is answered like one that names none:
nobody learns from it what else the house has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, cast
from uuid import UUID

from carrears.access.models import Organisation
from carrears.access.organisations import access_day
from carrears.agencies.contact_log_files import LogRow
from carrears.agencies.row_files import Fault
from carrears.casework.case_product import product_of
from carrears.casework.models import Case, Placement
from carrears.outreach.logged import Logged, code_of, needs_code
from carrears.outreach.models import Attempt
from carrears.outreach.past import MEMORY
from carrears.outreach.reported import known_at
from carrears.outreach.services import contact_moment
from carrears.outreach.wanted import KIND_OF_CHANNEL
from carrears.parties.blind import DIALLING, Kind, blind_indexes
from carrears.parties.models import ContactPoint, LoanParty, Role
from carrears.parties.services import keyring

NOT_WITH_YOU = "no case of this loan was with you then"
NOT_THEN = "the contact must lie within the last 31 days, and not ahead"
NO_SUCH_NUMBER = "this number or address is not on record for this loan"
NOBODY = "nobody of this role is on record for this loan"
NO_CODE = "“%(told)s” is no code for what comes of this channel"
NO_RESULT = "of what was only sent no result is told"
BOOKED = "this contact was booked here; it is not told again"
_SAME = timedelta(minutes=2)
_IN_TURN = (Role.OBLIGOR, Role.CO_OBLIGOR, Role.GUARANTOR, Role.CONTACT)


class Records:
    """What is on record about the loans of some rows, for one agency; fetched at once."""

    def __init__(self, rows: Sequence[LogRow], agency: Organisation) -> None:
        loans = {one.loan_no for one in rows}
        self._agency = agency
        self._cases: dict[str, list[Case]] = defaultdict(list)
        for case in Case.objects.filter(loan_no__in=loans).order_by("-opened_on", "-pk"):
            self._cases[case.loan_no].append(case)
        numbers = {case.obligor_no for found in self._cases.values() for case in found}
        self._placements: dict[str, list[Placement]] = defaultdict(list)
        for placed in Placement.objects.filter(agency=agency, obligor_no__in=numbers - {""}):
            self._placements[placed.obligor_no].append(placed)
        self._people: dict[str, list[LoanParty]] = defaultdict(list)
        links = LoanParty.objects.filter(loan_no__in=loans).select_related("party")
        for link in links.order_by("pk"):
            self._people[link.loan_no].append(link)
        tokens = {one.party_id for found in self._people.values() for one in found}
        self._points: dict[tuple[UUID, str], dict[bytes, int]] = defaultdict(dict)
        points = ContactPoint.objects.filter(party__in=tokens).order_by("pk")
        for party, kind, index, pk in points.values_list("party", "kind", "value_index", "pk"):
            self._points[party, kind].setdefault(bytes(index), pk)
        self._booked: dict[tuple[int, UUID, str], list[datetime]] = defaultdict(list)
        of_the_agency = Attempt.objects.filter(
            agency=agency.key, case__loan_no__in=loans, reported=False
        ).exclude(state__in=["blocked", "failed"])
        for case_id, party, channel, at in of_the_agency.values_list(
            "case", "party", "channel", "at"
        ):
            self._booked[case_id, party, channel].append(at)
        self._ring = keyring()

    def fit(self, row: LogRow) -> Logged | list[Fault]:
        """The contact that a row tells of, or what does not fit."""
        case = self._case(row)
        if case is None:
            return [Fault("loan_no", NOT_WITH_YOU)]
        moment = contact_moment(case)
        if not moment - MEMORY <= row.at <= moment:
            return [Fault("at", NOT_THEN)]
        faults = _result_faults(row)
        person, point, fault = self._person(row, case)
        if fault is not None:
            faults.append(fault)
        elif person is not None and self._is_booked(row, case, person.party_id):
            faults.append(Fault("at", BOOKED))
        if faults or person is None:
            return faults
        return Logged(
            key=f"log:{self._agency.key}:{row.reference}",
            case=case,
            party=person.party,
            role=person.role,
            at=row.at,
            channel=row.channel,
            direction=cast("Literal['out', 'in']", row.direction),
            point=point,
            code=row.result,
            staff=row.staff,
            note=row.note,
        )

    def _case(self, row: LogRow) -> Case | None:
        """The newest case of the loan that was with the agency when the contact was made."""
        for case in self._cases[row.loan_no]:
            moment = known_at(case.as_of, row.at, product_of(case))
            day = access_day(moment)
            if case.closed_on is not None and case.closed_on < access_day(row.at):
                continue
            if any(_was_with(one, moment) for one in self._placements[case.obligor_no]):
                return case if case.opened_on <= max(day, access_day(row.at)) else None
        return None

    def _person(self, row: LogRow, case: Case) -> tuple[LoanParty | None, int | None, Fault | None]:
        people = sorted(self._people[case.loan_no], key=lambda one: _IN_TURN.index(Role(one.role)))
        if row.role:
            people = [one for one in people if one.role == row.role]
        if not people:
            return None, None, Fault("with", NOBODY)
        if not row.number:
            return people[0], None, None
        kind = KIND_OF_CHANNEL[row.channel]
        wanted = self._indexes(kind, row.number)
        for one in people:
            found = self._points[one.party_id, kind]
            for index in wanted:
                if index in found:
                    return one, found[index], None
        return None, None, Fault("number", NO_SUCH_NUMBER)

    def _indexes(self, kind: str, value: str) -> list[bytes]:
        """By what a number is found, read by whatever dialling plan."""
        try:
            told = [blind_indexes(self._ring, Kind(kind), value, country=one) for one in DIALLING]
        except ValueError:
            return []
        return list(dict.fromkeys(index for each in told for index in each))

    def _is_booked(self, row: LogRow, case: Case, party: UUID) -> bool:
        booked = self._booked.get((case.pk, party, row.channel), ())
        return row.direction == "out" and any(abs(at - row.at) <= _SAME for at in booked)


def _was_with(placed: Placement, moment: datetime) -> bool:
    """Whether a debtor was with the agency; called back, until that moment."""
    day = access_day(moment)
    if placed.from_on > day:
        return False
    if placed.recalled_at is not None:
        return moment < placed.recalled_at
    return placed.until_on is None or placed.until_on >= day


def _result_faults(row: LogRow) -> list[Fault]:
    if not needs_code(row.channel, row.direction):
        return [Fault("result", NO_RESULT)] if row.result else []
    if code_of(row.result, channel=row.channel, direction=row.direction) is None:
        return [Fault("result", NO_CODE, row.result[:40])]
    return []
