"""How a code is shown."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise


class Label(NamedTuple):
    """A name; ``tone`` is one of good, bad, warn, info, accent, plain."""

    text: str | Promise
    tone: str = "plain"
    icon: str = ""
