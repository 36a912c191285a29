"""What ``bench.evidence`` measures, once Django is up."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from typing import Any

import django
from django.db import connection
from psycopg.pq import ExecStatus

from carrears.database.migrations import migrate_when_behind
from carrears.evidence import checkpoint as checkpoints
from carrears.evidence import merkle, queries
from carrears.evidence.models import Entry
from carrears.evidence.record import Leaf, leaf_of
from carrears.evidence.services import Record, record_many, sequence, verify_log

BEGIN = datetime(2026, 11, 24, tzinfo=UTC)
BLOCK = 500
_WRITERS = 4
_BULK_WRITERS = 4
_FILLED = 100_000
_TICK_S = 0.1  # how often the sequencer seals what was written meanwhile


def measure(entries: int, single: int) -> dict[str, Any]:
    """All figures; rates are entries a second, times milliseconds."""

    migrate_when_behind()
    if Entry.objects.exists():
        raise SystemExit("the evidence log is not empty; this is no place for a benchmark")
    alone = write_alone(single)
    bare_rate, bare_p99 = write_bare_together(single)
    together_rate, together = write_together(single)
    bulk_rate = rate(entries, lambda: write_bulk("bulk", 0, entries, entries))
    sequenced_rate = rate(entries, sequence)
    block_rate = rate(entries, lambda: write_blocks("block", entries))
    checkpoint = sequence()
    bare_blocks_rate = write_bare_blocks_together(entries)
    pair_rate = write_blocks_together(entries, seals=False)
    sequence()
    sealed_rate = write_blocks_together(entries, seals=True)
    checkpoint = sequence()
    total = Entry.objects.count()
    verify_rate = rate(total, verify_log)
    found = verify_log()
    with connection.cursor() as cursor:
        cursor.execute(
            "select sum(pg_total_relation_size(oid)) from pg_class"
            " where relkind = 'r' and relname like 'evidence%%'"
        )
        size = int(cursor.fetchone()[0])
    proofs = [timed(lambda at=at: prove(at)) for at in range(0, total, total // 50)]
    if not found.ok or checkpoint is None or checkpoint.size != total:
        raise SystemExit(f"the log is not sound: {found}")
    return {
        "one_a_transaction_per_s": round(single / sum(alone)),
        "one_a_transaction_p50_ms": round(1e3 * statistics.median(alone), 2),
        "one_a_transaction_p99_ms": round(1e3 * statistics.quantiles(alone, n=100)[98], 2),
        "four_writers_of_bare_rows_per_s": round(bare_rate),
        "four_writers_of_bare_rows_p99_ms": round(bare_p99, 2),
        "four_writers_per_s": round(together_rate),
        "four_writers_p50_ms": round(1e3 * statistics.median(together), 2),
        "four_writers_p99_ms": round(1e3 * statistics.quantiles(together, n=100)[98], 2),
        "one_call_per_s": round(bulk_rate),
        "blocks_of_500_per_s": round(block_rate),
        "four_writers_of_bare_blocks_per_s": round(bare_blocks_rate),
        "four_writers_of_blocks_per_s": round(pair_rate),
        "four_writers_of_blocks_and_sequencer_per_s": round(sealed_rate),
        "sequenced_per_s": round(sequenced_rate),
        "verified_per_s": round(verify_rate),
        "proof_read_and_verified_p50_ms": round(1e3 * statistics.median(proofs), 2),
        "bytes_an_entry": round(size / total),
        "entries": total,
    }


def measure_proofs(entries: int) -> dict[str, Any]:
    """What a proof takes out of a log of so many entries, which goes on where it stood."""
    migrate_when_behind()
    state = queries.log_state()
    for start in range(state.size, entries, _FILLED):
        write_bulk("filled", start, min(start + _FILLED, entries), _FILLED)
        sequence()
    total = queries.log_state().size
    times = [timed(lambda at=at: prove(at)) for at in range(0, total, total // 500)]
    return {
        "proof_read_and_verified_p50_ms": round(1e3 * statistics.median(times), 2),
        "proof_read_and_verified_p95_ms": round(1e3 * statistics.quantiles(times, n=20)[18], 2),
        "entries": total,
    }


def prove(number: int) -> None:
    """Read the proof of an entry and verify it, as whoever asks for one does."""
    proof = queries.prove_inclusion(number)
    head, _ = checkpoints.parse(proof.checkpoint)
    merkle.verify_inclusion(
        leaf_hash=proof.leaf_hash,
        index=number,
        tree_size=head.size,
        proof=proof.hashes,
        root=head.root,
    )


def write_alone(count: int) -> list[float]:

    return [timed(lambda one=one: record_many([one])) for one in records("alone", 0, count)]


def write_together(count: int) -> tuple[float, list[float]]:
    """Four processes, each entry a transaction of its own, while the sequencer seals them."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(_WRITERS, context, initializer=django.setup) as pool:
        list(pool.map(write_as, range(_WRITERS), [10] * _WRITERS))  # up and connected
        begin = time.perf_counter()
        running = [pool.submit(write_as, writer, count - 10) for writer in range(_WRITERS)]
        while not all(each.done() for each in running):
            sequence()
            wait(running, timeout=_TICK_S)
        took = time.perf_counter() - begin
        sequence()
    times = [one for each in running for one in each.result()]
    return len(times) / took, times


def write_bare_together(count: int) -> tuple[float, float]:
    """What the server takes of four writers at all: the same bytes, a row a transaction.

    By libpq itself, into a table with nothing but its key; the rate and the p99 in ms.
    """
    with connection.cursor() as cursor:
        cursor.execute("create table bare (key text primary key, entry bytea not null)")
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(_WRITERS, context, initializer=django.setup) as pool:
        list(pool.map(write_bare_as, range(_WRITERS), [10] * _WRITERS))
        begin = time.perf_counter()
        running = [pool.submit(write_bare_as, writer, count) for writer in range(_WRITERS)]
        times = [one for each in running for one in each.result()]
        took = time.perf_counter() - begin
    with connection.cursor() as cursor:
        cursor.execute("drop table bare")
    return len(times) / took, 1e3 * statistics.quantiles(times, n=100)[98]


def write_bare_as(writer: int, count: int) -> list[float]:
    """One of them; how long each row took it."""
    connection.ensure_connection()
    server = connection.connection.pgconn
    rows = [leaf_of(one) for one in records(f"bare {writer} {count}", 0, count)]
    statement = b"bare %d" % count  # warmed up with another number of rows
    server.prepare(statement, b"insert into bare values ($1, $2)")
    return [timed(lambda one=one: put_bare(server, statement, one)) for one in rows]


def put_bare(server: Any, statement: bytes, leaf: Leaf) -> None:
    answer = server.exec_prepared(statement, [leaf.key.encode(), leaf.data()], [0, 1])
    if answer.status != ExecStatus.COMMAND_OK:
        raise SystemExit(answer.error_message.decode())


def write_bare_blocks_together(entries: int) -> float:
    """What the server takes of four writers at all: the same rows and indexes, by COPY alone.

    Put together beforehand, into a table that asks for no key twice and queues nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute("create table bare_entry (like evidence_entry including all)")
    context = multiprocessing.get_context("spawn")
    each_one = entries // _BULK_WRITERS
    with (
        context.Manager() as manager,
        ProcessPoolExecutor(_BULK_WRITERS, context, initializer=django.setup) as pool,
    ):
        together = [manager.Barrier(_BULK_WRITERS)] * _BULK_WRITERS
        list(pool.map(copy_bare, _named("warm up"), [BLOCK] * _BULK_WRITERS, together))
        longest = max(pool.map(copy_bare, _named("bare"), [each_one] * _BULK_WRITERS, together))
    with connection.cursor() as cursor:
        cursor.execute("drop table bare_entry")
    return each_one * _BULK_WRITERS / longest


def _named(what: str) -> list[str]:
    return [f"{what} {writer}" for writer in range(_BULK_WRITERS)]


def copy_bare(prefix: str, count: int, together: Any) -> float:
    """One of them; how long it took once all had their rows."""
    connection.ensure_connection()
    columns = (*Leaf._fields, "leaf_hash")
    leaves = [leaf_of(one) for one in records(prefix, 0, count)]
    lines = ["\t".join([*one, "\\\\x" + one.hash().hex()]) + "\n" for one in leaves]
    blocks = ["".join(lines[at : at + BLOCK]).encode() for at in range(0, count, BLOCK)]
    command = f"copy bare_entry ({', '.join(columns)}) from stdin"
    together.wait()
    begin = time.perf_counter()
    for block in blocks:
        with connection.cursor() as cursor, cursor.copy(command) as copy:
            copy.write(block)
    return time.perf_counter() - begin


def write_blocks_together(entries: int, *, seals: bool) -> float:
    """Four processes, each a block a transaction; while the sequencer seals them if wanted."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(_BULK_WRITERS, context, initializer=django.setup) as pool:
        list(pool.map(write_blocks, _named("warm up"), [10] * _BULK_WRITERS))
        each_one = entries // _BULK_WRITERS
        begin = time.perf_counter()
        running = [
            pool.submit(write_blocks, f"together {writer} {seals}", each_one)
            for writer in range(_BULK_WRITERS)
        ]
        while wait(running, timeout=_TICK_S).not_done:
            if seals:
                sequence()
        if seals:
            sequence()
        return each_one * _BULK_WRITERS / (time.perf_counter() - begin)


def write_as(writer: int, count: int) -> list[float]:
    """What one of the writers does; how long each entry took it."""
    made = records(f"writer {writer} {count}", 0, count)
    return [timed(lambda one=one: record_many([one])) for one in made]


def write_bulk(prefix: str, begin: int, end: int, block: int) -> None:

    for start in range(begin, end, block):
        record_many(records(prefix, start, min(start + block, end)))


def write_blocks(prefix: str, count: int) -> None:
    write_bulk(prefix, 0, count, BLOCK)


def records(prefix: str, start: int, end: int) -> Iterator[Record]:

    for number in range(start, end):
        yield Record(
            kind="case.updated",
            subject=f"CL{number % 20_000:08d}",
            key=f"{prefix}:{number}",
            actor="",
            occurred_at=BEGIN + timedelta(milliseconds=number),
            payload={
                "case": number,
                "loan_no": f"CL{number % 20_000:08d}",
                "as_of": "2026-11-24",
                "bucket": "M2",
                "arrears": 123_456 + number,
                "days": 47,
                "treatment": "call_then_letter",
            },
        )


def timed(work: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def rate(count: int, work: Callable[[], Any]) -> float:
    return count / timed(work)
