"""Reminders planned, gated and given to an SMSC by SMPP, killed twice on the way.

    python -m bench.sms [--messages 100000] [--kills 2] [--window 100] [--gates 1]

Runs on an embedded PostgreSQL of its own and with the npm package ``smpp`` as the SMSC, on
loopback. Each debtor has a case and a number; a day's plan is made, the gate judges and books each
reminder in ``--gates`` processes (as ``carrears contact``, of which a house has one at a time), and
another gives them away (as ``carrears sms``) and keeps the receipts. On the way all of them are
killed (SIGKILL) and begun again, ``--kills`` times. It is ten in the morning where the debtors
live, whatever the hour. What the SMSC was given is then held against the database: a text that was
lost, or given twice, or more uncertain ones than a window for each kill ends it with an error.
"""

from __future__ import annotations

import argparse
import json

from bench.own_home import open_own_home
from bench.sms_clock import set_forward


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--window", type=int, default=100)
    parser.add_argument("--gates", type=int, default=1, help="processes that judge")
    options = parser.parse_args()
    set_forward()
    open_own_home(lender_codes="gbt_45251,cba_2026")
    from django.db import connection  # noqa: PLC0415  Django has to be up

    from bench.sms_day import measure  # noqa: PLC0415  its models need Django up

    try:
        print(json.dumps(measure(options), indent=1))
    finally:
        connection.close()


if __name__ == "__main__":
    main()
