"""Pairs of callers on the last permitted call of a debtor's day, from many sessions at once.

    python -m bench.races [--pairs 100000] [--sessions 16] [--seconds 600] [--alone 5000]

Runs on an embedded PostgreSQL of its own (fsync and synchronous commit on, as delivered). Every
session is a process. Of each pair, one calls for the lender and one for an agency, about the same
debtor on the same day, on which two of three effective calls are made; both start at a barrier.
``--alone`` pairs are booked one call a transaction, as the API does, through
``outreach.calls.book_calls``. The others are booked by the same function ``--together`` at a time,
as a night does, where the transactions of the two sides overlap by half, so that neither wins as a
whole. Ends at ``--pairs`` or after ``--seconds``, whichever comes first, and looks in the database
who won.
"""

from __future__ import annotations

import argparse
import json

from bench.own_home import open_own_home


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=100_000)
    parser.add_argument("--sessions", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--alone", type=int, default=5_000)
    parser.add_argument("--together", type=int, default=20)
    parser.add_argument("--debtors", type=int, default=5_000)
    options = parser.parse_args()
    open_own_home(lender_codes="gbt_45251")
    from django.db import connection  # noqa: PLC0415  Django has to be up

    from bench.race_pairs import measure  # noqa: PLC0415  its models need Django up

    try:
        print(json.dumps(measure(options), indent=1))
    finally:
        connection.close()


if __name__ == "__main__":
    main()
