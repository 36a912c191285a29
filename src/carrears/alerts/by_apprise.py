"""Send one message by Apprise: in a process of its own, with a guard on every connection.

Apprise connects by itself, by several libraries and protocols. So what it may reach is judged
where all of them pass: an audit hook (PEP 578) looks at each address before the socket connects,
redirects and names resolved a second time included. A hook stays as long as its process, hence the
process. It starts no other program.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import re
import subprocess
import sys
from typing import Any

from carrears.alerts.robots import TargetError
from carrears.outgoing import is_open, own_networks

_SECONDS = 45
_CONNECTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_STARTS = frozenset({"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"})
_TELLING = 4


def send_by_apprise(address: str, text: str) -> None:
    """Send a text to an Apprise address.

    Raises:
        TargetError: it was not taken.
    """
    asked = json.dumps({"address": address.strip(), "text": text})
    try:
        done = subprocess.run(
            [sys.executable, "-m", "carrears.alerts.by_apprise"],
            input=asked.encode(),
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TargetError("it takes too long", again=True) from error
    try:
        told = json.loads(done.stdout.splitlines()[-1])
    except (ValueError, IndexError) as error:
        raise TargetError("Apprise ended without a word", again=True) from error
    if told["error"]:
        raise TargetError(_without(told["error"], address), again=told["again"])


def _without(said: str, address: str) -> str:
    """What Apprise says, without any part of the address, which holds the secrets."""
    for part in sorted(set(re.findall(r"\w+", address)), key=len, reverse=True):
        if len(part) >= _TELLING:
            said = said.replace(part, "…")
    return said[:200]


def _guard(event: str, args: tuple[Any, ...]) -> None:
    if event in _STARTS:
        raise PermissionError("no other program is started for an alert")
    if event not in _CONNECTS:
        return
    place = args[1]
    host = str(place[0]).split("%", maxsplit=1)[0] if isinstance(place, tuple) else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise PermissionError("only addresses of the Internet are asked") from None
    if not is_open(address, own_networks()):
        raise PermissionError(f"{address} is not to be asked")


class _Said(logging.Handler):
    """Keeps the last warning."""

    last = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.last = record.getMessage()


def _send(address: str, text: str) -> dict[str, Any]:
    import apprise  # noqa: PLC0415  only this process needs its hundred plugins

    sys.addaudithook(_guard)
    said = _Said(logging.WARNING)
    logging.getLogger("apprise").addHandler(said)
    sender = apprise.Apprise()
    if not sender.add(address):
        return {"error": "Apprise does not know such an address", "again": False}
    if sender.notify(body=text, body_format=apprise.NotifyFormat.TEXT):
        return {"error": "", "again": False}
    return {"error": said.last or "Apprise could not send it", "again": True}


if __name__ == "__main__":
    wanted = json.loads(sys.stdin.read())
    sys.stdout.write(json.dumps(_send(wanted["address"], wanted["text"])) + "\n")
