"""A process that gives texts away at a moment that stands still, to be killed meanwhile.

DATABASE, the moment in ISO 8601, and the address of the SMSC.
"""

from __future__ import annotations

import sys
import threading
from datetime import datetime
from importlib import import_module

import django
from django.conf import settings

if __name__ == "__main__":
    database, told, url = sys.argv[1:]
    settings.DATABASES["default"]["NAME"] = database
    settings.SMS_URL = url
    django.setup()
    moment = datetime.fromisoformat(told)
    for module in ("sending", "gateways", "receipts", "sms_service"):
        import_module(f"carrears.outreach.{module}").now = lambda: moment  # type: ignore[attr-defined]
    from carrears.outreach.sms_service import run

    run(stop=threading.Event(), drain=True)
