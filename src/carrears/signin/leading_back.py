"""Where somebody is led back to: without what he searched for, which may be a person's number.

An address lands in the logs of proxies and in the browser's history; the one in ``next`` twice.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

# By which names the pages take what is typed into a search.
_TYPED = frozenset({"q", "text"})


def without_words(address: str) -> str:
    """A path and its query, as they are but for what was typed into a search."""
    path, _, query = address.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if name not in _TYPED]
    if len(kept) == len(pairs):
        return address
    return f"{path}?{urlencode(kept)}" if kept else path
