"""Streams of known bytes, and the sizes at which segments begin and end."""

from __future__ import annotations

import random
from collections.abc import Callable

from carrears.vault.streaming import HEADER_BYTES, SEGMENT_BYTES, TAG_BYTES

FIRST = SEGMENT_BYTES - HEADER_BYTES - TAG_BYTES  # content of the first segment
REST = SEGMENT_BYTES - TAG_BYTES
EDGES = sorted(
    edge + off for edge in (0, FIRST, FIRST + REST, FIRST + 2 * REST) for off in (-1, 0, 1, 7)
)[1:]


def content_of(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311  the same each time


def fetch_from(sealed: bytes) -> Callable[[int, int], bytes]:
    return lambda start, end: sealed[start:end]
