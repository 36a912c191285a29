"""Events beside a running day run: how long each takes from coming in until its effect is seen.

    python -m bench.events --home HOME [--rate 200] [--seconds 60] [--workers 1] [--no-day]

HOME is one that ``bench.million --home`` made. A worker and ``carrears day`` for the next day run
as processes of their own; the events come in over SQL, each when it is due, whatever became of
the ones before. An event is done when another session sees it done. Everything ends by itself
after ``--seconds`` and half a minute of patience.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psycopg

from bench.book import AS_OF

_PATIENCE = 30.0
_LOOK_EVERY = 0.02
_SEED = 20260701
# What comes in, and how often: mostly money, as in a lender's day.
_KINDS = {"payment": 70, "bureau_change": 10, "device_alarm": 10, "promise_due": 5, "complaint": 5}


@dataclass
class Flight:
    """The events under way, and how long those that arrived took."""

    under_way: dict[str, float] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--no-day", action="store_true", help="events alone")
    measure(parser.parse_args())


def measure(wanted: argparse.Namespace) -> None:
    """Send, wait and tell; ``wanted`` are the arguments of the command."""
    os.environ["CARREARS_HOME"] = str(wanted.home)
    from carrears.cli import start_django  # noqa: PLC0415  the home has to be known first

    start_django()
    worker = ["worker", "--no-jobs"]
    day = ["day", "--as-of", (AS_OF + timedelta(days=1)).isoformat(), "--json"]
    with running([worker] * wanted.workers):
        warm_up(wanted.rate)
        started = time.perf_counter()
        with running([] if wanted.no_day else [day]) as processes:
            flight = send(rate=wanted.rate, seconds=wanted.seconds)
            beside = wait_for(processes, started)
    show(flight, wanted, beside)


@contextmanager
def running(commands: list[list[str]]) -> Iterator[list[subprocess.Popen[str]]]:
    """Our own commands as processes, ended at the end."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "carrears", *one], stdout=subprocess.PIPE, text=True
        )
        for one in commands
    ]
    try:
        yield processes
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(_PATIENCE)


def warm_up(rate: int) -> None:
    """Let the worker plan its questions and read ahead before the clock starts."""
    send(rate=min(rate, 20), seconds=20)


def send(*, rate: int, seconds: int) -> Flight:
    """Insert the events at their times, and look which are done; ends after a while in any case."""
    from carrears.database.embedded import connection_parameters  # noqa: PLC0415  Django is up

    flight = Flight()
    parameters = connection_parameters(Path(os.environ["CARREARS_HOME"]) / "pg")
    over = threading.Event()
    with (
        psycopg.connect(**parameters, autocommit=True) as sending,
        psycopg.connect(**parameters, autocommit=True) as looking,
    ):
        watcher = threading.Thread(target=watch, args=(looking, flight, over))
        watcher.start()
        events = make_events(sending, rate * seconds)
        started = time.perf_counter()
        for place, (key, kind, loan_no, payload) in enumerate(events):
            due = started + place / rate
            time.sleep(max(due - time.perf_counter(), 0))
            with flight.lock:
                flight.under_way[key] = due
            sending.execute(
                "insert into event_inbox (key, kind, loan_no, payload) values (%s, %s, %s, %s)",
                [key, kind, loan_no, json.dumps(payload)],
            )
        deadline = time.perf_counter() + _PATIENCE
        while flight.under_way and time.perf_counter() < deadline:
            time.sleep(_LOOK_EVERY)
        over.set()
        watcher.join()
    return flight


def make_events(connection: psycopg.Connection[Any], number: int) -> list[tuple[Any, ...]]:
    """Events of loans with an open case, in a seeded order."""
    rng = np.random.default_rng(_SEED)
    run = time.time_ns()
    behind = [
        r[0] for r in connection.execute("select loan_no from casework_case where state = 'open'")
    ]
    shares = np.array(list(_KINDS.values())) / sum(_KINDS.values())
    kinds = rng.choice(list(_KINDS), number, p=shares).tolist()
    made = []
    for place, kind in enumerate(kinds):
        loan_no = behind[rng.integers(len(behind))]
        payload: dict[str, Any] = {}
        if kind == "payment":
            amount = int(rng.choice([100, 50_000, 300_000]))
            payload = {"amount": amount, "currency": "CNY", "paid_on": AS_OF.isoformat()}
        elif kind == "bureau_change":
            payload = {"bureau_score": int(rng.integers(450, 800))}
        elif kind == "device_alarm":
            payload = {"alarm": "offline", "device_no": f"D{place}"}
        elif kind == "complaint":
            payload = {"reference": f"C-{place}"}
        made.append((f"bench:{run}:{place}", kind, loan_no, payload))
    return made


def watch(connection: psycopg.Connection[Any], flight: Flight, over: threading.Event) -> None:
    """Note when an event is seen done: it no longer waits."""
    while not over.is_set():
        with flight.lock:
            sent = list(flight.under_way)
        known = connection.execute(
            "select key from event_inbox where key = any(%s) and state <> 'waiting'", [sent]
        ).fetchall()
        seen = time.perf_counter()
        with flight.lock:
            for (key,) in known:
                flight.took.append(seen - flight.under_way.pop(key))
        time.sleep(_LOOK_EVERY)


def wait_for(processes: list[subprocess.Popen[str]], started: float) -> str:
    """What the day run beside it told."""
    for process in processes:
        told, _ = process.communicate(timeout=600)
        summary = json.loads(told)
        wall = time.perf_counter() - started
        return (
            f"beside a day run of {summary['loans']:,} loans, {summary['behind']:,} behind:"
            f" its steps {summary['seconds']}, ended {wall:.0f} s after the first event"
        )
    return "no day run beside it"


def show(flight: Flight, wanted: argparse.Namespace, beside: str) -> None:
    """The shares of the times, in milliseconds."""
    took = sorted(1000 * one for one in flight.took)
    shares = {share: took[min(int(len(took) * share), len(took) - 1)] for share in (0.5, 0.9, 0.99)}
    print(
        f"{wanted.rate} events/s for {wanted.seconds} s, {wanted.workers} worker(s),"
        f" {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n{beside}\n"
        f"done {len(took):,}, not done {len(flight.under_way):,};"
        f" p50 {shares[0.5]:.0f} ms, p90 {shares[0.9]:.0f} ms, p99 {shares[0.99]:.0f} ms,"
        f" longest {took[-1]:.0f} ms"
    )


if __name__ == "__main__":
    main()
