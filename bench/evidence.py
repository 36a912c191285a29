"""The evidence log: entries appended one a transaction and in batches, sequenced, verified.

Runs on an embedded PostgreSQL of its own (fsync and synchronous commit on, as delivered) or
on the one ``DATABASE_URL`` names; there the log must be empty.
"""

from __future__ import annotations

import argparse
import json
import os

import django
from django.db import connection

from bench.own_home import make_scratch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--single", type=int, default=3_000)
    options = parser.parse_args()
    home = make_scratch()
    os.environ["CARREARS_HOME"] = home
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carrears.settings")
    django.setup()
    from bench.evidence_log import measure  # noqa: PLC0415  its models need Django up

    try:
        print(json.dumps(measure(options.entries, options.single), indent=1))
    finally:
        connection.close()


if __name__ == "__main__":
    main()
