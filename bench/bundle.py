"""A proof bundle of one case's year: made, and verified by the separate program.

Runs on an embedded PostgreSQL of its own (fsync on, as delivered), without witnesses.
``--others`` entries of other cases lie between those of the case.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import django
from django.db import connection

from bench.own_home import make_scratch

VERIFIER = Path(__file__).resolve().parents[1] / "verifier" / "src"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entries", type=int, default=400, help="of the case: some a day")
    parser.add_argument("--others", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    home = make_scratch()
    os.environ["CARREARS_HOME"] = home
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carrears.settings")
    django.setup()
    from bench.bundle_case import live_a_year, make_once  # noqa: PLC0415  needs Django up

    try:
        live_a_year(options.entries, options.others)
        made = [timed(make_once) for _ in range(options.rounds + 1)][1:]
        path = Path(home) / "case.zip"
        path.write_bytes(make_once().data)
    finally:
        connection.close()
    whole = [timed(lambda: verify_in_a_process(path)) for _ in range(options.rounds)]
    bare = [timed(lambda: verify_here(path)) for _ in range(options.rounds)]
    figures = {
        "entries_of_the_case": options.entries,
        "entries_of_the_log": options.entries + options.others,
        "made_s": round(statistics.median(made), 3),
        "bundle_bytes": path.stat().st_size,
        "verified_by_the_command_s": round(statistics.median(whole), 3),
        "verified_without_its_start_s": round(statistics.median(bare), 3),
    }
    print(json.dumps(figures, indent=1))


def verify_in_a_process(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "carrears_verify", str(path)],
        env=os.environ | {"PYTHONPATH": str(VERIFIER)},
        capture_output=True,
        check=False,
    )
    if done.returncode != 1:  # nothing is false; no policy was given
        raise SystemExit(done.stderr.decode())


def verify_here(path: Path) -> None:
    sys.path.insert(0, str(VERIFIER))
    from carrears_verify.bundle import read_bundle  # noqa: PLC0415  lies outside the package
    from carrears_verify.verdict import Kind, verify_bundle  # noqa: PLC0415  see above

    found = verify_bundle(read_bundle(path.read_bytes()), policy=None, roots=b"")
    if any(one.kind is Kind.FALSE for one in found):
        raise SystemExit(f"false: {found}")


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
