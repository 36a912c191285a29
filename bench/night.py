"""A night's contacts planned: places for all of them, the gate asked together and singly.

    python -m bench.night [--contacts 20000] [--together 20000] [--singly 2000]
        [--per-hour N] [--calls-per-hour 12]

Runs on an embedded PostgreSQL of its own. Of the debtors a third had a message this morning, a
third were spoken to three times today, every tenth is barred, every eleventh refused e-mail and
every seventh lives where the day begins later. Half is to be written to, half to be called by
collectors with 150 cases each, and failing that written to. All is spread over the day as
``carrears day`` does it; then the gate is asked about some, drawn at random, each at its place,
five hundred together, and about fewer of these one by one. Any difference, and any place that is
not lawful, ends it with an error.
"""

from __future__ import annotations

import argparse
import json

from bench.own_home import open_own_home


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--contacts", type=int, default=20_000)
    parser.add_argument("--together", type=int, default=20_000)
    parser.add_argument("--singly", type=int, default=2_000)
    parser.add_argument("--per-hour", type=int, help="e-mails; as a rule, 8 %% of the contacts")
    parser.add_argument("--calls-per-hour", type=int, default=12, help="of one collector")
    options = parser.parse_args()
    options.per_hour = options.per_hour or options.contacts * 8 // 100
    open_own_home(lender_codes="gbt_45251,cba_2026")
    from django.db import connection  # noqa: PLC0415  Django has to be up

    from bench.night_plan import measure  # noqa: PLC0415  its models need Django up

    try:
        print(json.dumps(measure(options), indent=1))
    finally:
        connection.close()


if __name__ == "__main__":
    main()
