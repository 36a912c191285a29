"""Real witness processes on loopback."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from carrears.witness.folder import Folder, create


@dataclass(frozen=True)
class Running:
    """A witness that takes checkpoints at ``url``."""

    folder: Folder
    url: str

    @property
    def vkeys(self) -> list[str]:
        return [str(one.verifier()) for one in self.folder.signers()]

    def post(self, body: str | bytes) -> tuple[int, str, str]:
        """The status, content type and text of the answer."""
        data = body.encode() if isinstance(body, str) else body
        request = urllib.request.Request(f"{self.url}/add-checkpoint", data=data)  # noqa: S310  ours
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
                return answer.status, answer.headers.get_content_type(), answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers.get_content_type(), error.read().decode()

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"{self.url}{path}", timeout=20) as answer:  # noqa: S310
            text: str = answer.read().decode()
            return text

    def seen(self, origin: str) -> str:
        return self.get(f"/seen/{hashlib.sha256(origin.encode()).hexdigest()}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def run_witness(folder: Folder) -> Iterator[Running]:
    """Run ``carrears witness serve`` until the block ends."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "carrears", "witness", "serve", str(folder.path),
         "--port", str(port), "--parent", str(os.getpid())],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    running = Running(folder, f"http://127.0.0.1:{port}")
    try:
        _await(running, process)
        yield running
    finally:
        process.terminate()
        process.wait(30)


def make_witness(path: Path, name: str, *vkeys: str, with_ml_dsa: bool = False) -> Folder:
    folder = create(path, name, with_ml_dsa=with_ml_dsa)
    for vkey in vkeys:
        folder.watch(vkey)
    return folder


def _await(running: Running, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        try:
            running.get("/health")
        except OSError:
            assert process.poll() is None, "the witness ended"
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the witness does not answer")
