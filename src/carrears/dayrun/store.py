"""Where a cluster finds snapshots and leaves its results: a folder or S3-compatible storage.

A store is named by a URL: a folder that all machines see (``/mnt/book``, ``file:///mnt/book``) or
``s3://bucket/prefix``, with ``?endpoint_override=host:port&scheme=http`` for storage that is not
Amazon's. Credentials come from the environment as usual (``AWS_ACCESS_KEY_ID`` …), never from
the URL.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq

_CHUNK = 8 * 1024 * 1024
_MANIFEST = "manifest.json"


class StoreError(RuntimeError):
    """The store cannot be used, or does not hold what it should; the message says what."""


@dataclass(frozen=True)
class Store:
    """A folder of files, near or far. ``url`` is all that another machine needs to open it."""

    url: str

    def open(self) -> tuple[pafs.FileSystem, str]:
        """The file system and the folder's path in it.

        Raises:
            StoreError: the URL names no storage.
        """
        if "://" not in self.url:
            return pafs.LocalFileSystem(), str(Path(self.url).absolute())
        try:
            system, path = pafs.FileSystem.from_uri(self.url)
        except (pa.ArrowInvalid, OSError) as error:
            raise StoreError(f"{self.url.partition('?')[0]}: no storage: {error}") from error
        return system, path.rstrip("/")

    def below(self, name: str) -> Store:
        """The folder ``name`` within this one."""
        base, mark, options = self.url.partition("?")
        return Store(f"{base.rstrip('/')}/{name}{mark}{options}")

    def files(self, suffix: str = ".parquet") -> list[str]:
        """Paths of the files directly in the folder, in order."""
        system, folder = self.open()
        found = system.get_file_info(pafs.FileSelector(folder, allow_not_found=True))
        return sorted(i.path for i in found if i.is_file and i.path.endswith(suffix))

    def clear(self) -> None:
        """Delete the folder and all in it, if it is there."""
        system, folder = self.open()
        if system.get_file_info(folder).type is pafs.FileType.Directory:
            system.delete_dir(folder)


def publish_snapshot(snapshot: Path, store: Store) -> dict[str, Any]:
    """Copy a snapshot's files into ``store`` and return the manifest; a second time does nothing.

    The manifest goes last, so that what has one is whole. Each file is read back by its size and
    hashed on the way.

    Raises:
        StoreError: a file does not have the hash that the snapshot's manifest says.
    """
    manifest: dict[str, Any] = json.loads((snapshot / _MANIFEST).read_text(encoding="utf-8"))
    system, folder = store.open()
    if _published(system, folder) == manifest:
        return manifest
    system.create_dir(folder, recursive=True)
    for name, sha256 in manifest["sha256"].items():
        _copy(snapshot / f"{name}.parquet", system, f"{folder}/{name}.parquet", sha256)
    with system.open_output_stream(f"{folder}/{_MANIFEST}") as out:
        out.write(json.dumps(manifest, indent=1).encode())
    return manifest


def join_parts(store: Store, out: Path, *, schema: pa.Schema) -> int:
    """Write all parts of ``store``, in order, as one file ``out``; returns the rows.

    Holds one row group at a time. ``out`` appears only when it is whole.
    """
    system, _ = store.open()
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh = out.with_suffix(".making")
    rows = 0
    with pq.ParquetWriter(fresh, schema) as writer:
        for path in store.files():
            for batch in _batches(system, path):
                writer.write_batch(batch.cast(schema))
                rows += batch.num_rows
    fresh.replace(out)
    return rows


def _batches(system: pafs.FileSystem, path: str) -> Iterable[pa.RecordBatch]:
    with system.open_input_file(path) as file:
        yield from pq.ParquetFile(file).iter_batches()


def _published(system: pafs.FileSystem, folder: str) -> dict[str, Any] | None:
    path = f"{folder}/{_MANIFEST}"
    if system.get_file_info(path).type is not pafs.FileType.File:
        return None
    with system.open_input_stream(path) as file:
        found: dict[str, Any] = json.loads(file.readall())
    return found


def _copy(source: Path, system: pafs.FileSystem, target: str, sha256: str) -> None:
    digest = hashlib.sha256()
    with source.open("rb") as file, system.open_output_stream(target) as out:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            out.write(chunk)
    if digest.hexdigest() != sha256:
        raise StoreError(f"{source}: the file is not the one of its manifest")
    if system.get_file_info(target).size != source.stat().st_size:
        raise StoreError(f"{target}: the copy is not whole")
