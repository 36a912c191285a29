"""The evidence log: entries appended one a transaction and in batches, sequenced, verified.

Runs on an embedded PostgreSQL of its own (fsync and synchronous commit on, as delivered) or
on the one ``DATABASE_URL`` names; there the log must be empty.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import django
from django.db import connection

from bench.own_home import make_scratch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--single", type=int, default=3_000)
    parser.add_argument(
        "--proofs-of", type=int, help="only proofs, of a log that is filled to so many entries"
    )
    parser.add_argument("--home", type=Path, help="where that log stands and stays")
    options = parser.parse_args()
    os.environ["CARREARS_HOME"] = str(options.home or make_scratch())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carrears.settings")
    django.setup()
    from bench.evidence_log import measure, measure_proofs  # noqa: PLC0415  needs Django up

    try:
        if options.proofs_of:
            found = measure_proofs(options.proofs_of)
        else:
            found = measure(options.entries, options.single)
        print(json.dumps(found, indent=1))
    finally:
        connection.close()


if __name__ == "__main__":
    main()
