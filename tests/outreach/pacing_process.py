"""A process that spreads a day's contacts in small portions, to be killed meanwhile.

DATABASE, the day, and the moment from which on, both in ISO 8601.
"""

from __future__ import annotations

import sys
from datetime import date, datetime

import django
from django.conf import settings

PORTION = 4
PER_HOUR = {"email": 1}


if __name__ == "__main__":
    database, as_of, moment = sys.argv[1:]
    settings.DATABASES["default"]["NAME"] = database
    django.setup()
    from carrears.outreach import pacing

    pacing._ASKED_TOGETHER = pacing._KEPT_TOGETHER = PORTION
    pacing.pace_planned(
        as_of=date.fromisoformat(as_of), per_hour=PER_HOUR, moment=datetime.fromisoformat(moment)
    )
