"""An EVM chain on loopback: anvil, with accounts that have money."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from evidence.chain.install import binary
from witness.running import free_port

_UP_WITHIN = 20


@dataclass(frozen=True)
class Node:
    """A chain that runs: its address, and a hundred ether for whoever is to have them."""

    url: str

    def fund(self, account: str) -> None:
        self.ask("anvil_setBalance", [account, hex(100 * 10**18)])

    def ask(self, method: str, params: list[object]) -> object:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        request = urllib.request.Request(  # noqa: S310  our own address
            self.url, body.encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310  as above
            found = json.load(answer)
        assert "error" not in found, found
        return found["result"]


@contextmanager
def run_chain() -> Iterator[Node]:
    """A chain of its own until the block ends; a block for each transaction."""
    program, port = binary(), free_port()
    assert program is not None
    command = [program, "--host", "127.0.0.1", "--port", str(port), "--silent"]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    node = Node(f"http://127.0.0.1:{port}")
    try:
        _wait_for(node, running)
        yield node
    finally:
        running.terminate()
        running.wait(10)


def _wait_for(node: Node, running: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _UP_WITHIN
    while True:
        try:
            node.ask("eth_chainId", [])
        except OSError:
            if time.monotonic() > until or running.poll() is not None:
                raise
            time.sleep(0.05)
        else:
            return
