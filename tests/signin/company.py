"""The company's identity provider, as the tests see it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

CLIENT_SECRET = "the-secret-of-the-client"
PROGRAM = Path(__file__).with_name("company_process.py")


@dataclass
class Company:
    """A provider in a process of its own; its mood says what it does, see there."""

    folder: Path
    url: str
    mood: dict[str, Any] = field(default_factory=dict)

    def be(self, **mood: Any) -> None:
        told = {"user": "lin", "key": "first"} | mood
        (self.folder / "mood.json").write_text(json.dumps(told))


@contextmanager
def company_in(folder: Path, *, host: str = "127.0.0.1") -> Iterator[Company]:
    """A provider while it runs; its log and keys lie in ``folder``."""
    for name in ("first", "second"):
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / f"{name}.pem").write_bytes(pem)
    (folder / "secret").write_text(CLIENT_SECRET + "\n")
    log = (folder / "log").open("wb")
    process = subprocess.Popen([sys.executable, str(PROGRAM), str(folder)], stderr=log)
    until = time.monotonic() + 120
    while not (folder / "port").exists():
        assert process.poll() is None, (folder / "log").read_text()
        assert time.monotonic() < until
        time.sleep(0.05)
    yield Company(folder, f"http://{host}:{(folder / 'port').read_text()}")
    process.terminate()
    process.wait(30)
    log.close()
