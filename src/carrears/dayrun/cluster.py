"""The columnar half of a day on Spark: the same expressions, the same files at the end.

State and scores are the night's Ibis expressions as Spark's SQL. The decision runs on each
worker in DuckDB, over its share of the loans, by the very code that decides a whole book on one
machine. Workers leave parts in a store; the driver joins them, in the order of loans, into the
files that the rest of the day reads.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Self

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from carrears import layout
from carrears.dayrun.arms import Placed, decided_by_arm
from carrears.dayrun.cluster_ledger import (
    RANGE_IN_SPARK,
    RECKONED_IN_SPARK,
    LedgerTask,
    open_book,
)
from carrears.dayrun.expressions import (
    score_expression_of,
    state_expression,
)
from carrears.dayrun.facts import debtor_totals, make_facts
from carrears.dayrun.questions import Questions
from carrears.dayrun.store import Store, join_parts, publish_snapshot
from carrears.delinquency.engine import open_duckdb
from carrears.portfolio.compact import quoted
from carrears.portfolio.products import Products
from carrears.strategy.compile import Compiled

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_PART = pa.schema([pa.field("part", pa.int32()), pa.field("rows", pa.int64())])
_FORMAT = "carrears"  # how the store's Parquet is called in Spark
Batches = Iterator[pa.RecordBatch]


class ClusterError(RuntimeError):
    """Spark cannot be used here; the message says what is missing."""


class Cluster:
    """Spark at ``master`` (``spark://host:port``, ``local[2]``), with ``store`` between machines.

    Raises:
        ClusterError: PySpark or Java is not installed.
    """

    def __init__(self, master: str, store: Store, *, as_of: date) -> None:
        self._store, self._as_of = store, as_of
        self._spark = _session(master)
        if store.url.startswith("s3://"):
            from carrears.dayrun.parquet_source import StoreSource  # noqa: PLC0415  needs PySpark

            self._spark.dataSource.register(StoreSource)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._spark.stop()

    def write_state(
        self, snapshot: Path, out: Path, *, as_of: date, products: Products, questions: Questions
    ) -> dict[int, int]:
        """Compute and keep the state of every open loan; returns loans by bucket."""
        del questions  # they are DuckDB's; Spark is asked by the same expression
        published = self._tables(snapshot)
        parts = open_book(published).parts()
        ranges = self._spark.sparkContext.parallelize(parts, len(parts))
        reckoned = self._spark.createDataFrame(ranges, RANGE_IN_SPARK).mapInArrow(
            LedgerTask(published, products, as_of), RECKONED_IN_SPARK
        )
        reckoned.createOrReplaceTempView("reckoned")
        self._run(state_expression(as_of), out)
        counts = pq.read_table(out, columns=["bucket"]).column(0).value_counts()
        return {one["values"].as_py(): one["counts"].as_py() for one in counts}

    def write_scores(self, snapshot: Path, state: Path, out: Path, *, questions: Questions) -> None:
        """Score every loan and keep the result."""
        del questions  # as above
        self._tables(snapshot)
        self._near(state).createOrReplaceTempView("state")
        self._run(score_expression_of(self._as_of), out)

    def write_decisions(
        self,
        scored: Path,
        out: Path,
        *,
        cases: pa.Table,
        products: Products,
        strategy: Compiled,
        questions: Questions,
        placed: Placed | None = None,
    ) -> None:
        """Decide the treatment of every loan and keep the result."""
        debtors = _debtors(scored)

        def decide(rows: pa.Table) -> pa.Table:
            return _decide(
                rows,
                questions.facts,
                (cases, debtors),
                products,
                strategy=strategy,
                placed=placed,
            )

        schema = decide(pq.ParquetFile(scored).schema_arrow.empty_table()).schema
        self._write(self._near(scored), decide, out, schema)

    def _tables(self, snapshot: Path) -> Store:
        """The snapshot's tables, as views; where the files lie."""
        published = self._store.below(f"snapshots/{snapshot.parent.name}/{snapshot.name}")
        publish_snapshot(snapshot, published)
        for name in layout.TABLES:
            self._far(published, f"{name}.parquet").createOrReplaceTempView(name)
        return published

    def _near(self, path: Path) -> DataFrame:
        """A result of the driver's, put where the workers see it."""
        given = self._store.below(f"given/{path.stem}")
        system, folder = given.open()
        system.create_dir(folder, recursive=True)
        with path.open("rb") as file, system.open_output_stream(f"{folder}/{path.name}") as out:
            shutil.copyfileobj(file, out)
        return self._far(given, path.name)

    def _far(self, store: Store, name: str) -> DataFrame:
        if not store.url.startswith("s3://"):
            return self._spark.read.parquet(f"file://{store.open()[1]}/{name}")
        return self._spark.read.format(_FORMAT).options(store=store.url, file=name).load()

    def _run(self, expression: ir.Table, out: Path) -> None:
        self._write(self._spark.sql(_sql(expression)), _same, out, expression.schema().to_pyarrow())

    def _write(
        self, rows: DataFrame, work: Callable[[pa.Table], pa.Table], out: Path, schema: pa.Schema
    ) -> None:
        """Let each worker do ``work`` on its range of loans and keep the answer as ``out``."""
        parts = self._store.below(f"parts/{out.parent.name}/{out.stem}")
        parts.clear()
        system, folder = parts.open()
        system.create_dir(folder, recursive=True)
        task = _Task(parts, work, schema)
        ordered = rows.repartitionByRange("loan_id").sortWithinPartitions("loan_id")
        told = ordered.mapInArrow(task, "part int, rows bigint").collect()
        written = join_parts(parts, out, schema=schema)
        if written != sum(row["rows"] for row in told):
            raise ClusterError(f"{out.name}: the workers told of other rows than they left")
        parts.clear()


class _Task:
    """What a worker does with its range of loans: ``work``, then one part into the store."""

    def __init__(
        self, parts: Store, work: Callable[[pa.Table], pa.Table], schema: pa.Schema
    ) -> None:
        self._parts, self._work, self._schema = parts, work, schema

    def __call__(self, batches: Batches) -> Batches:
        from pyspark import TaskContext  # noqa: PLC0415  only a worker needs it

        context = TaskContext.get()
        number = context.partitionId() if context else 0
        given = list(batches)
        if not given:
            return
        answer = self._work(pa.Table.from_batches(given)).cast(self._schema)
        answer = answer.take(pc.sort_indices(answer, [("loan_id", "ascending")]))
        system, folder = self._parts.open()
        # A task that is run twice writes the same rows under the same name.
        with system.open_output_stream(f"{folder}/{number:05}.parquet") as out:
            pq.write_table(answer, out)
        yield pa.record_batch([[number], [answer.num_rows]], schema=_PART)


def _sql(expression: ir.Table) -> str:
    return str(ibis.to_sql(expression, dialect="pyspark"))


def _same(rows: pa.Table) -> pa.Table:
    return rows


def _decide(
    rows: pa.Table,
    question: str,
    given: tuple[pa.Table, pa.Table],
    products: Products,
    *,
    strategy: Compiled,
    placed: Placed | None,
) -> pa.Table:
    cases, debtors = given
    engine = open_duckdb(threads=1)
    try:
        engine.register("scored", rows)
        make_facts(engine, question=question, cases=cases, debtors=debtors, products=products)
        with decided_by_arm(engine, strategy=strategy, placed=placed) as query:
            return engine.sql(query).to_arrow_table()
    finally:
        engine.close()


def _debtors(scored: Path) -> pa.Table:
    """Debtors with several loans behind: a worker sees a share of the loans only."""
    engine = open_duckdb()
    try:
        return debtor_totals(engine, f"read_parquet({quoted(scored)})")
    finally:
        engine.close()


def _session(master: str) -> SparkSession:
    try:
        from pyspark.errors import PySparkException, PySparkRuntimeError  # noqa: PLC0415  an extra
        from pyspark.sql import SparkSession  # noqa: PLC0415  see above
    except ImportError as error:
        raise ClusterError("Spark needs the extra `spark`: pip install carrears[spark]") from error
    if shutil.which("java") is None:
        raise ClusterError("Spark needs Java 17 or newer; no `java` is found")
    _ = ibis.pyspark  # lets Ibis know how Spark writes SQL
    builder = SparkSession.builder.master(master).appName("carrears")
    settings = {
        "spark.sql.session.timeZone": "UTC",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    if master.startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        settings |= {
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            # Spark's 200 shuffle partitions are for a cluster; here they are mostly overhead.
            "spark.sql.shuffle.partitions": "4",
        }
    for name, value in settings.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except (PySparkException, PySparkRuntimeError, OSError) as error:
        raise ClusterError(f"no Spark at {master}: {error}") from error
    session.sparkContext.setLogLevel("ERROR")
    return session
