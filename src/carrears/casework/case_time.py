"""When something that is done now to a case happens."""

from __future__ import annotations

from datetime import date, datetime

from carrears.casework.case_product import product_of
from carrears.casework.models import Case
from carrears.clock import business_day, business_moment, now


def business_time(case: Case) -> tuple[date, datetime]:
    """The day, by the clock of the case's product, and the moment; of a replayed book its own."""
    zone = product_of(case).time_zone
    moment = now()
    return (
        business_day(case.as_of, zone, moment=moment),
        business_moment(case.as_of, zone, moment=moment),
    )
