"""Whether a file is taken in, and what it is, by all that it holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from carrears.vault.containers import ALSO_CALLED, ZIP, office_type_of
from carrears.vault.sniffing import HEAD_BYTES, expect_declared, media_type_of, refuse_active

_PIECE = 1 << 20


def judge_file(file: IO[bytes], *, declared: str) -> str:
    """The media type of a file that can be rewound, which its sender calls ``declared``.

    Raises:
        RefusedFileError: its type is none of those that are taken in, or another than declared, or
            it may do something when it is opened.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if head.startswith(ZIP):
        found = office_type_of(file)
        if declared.partition(";")[0].strip().lower() not in ALSO_CALLED:
            expect_declared(found, declared)
        return found
    found = media_type_of(head, declared=declared)
    refuse_active(found, _pieces(file))
    return found


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(_PIECE):
        yield piece
