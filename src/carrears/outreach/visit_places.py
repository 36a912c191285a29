"""Where addresses are, as far as visitors' devices said so at their doors."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from carrears.database.wall import as_house
from carrears.outreach.visit_models import PositionTold, StepKind, StepStanding, VisitStep
from carrears.outreach.visit_steps import words_of

# A vaguer position says nothing of where in a town somebody lives; a house figure.
VAGUEST_M = 300


@dataclass(frozen=True, slots=True)
class Place:
    """Degrees of WGS 84, within so many metres."""

    lat: float
    lon: float
    accuracy_m: float


def places_of(points: Collection[int]) -> dict[int, Place]:
    """By contact point, where the newest check-in there was made that was precise enough.

    An address whose position was never told, or of an erased person, is not among them.
    """
    if not points:
        return {}
    found: dict[int, Place] = {}
    with as_house():
        told = VisitStep.objects.filter(
            kind=StepKind.CHECK_IN,
            standing=StepStanding.KEPT,
            position=PositionTold.GIVEN,
            visit__attempt__contact_point__in=points,
        )
        for step in told.select_related("visit__case", "visit__attempt").order_by("-claimed_at"):
            point = step.visit.attempt.contact_point_id
            if point is None or point in found:
                continue
            place = words_of(step).get("position")
            if isinstance(place, dict) and place["accuracy_m"] <= VAGUEST_M:
                found[point] = Place(**place)
    return found
