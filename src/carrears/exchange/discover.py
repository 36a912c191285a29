"""Find the files of a tape, and tell which mapping reads each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from carrears.exchange.chunks import opened
from carrears.exchange.delimited import csv_header
from carrears.exchange.errors import TapeError
from carrears.exchange.mapping import Mapping, load_mapping, shipped_names

_KINDS = {".csv": "csv", ".parquet": "parquet", ".xml": "xml", ".jsonl": "jsonl"}
_SNIFFED = 4096  # bytes


def kind_of(path: Path) -> str | None:
    """``csv``, ``parquet``, ``xml`` or ``jsonl`` by the file's name; None for anything else."""
    suffixes = path.suffixes[:-1] if path.suffix == ".gz" else path.suffixes
    kind = _KINDS.get(suffixes[-1].lower()) if suffixes else None
    return None if kind == "parquet" and path.suffix == ".gz" else kind


def format_of(path: Path, mapping: Mapping) -> str:
    """How the file is read: by its own kind, or, for a name that tells none, the mapping's.

    Corrected rejects come as CSV or JSON lines whatever the tape's own format was.

    Raises:
        TapeError: a kind that the mapping does not read.
    """
    kind = kind_of(path) or mapping.formats[0]
    if kind in {*mapping.formats, "jsonl", "csv"}:
        return kind
    raise TapeError(path, f"the mapping {mapping.name} reads {', '.join(mapping.formats)} files")


def collect_files(paths: Iterable[Path]) -> list[Path]:
    """The files of ``paths``; a folder means all its files, in sorted order, at any depth.

    Of a folder hidden files and files of no known kind (a README, say) are passed over.

    Raises:
        TapeError: a path that is not there, a folder without tapes, or a file named by itself
            that is of no known kind.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_file():
            files.append(path)
        elif path.is_dir():
            files.extend(_files_of(path))
        else:
            raise TapeError(path, "no such file or folder")
    unknown = [file for file in files if kind_of(file) is None]
    if unknown:
        names = ", ".join(file.name for file in unknown)
        raise TapeError(unknown[0], f"neither CSV, Parquet, XML nor JSON lines: {names}")
    return list(dict.fromkeys(files))


def _files_of(folder: Path) -> list[Path]:
    found = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and kind_of(path) is not None
        and not any(p.startswith(".") for p in path.relative_to(folder).parts)
    )
    if not found:
        raise TapeError(folder, "the folder holds no CSV, Parquet, XML or JSON lines file")
    return found


def detect_mapping(path: Path, *, also: Sequence[Mapping] = ()) -> Mapping:
    """The mapping that a file fits, by its kind, name, columns or first bytes.

    ``also`` are mappings of the lender's own, asked before the shipped ones.

    Raises:
        TapeError: none fits; the message says which were tried.
    """
    known = [*also, *(load_mapping(name) for name in shipped_names())]
    kind = kind_of(path)
    for mapping in sorted(known, key=lambda m: kind not in m.formats):  # then rejects sent again
        if _fits(path, mapping):
            return mapping
    tried = ", ".join(mapping.name for mapping in known)
    raise TapeError(path, f"fits none of the mappings {tried}; name one that does")


def _fits(path: Path, mapping: Mapping) -> bool:
    kind = kind_of(path)
    if kind is None or not mapping.tables_of(path.name):
        return False
    if kind == "xml":
        return kind in mapping.formats and _contains(path, mapping.detect.contains)
    if kind not in {*mapping.formats, "jsonl", "csv"}:
        return False
    wanted = set(mapping.detect.columns) or _required(path, mapping)
    names = set(_names(path, mapping, kind))
    return all(name in names or f"{name}_minor" in names for name in wanted)


def _required(path: Path, mapping: Mapping) -> set[str]:
    return {
        column.source
        for table in mapping.tables_of(path.name).values()
        for column in table.columns.values()
        if column.source and column.required
    }


def _contains(path: Path, text: str) -> bool:
    with opened(path) as file:
        try:
            head = file.stream.read(_SNIFFED)
        except (OSError, EOFError):
            return False
    return bool(text) and text.encode() in head.replace(b"\x00", b"")


def _names(path: Path, mapping: Mapping, kind: str) -> list[str]:
    if kind == "csv":
        return csv_header(path, mapping)
    if kind == "parquet":
        try:
            return list(pq.read_schema(path).names)
        except (pa.ArrowInvalid, OSError) as error:
            raise TapeError(path, f"cannot be read: {error}") from error
    with opened(path) as file:
        line = file.stream.readline()
    try:
        return list(json.loads(line))
    except (ValueError, TypeError):
        return []
