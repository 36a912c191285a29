"""Which machine works out the columnar half of a day: this one (DuckDB), or a cluster (Spark)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Protocol

import pyarrow as pa
from django.conf import settings

from carrears.dayrun import columnar
from carrears.dayrun.arms import Placed
from carrears.dayrun.questions import Questions
from carrears.portfolio.products import Products
from carrears.strategy.compile import Compiled

LOCAL = "duckdb"


class EngineError(RuntimeError):
    """No such engine, or it cannot be used here; the message says why."""


class Engine(Protocol):
    """Keeps a day's results as Parquet files; ``columnar`` is one, ``Cluster`` another."""

    def write_state(
        self, snapshot: Path, out: Path, *, as_of: date, products: Products, questions: Questions
    ) -> dict[int, int]:
        """Compute and keep the state of every open loan; returns loans by bucket."""

    def write_scores(self, snapshot: Path, state: Path, out: Path, *, questions: Questions) -> None:
        """Score every loan and keep the result."""

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


def check_engine(name: str = "") -> str:
    """The engine's name, the settings' one where none is given.

    Raises:
        EngineError: the name is neither ``duckdb`` nor a Spark master's.
    """
    wanted: str = name or settings.ENGINE
    if wanted != LOCAL and not wanted.startswith(("spark://", "local", "yarn", "k8s://")):
        raise EngineError(f"{wanted!r} is no engine: write {LOCAL}, or a Spark master's URL")
    return wanted


@contextmanager
def chosen_engine(as_of: date, *, name: str = "", store: str = "") -> Iterator[Engine]:
    """The engine of that name for a day, or the settings' one: ``duckdb``, or a Spark master's URL.

    ``store`` is what a cluster shares; a folder of the book where none is named.

    Raises:
        EngineError: the name is neither, or Spark, Java or the store is missing.
    """
    wanted = check_engine(name)
    if wanted == LOCAL:
        yield columnar
        return
    from carrears.dayrun.cluster import Cluster, ClusterError  # noqa: PLC0415  Ibis and Spark are slow
    from carrears.dayrun.store import Store, StoreError  # noqa: PLC0415  see above

    where = store or settings.STORE_URL or str(Path(settings.BOOK_DIR) / "cluster")
    try:
        with Cluster(wanted, Store(where), as_of=as_of) as cluster:
            yield cluster
    except (ClusterError, StoreError) as error:
        raise EngineError(str(error)) from error
