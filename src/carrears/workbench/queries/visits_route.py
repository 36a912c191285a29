"""One's own visits of a day in the order of the shortest way, drawn without a map of anybody's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from math import cos, hypot, radians

from django.conf import settings

from carrears.access.models import User
from carrears.access.seeing import acts_for
from carrears.casework.seeing import of_visible_cases
from carrears.clock import zone
from carrears.database.wall import as_house
from carrears.outreach.models import FieldVisit
from carrears.outreach.visit_places import Place, places_of
from carrears.outreach.visit_queries import by_window, of_day, own_visits, working_day
from carrears.outreach.visit_route import Leg, Stop, plan
from carrears.parties.queries import names_of
from carrears.workbench.queries.map_tiles import TileServer, background, tile_server
from carrears.workbench.queries.sight import sight_of
from carrears.workbench.view_models.visits import Drawing, Mark, RouteStop, VisitsRoute

_ON_THE_WAY = frozenset({"ordered", "there", "done"})
_WIDTH, _HEIGHT, _EDGE = 360.0, 270.0, 32.0
_BELOW = 30.0  # for the bar
_METRES_OF_A_DEGREE = 111_195.0
_MARK = 24.0  # how wide a mark is drawn
_DIGIT = 8.0


def visits_route(user: User, day: date | None) -> VisitsRoute:
    """The way over his visits of a day; those of which nobody knows the place are apart."""
    on = day or working_day()
    visits = [one for one in _own(user, on) if one.state in _ON_THE_WAY]
    places = places_of({one.attempt.contact_point_id or 0 for one in visits})
    placed = {
        one.pk: (one, places[one.attempt.contact_point_id])
        for one in visits
        if one.attempt.contact_point_id in places
    }
    route = plan([_stop(visit, place) for visit, place in placed.values()])
    return VisitsRoute(
        day=on,
        stops=tuple(
            _shown(user, placed[leg.stop.key][0], number, leg)
            for number, leg in enumerate(route.legs, 1)
        ),
        apart=tuple(_shown(user, one, 0, None) for one in visits if one.pk not in placed),
        kilometres=route.metres / 1000,
        drawing=_drawn([placed[leg.stop.key][1] for leg in route.legs]),
    )


def in_order(visits: Sequence[FieldVisit]) -> list[FieldVisit]:
    """The same visits by the shortest way; those without a place after them by their windows."""
    places = places_of({one.attempt.contact_point_id or 0 for one in visits})
    by_key = {one.pk: one for one in visits}
    stops = [
        _stop(one, places[one.attempt.contact_point_id])
        for one in visits
        if one.attempt.contact_point_id in places
    ]
    first = [leg.stop.key for leg in plan(stops).legs]
    return [by_key.pop(key) for key in first] + list(by_key.values())


def _own(user: User, day: date) -> list[FieldVisit]:
    found = by_window(own_visits(user, of_day(day)))
    with as_house():  # a colleague's case is his way, too
        return list(of_visible_cases(found, user) if acts_for(user) else found)


def _stop(visit: FieldVisit, place: Place) -> Stop:
    return Stop(
        key=visit.pk,
        lat=place.lat,
        lon=place.lon,
        opens=_minutes(visit.from_at),
        closes=_minutes(visit.until_at),
    )


def _minutes(moment: datetime) -> float:
    local = moment.astimezone(zone(settings.TIME_ZONE))
    return local.hour * 60 + local.minute


def _shown(user: User, visit: FieldVisit, number: int, leg: Leg | None) -> RouteStop:
    party = visit.attempt.party
    name = names_of([party])[party.token]
    arrives = (
        ""
        if leg is None
        else "{:02d}:{:02d}".format(*divmod(round(max(leg.arrives, leg.stop.opens)), 60))
    )
    return RouteStop(
        pk=visit.pk,
        number=number,
        loan_no=visit.case.loan_no,
        name=sight_of(user, visit.case).name_text(name),
        from_at=visit.from_at,
        until_at=visit.until_at,
        state=visit.state,
        arrives=arrives,
        late_minutes=0 if leg is None else round(leg.late),
        kilometres=0 if leg is None else leg.metres / 1000,
    )


def _drawn(places: Sequence[Place]) -> Drawing | None:
    """The stops on a plane as wide as the drawing; true to scale, north is up."""
    if not places:
        return None
    if (server := tile_server()) is not None:
        return _on_tiles(server, places)
    middle = radians(sum(one.lat for one in places) / len(places))
    flat = [
        (one.lon * cos(middle) * _METRES_OF_A_DEGREE, one.lat * _METRES_OF_A_DEGREE)
        for one in places
    ]
    west, south = min(x for x, _ in flat), min(y for _, y in flat)
    wide, high = (max(x for x, _ in flat) - west), (max(y for _, y in flat) - south)
    inner_wide, inner_high = _WIDTH - 2 * _EDGE, _HEIGHT - _BELOW - 2 * _EDGE
    scale = min(inner_wide / max(wide, 1.0), inner_high / max(high, 1.0), 1.0)
    left, top = (_WIDTH - wide * scale) / 2, (_HEIGHT - _BELOW + high * scale) / 2
    points = tuple(
        (round(left + (x - west) * scale, 1), round(top - (y - south) * scale, 1)) for x, y in flat
    )
    bar = _bar_of(inner_wide / 3 / scale)
    return Drawing(
        width=int(_WIDTH),
        height=int(_HEIGHT),
        marks=_marks(points),
        line=" ".join(f"{x},{y}" for x, y in points),
        bar_metres=bar,
        bar_width=round(bar * scale, 1),
    )


def _on_tiles(server: TileServer, places: Sequence[Place]) -> Drawing:
    """The same on a map of the server's."""
    inner = (_WIDTH - 2 * _EDGE, _HEIGHT - _BELOW - 2 * _EDGE)
    at = [(one.lat, one.lon) for one in places]
    found = background(server, at, size=(_WIDTH, _HEIGHT), inner=inner)
    bar = _bar_of(inner[0] / 3 * found.metres)
    return Drawing(
        width=int(_WIDTH),
        height=int(_HEIGHT),
        marks=_marks(found.points),
        line=" ".join(f"{x},{y}" for x, y in found.points),
        bar_metres=bar,
        bar_width=round(bar / found.metres, 1),
        tiles=found.tiles,
        attribution=server.attribution,
        map_host=server.origin.partition("://")[2],
    )


def _marks(points: Sequence[tuple[float, float]]) -> tuple[Mark, ...]:
    """One mark for stops that lie so close that their marks would hide each other."""
    found: list[tuple[float, float, list[str]]] = []
    for number, (x, y) in enumerate(points, 1):
        near = next((one for one in found if hypot(one[0] - x, one[1] - y) < _MARK), None)
        if near is None:
            found.append((x, y, [str(number)]))
        else:
            near[2].append(str(number))
    return tuple(
        Mark(x=x, y=y, label="·".join(numbers), width=_MARK + _DIGIT * (2 * len(numbers) - 2))
        for x, y, numbers in found
    )


def _bar_of(at_most: float) -> int:
    """The longest of 1, 2, 5, 10, … metres that is no longer."""
    best, power = 1, 1
    while power <= at_most:
        best = max(best, *(step * power for step in (1, 2, 5) if step * power <= at_most))
        power *= 10
    return best
