"""Log lines without personal data, as text or as one JSON object a line.

What a library or an error puts into a message may hold a number or an address: long runs of digits,
e-mail addresses and Chinese plates are starred whoever wrote them. Our own code logs tokens only.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from carrears.signin.redaction import redact
from carrears.starred import without_personal_data


def _clean(text: str) -> str:
    return without_personal_data(redact(text))


class PlainLines(logging.Formatter):
    """Time, level, logger, message; tracebacks below."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The line, without personal data and secrets."""
        return _clean(super().format(record))


class JsonLines(logging.Formatter):
    """One JSON object a line: ``time`` (UTC), ``level``, ``logger``, ``message``, ``error``."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without personal data and secrets."""
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _clean(record.getMessage()),
        }
        if record.exc_info:
            told["error"] = _clean(self.formatException(record.exc_info))
        return json.dumps(told, ensure_ascii=False)
