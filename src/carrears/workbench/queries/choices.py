"""What a list may be narrowed by."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext

from carrears.workbench.view_models.common import Option


def options_of(
    pairs: Iterable[tuple[str, str]], wanted: str, *, every: bool = True, keep: bool = False
) -> tuple[Option, ...]:
    """Codes with their names, ``wanted`` chosen; before them All, unless ``every`` is false.

    With ``keep`` a wanted code that is none of them stands at the end under its own name.
    """
    known = dict(pairs)
    if keep and wanted:
        known.setdefault(wanted, wanted)
    first = (Option("", gettext("All"), wanted not in known),) if every else ()
    return (*first, *(Option(code, name, code == wanted) for code, name in known.items()))
