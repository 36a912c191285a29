"""The witness's HTTP service, a WSGI application that gunicorn serves.

``POST /add-checkpoint`` is that of https://c2sp.org/tlog-witness. ``GET /seen/<hash>`` gives
the checkpoint that was last cosigned of the log whose origin has this SHA-256, so that
anybody can compare it with what the lender shows; ``GET /health`` says that the keys are there.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from carrears.witness.cosigning import LONGEST_REQUEST, Answer, add_checkpoint
from carrears.witness.folder import Folder, WitnessError

_log = logging.getLogger(__name__)
_SEEN = re.compile(r"/seen/([0-9a-f]{64})")

StartResponse = Callable[[str, list[tuple[str, str]]], object]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


def application(path: str) -> Application:
    """The service of the witness in the folder ``path``."""
    folder = Folder(Path(path))

    def serve(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        try:
            answer = _answer(folder, environ)
        except (WitnessError, OSError):
            _log.exception("the witness's folder cannot be used")
            answer = Answer(HTTPStatus.INTERNAL_SERVER_ERROR, "the witness is out of order\n")
        body = answer.text.encode()
        headers = [("Content-Type", answer.content_type), ("Content-Length", str(len(body)))]
        start_response(f"{answer.status.value} {answer.status.phrase}", headers)
        return [body]

    return serve


def _answer(folder: Folder, environ: dict[str, Any]) -> Answer:
    method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
    if path == "/add-checkpoint":
        if method != "POST":
            return Answer(HTTPStatus.METHOD_NOT_ALLOWED, "POST only\n")
        return _take(folder, environ)
    if method not in {"GET", "HEAD"}:
        return Answer(HTTPStatus.NOT_FOUND, "no such thing\n")
    if path == "/health":
        return Answer(HTTPStatus.OK, "".join(f"{one.verifier()}\n" for one in folder.signers()))
    if (found := _SEEN.fullmatch(path)) and (kept := folder.path / "seen" / found[1]).exists():
        return Answer(HTTPStatus.OK, kept.read_text(encoding="utf-8"))
    return Answer(HTTPStatus.NOT_FOUND, "no such thing\n")


def _take(folder: Folder, environ: dict[str, Any]) -> Answer:
    body = environ["wsgi.input"].read(LONGEST_REQUEST + 1)
    if len(body) > LONGEST_REQUEST:
        return Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too long\n")
    answer = add_checkpoint(folder, body, at=int(time.time()))
    if answer.status is not HTTPStatus.OK:
        _log.warning("refused %s: %s", answer.status.value, answer.text.strip())
    return answer
