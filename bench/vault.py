"""How fast streams are sealed and opened, and how long a random part of a recording takes.

python -m bench.vault
"""

from __future__ import annotations

import functools
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from carrears.vault.stores import FolderStore, spool
from carrears.vault.streaming import open_range, seal

_BYTES = 512 << 20
_PIECE = 1 << 20
_PART = 64 << 10
_PARTS = 500
_BOUND_TO = b"bench"


def pieces() -> Iterator[bytes]:
    piece = os.urandom(_PIECE)
    for _ in range(_BYTES // _PIECE):
        yield piece


def main() -> None:
    key = os.urandom(32)
    table = Table("512 MiB", "result")
    begun = time.perf_counter()
    for _ in seal(pieces(), key=key, bound_to=_BOUND_TO):
        pass
    table.add_row("sealed, in memory", _rate(time.perf_counter() - begun))
    with tempfile.TemporaryDirectory() as folder:
        store = FolderStore(Path(folder))
        begun = time.perf_counter()
        sealed = seal(pieces(), key=key, bound_to=_BOUND_TO)
        with spool(sealed, Path(folder) / "incoming") as spooled:
            store.put(spooled, keep_until=None)
        table.add_row("sealed, hashed, stored and synced", _rate(time.perf_counter() - begun))
        fetch = functools.partial(store.read, spooled.address)
        read = functools.partial(open_range, fetch, key=key, bound_to=_BOUND_TO, size=_BYTES)
        begun = time.perf_counter()
        if sum(map(len, read())) != _BYTES:
            raise SystemExit("what came back is of another length")
        table.add_row("opened, the whole", _rate(time.perf_counter() - begun))
        taken = [_part(read) for _ in range(_PARTS)]
    taken.sort()
    p99 = taken[int(len(taken) * 0.99)]
    table.add_row("64 KiB anywhere", f"median {statistics.median(taken):.2f} ms, p99 {p99:.2f} ms")
    Console(width=100).print(table)


def _part(read: functools.partial[Iterator[bytes]]) -> float:
    start = random.randrange(_BYTES - _PART)  # noqa: S311  not a secret
    begun = time.perf_counter()
    if sum(map(len, read(start=start, end=start + _PART))) != _PART:
        raise SystemExit("a part came back of another length")
    return (time.perf_counter() - begun) * 1000


def _rate(seconds: float) -> str:
    return f"{_BYTES / seconds / 1e6:,.0f} MB/s"


if __name__ == "__main__":
    main()
