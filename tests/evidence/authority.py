"""A time-stamping authority on loopback: ``openssl ts`` behind a few lines of HTTP."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

# Without `certs`: OpenSSL 3.0 writes a chain as a set in another order than DER demands.
_CONFIG = """
[tsa]
default_tsa = here
[here]
dir = {folder}
serial = $dir/serial
signer_cert = $dir/tsa.pem
signer_key = $dir/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
[extensions]
extendedKeyUsage = critical,timeStamping
"""


@dataclass(frozen=True)
class Stamper:
    url: str
    roots: Path


def make_authority(folder: Path) -> Path:
    """Its root's certificate; the folder then holds all that it signs with."""
    folder.mkdir()
    (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    _openssl(
        folder, "req", "-x509", *new_key, "-keyout", "root.key", "-out", "root.pem",
        "-subj", "/CN=Test root", "-days", "3650",
    )  # fmt: skip
    _openssl(
        folder, "req", *new_key, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Test TSA"
    )
    _openssl(
        folder, "x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key",
        "-CAcreateserial", "-out", "tsa.pem", "-days", "3650",
        "-extfile", "tsa.cnf", "-extensions", "extensions",
    )  # fmt: skip
    return folder / "root.pem"


@contextmanager
def run_authority(folder: Path) -> Iterator[Stamper]:
    """Answer time-stamp queries until the block ends."""
    roots = make_authority(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the base class names it
            assert self.headers["Content-Type"] == "application/timestamp-query"
            query = self.rfile.read(int(self.headers["Content-Length"]))
            (folder / "query").write_bytes(query)
            _openssl(
                folder, "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query",
                "-out", "answer",
            )  # fmt: skip
            answer = (folder / "answer").read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Stamper(f"http://127.0.0.1:{server.server_port}/", roots)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
