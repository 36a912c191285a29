"""Where addresses are: by the lender's tape, else as visitors' devices said at their doors."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from carrears.database.wall import as_house
from carrears.outreach.visit_models import PositionTold, StepKind, StepStanding, VisitStep
from carrears.outreach.visit_steps import words_of
from carrears.parties.address_places import read_places

# A vaguer position says nothing of where in a town somebody lives; a house figure.
VAGUEST_M = 300


@dataclass(frozen=True, slots=True)
class Place:
    """Degrees of WGS 84, within so many metres; of what a tape says nobody knows how many."""

    lat: float
    lon: float
    accuracy_m: float | None


def places_of(points: Collection[int]) -> dict[int, Place]:
    """By contact point, where it is: as the tape says, else where the newest check-in was made.

    A check-in counts that was precise enough. An address whose place was never told, or of an
    erased person, is not among them.
    """
    if not points:
        return {}
    taped = {point: one.in_wgs84() for point, one in read_places(points).items()}
    found = {point: Place(lat, lon, None) for point, (lat, lon) in taped.items()}
    with as_house():
        told = VisitStep.objects.filter(
            kind=StepKind.CHECK_IN,
            standing=StepStanding.KEPT,
            position=PositionTold.GIVEN,
            visit__attempt__contact_point__in=set(points) - found.keys(),
        )
        for step in told.select_related("visit__case", "visit__attempt").order_by("-claimed_at"):
            point = step.visit.attempt.contact_point_id
            if point is None or point in found:
                continue
            place = words_of(step).get("position")
            if isinstance(place, dict) and place["accuracy_m"] <= VAGUEST_M:
                found[point] = Place(**place)
    return found
