"""When something that is done now to a case happens."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from django.conf import settings

from carrears.casework.models import Case
from carrears.clock import business_day, business_moment, now
from carrears.portfolio.products import load_products


def business_time(case: Case) -> tuple[date, datetime]:
    """The day, by the clock of the case's product, and the moment; of a replayed book its own."""
    zone = load_products(Path(settings.CARREARS_HOME))[case.product].time_zone
    moment = now()
    return (
        business_day(case.as_of, zone, moment=moment),
        business_moment(case.as_of, zone, moment=moment),
    )
