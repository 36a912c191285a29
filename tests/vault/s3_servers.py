"""S3 servers for tests: moto knows locks and preconditions, rclone checks who asks."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_server
from typing import Any
from urllib.request import Request, urlopen

import boto3
from moto.server import ThreadedMotoServer

KEY, SECRET = "carrears-test-access", "carrears-test-secret-of-many-letters"


@contextmanager
def run_moto(bucket: str, *, lock: bool) -> Iterator[str]:
    """A bucket in a server of its own; its address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        request = Request(f"{endpoint}/moto-api/reset", method="POST")  # noqa: S310  our own
        urlopen(request).close()  # noqa: S310  its buckets outlive a server of the same process
        client_for(endpoint).create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=lock)
        yield endpoint
    finally:
        server.stop()


@contextmanager
def run_rclone(folder: Path) -> Iterator[str]:
    """``rclone serve s3`` over a folder, whose folders are its buckets."""
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("rclone")), "serve", "s3", str(folder)]
    process = subprocess.Popen(
        [*command, "--addr", f"127.0.0.1:{port}", "--auth-key", f"{KEY},{SECRET}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"HOME": str(folder)},
    )
    endpoint = f"http://127.0.0.1:{port}"
    try:
        _wait_for(endpoint)
        yield endpoint
    finally:
        process.terminate()
        process.wait(timeout=20)


def client_for(endpoint: str, secret: str = SECRET) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=KEY,
        aws_secret_access_key=secret,
    )


def _wait_for(endpoint: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            client_for(endpoint).list_buckets()
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return
