"""Views of a list that somebody keeps."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewRow:
    """One view. ``by`` is empty for one's own; ``is_here`` while the list stands as it says."""

    pk: int
    place: str
    name: str
    url: str
    by: str
    team: str
    is_default: bool
    is_here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewBar:
    """The views of one list."""

    place: str
    rows: tuple[ViewRow, ...]
