"""Spark gives what DuckDB gives, on every column, out of a folder and out of S3."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq
import pytest
from homes import Home
from once import built_once

from carrears.dayrun.store import Store, StoreError, publish_snapshot

pytest.importorskip("pyspark", reason="the extra `spark` is not installed")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java 17", allow_module_level=True)

AS_OF = "2026-10-31"
# What a day leaves that does not depend on which machine worked it out.
RESULTS = ("state", "scored", "decided")


@pytest.fixture(scope="module")
def book(migrated_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with a book of 400 loans, no day run yet; copy it."""

    def build(folder: Path) -> None:
        home = migrated_home.copy_to(folder / "home")
        tape = str(folder / "tape")
        home.run("book", "generate", "--loans", "400", "--as-of", AS_OF, "--out", tape)
        home.run_json("book", "import", tape)

    return Home(built_once(tmp_path_factory, "cluster", build) / "home")


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A bucket of a real S3 server on the loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    options = f"endpoint_override=127.0.0.1:{port}&scheme=http&region=us-east-1"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "carrears")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "carrears-secret")
        try:
            _make_bucket(f"s3://book?allow_bucket_creation=true&{options}", server)
            yield f"s3://book/carrears?{options}"
        finally:
            server.terminate()
            server.wait(timeout=20)


def _make_bucket(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(60):
        assert server.poll() is None, "the S3 server ended"
        try:
            pafs.FileSystem.from_uri(url)[0].create_dir("book")
        except OSError:
            time.sleep(0.5)
        else:
            return
    pytest.fail("the S3 server does not answer")


def results(home: Home) -> dict[str, pa.Table]:
    (folder,) = (home.folder / "book" / "days" / AS_OF).iterdir()
    return {name: pq.read_table(folder / f"{name}.parquet") for name in RESULTS}


@pytest.mark.slow
def test_spark_equals_duckdb_on_every_column(book: Home, tmp_path: Path, s3: str) -> None:
    here, there = book.copy_to(tmp_path / "here"), book.copy_to(tmp_path / "there")
    one = here.run_json("day", "--as-of", AS_OF)
    # Java, two sessions' worth of planning and shuffles: slow on a busy machine.
    many = there.run_json(
        "day", "--as-of", AS_OF, "--engine", "local[2]", "--store", s3, timeout=1500
    )

    expected, found = results(here), results(there)
    for name in RESULTS:
        assert found[name].column_names == expected[name].column_names
        for column in expected[name].column_names:
            assert found[name][column].to_pylist() == expected[name][column].to_pylist(), column
    assert expected["decided"].num_rows > 200
    timing = ("seconds", "seconds_total")
    assert {k: v for k, v in many.items() if k not in timing} == {
        k: v for k, v in one.items() if k not in timing
    }


@pytest.mark.slow
def test_an_engine_that_is_none_is_refused_by_name(book: Home, tmp_path: Path) -> None:
    said = book.copy_to(tmp_path / "home").run(
        "day", "--as-of", AS_OF, "--engine", "sparkle", expect=1
    )
    assert "'sparkle' is no engine" in said


def _snapshot(folder: Path, *, sha256: str | None = None) -> Path:
    import hashlib  # noqa: PLC0415  of this helper only

    folder.mkdir()
    pq.write_table(pa.table({"loan_id": [1, 2]}), folder / "loans.parquet")
    digest = hashlib.sha256((folder / "loans.parquet").read_bytes()).hexdigest()
    manifest = {"sha256": {"loans": sha256 or digest}}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def test_a_published_snapshot_is_whole_and_published_once(tmp_path: Path, s3: str) -> None:
    snapshot, store = _snapshot(tmp_path / "snapshot"), Store(s3).below("once")
    publish_snapshot(snapshot, store)
    system, folder = store.open()
    first = system.get_file_info(f"{folder}/loans.parquet").mtime
    publish_snapshot(snapshot, store)
    assert system.get_file_info(f"{folder}/loans.parquet").mtime == first
    with system.open_input_file(f"{folder}/loans.parquet") as file:
        assert pq.read_table(file).to_pydict() == {"loan_id": [1, 2]}


def test_a_file_that_is_not_the_manifests_is_not_published(tmp_path: Path) -> None:
    snapshot = _snapshot(tmp_path / "snapshot", sha256="0" * 64)
    with pytest.raises(StoreError, match=r"loans\.parquet"):
        publish_snapshot(snapshot, Store(str(tmp_path / "store")))
    assert not (tmp_path / "store" / "manifest.json").exists()


def test_a_store_that_is_no_storage_is_refused(tmp_path: Path) -> None:
    assert os.sep in Store(str(tmp_path)).open()[1]
    with pytest.raises(StoreError, match="nowhere://x"):
        Store("nowhere://x?secret=1").open()
