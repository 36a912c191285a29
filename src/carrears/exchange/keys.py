"""Notice a key that a file has named before, in eight bytes a row.

Keys are kept as 64-bit hashes: 36 million rows take 0.3 GB. That two different keys among
them share a hash happens in one file of thirty thousand.
"""

from __future__ import annotations

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

Hashes = npt.NDArray[np.uint64]


class SeenKeys:
    """The keys of one table of one file."""

    def __init__(self, engine: duckdb.DuckDBPyConnection) -> None:
        """``engine`` is only used to hash."""
        self._engine = engine
        self._runs: list[Hashes] = []  # sorted, each at least twice as long as the next

    def find_repeats(self, columns: list[pa.Array]) -> npt.NDArray[np.int64]:
        """Places of keys that were seen before, here or in an earlier call; then keeps all."""
        hashes = self._hash(columns)
        unique, first = np.unique(hashes, return_index=True)
        is_repeat = np.ones(len(hashes), dtype=np.bool_)
        is_repeat[first] = False
        for run in self._runs:
            places = np.searchsorted(run, unique)
            places[places == len(run)] = 0
            is_repeat[first[run[places] == unique]] = True
        self._keep(unique)
        return np.flatnonzero(is_repeat)

    def _hash(self, columns: list[pa.Array]) -> Hashes:
        names = [f"c{number}" for number in range(len(columns))]
        keys = pa.Table.from_arrays(columns, names)
        self._engine.register("keys_given", keys)
        query = f"select hash({', '.join(names)}) as h from keys_given"  # noqa: S608
        found = self._engine.sql(query).to_arrow_table()["h"].to_numpy()
        self._engine.unregister("keys_given")
        hashes: Hashes = found.astype(np.uint64, copy=False)
        return hashes

    def _keep(self, run: Hashes) -> None:
        while self._runs and len(self._runs[-1]) < 2 * len(run):
            both = np.concatenate([self._runs.pop(), run])
            run = np.sort(both, kind="stable")  # merges two sorted runs
        if len(run):
            self._runs.append(run)
