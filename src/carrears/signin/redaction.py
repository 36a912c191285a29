"""Keep secrets out of the log, whoever writes them there."""

from __future__ import annotations

import re

_HIDDEN = "[secret]"
# API tokens; what follows Bearer and Basic; passwords in addresses; values named as secrets.
_SECRETS = (
    (re.compile(r"\bca_[A-Za-z0-9_-]{20,}"), _HIDDEN),
    (re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), rf"\1 {_HIDDEN}"),
    (re.compile(r"(\w+://[^\s:/@]+):[^\s/@]+@"), rf"\1:{_HIDDEN}@"),
    (
        re.compile(
            r"""(["']?(?:password\d?|passwd|secret|token|sessionid|csrfmiddlewaretoken|code)["']?"""
            r"""\s*[=:]\s*)(["']?)[^\s"',;&}]+""",
            re.IGNORECASE,
        ),
        rf"\1\2{_HIDDEN}",
    ),
    (re.compile(r"(/invitation/)[A-Za-z0-9_-]{20,}"), rf"\1{_HIDDEN}"),
    # Where SMS services tell us, and where a link leads by which somebody stops a channel.
    (re.compile(r"(/texts/[^/\s]+/)[^/\s?]+"), rf"\1{_HIDDEN}"),
    (re.compile(r"(/stop/)[^/\s?]+"), rf"\1{_HIDDEN}"),
    (re.compile(r"otpauth://\S+"), _HIDDEN),
)


def redact(text: str) -> str:
    """``text`` without what looks like a secret."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text
