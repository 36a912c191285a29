"""Where the data shipped with Carrears lies, in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_SHIPPED = _PACKAGE / "shipped"


def shipped(name: str) -> Path:
    """The folder ``name`` (``rulepacks``, ``strategies``) of the shipped data.

    Raises:
        FileNotFoundError: neither the wheel nor a checkout has it.
    """
    for root in (_SHIPPED, _PACKAGE.parents[1]):
        if (root / name).is_dir():
            return root / name
    raise FileNotFoundError(f"the shipped folder {name!r} is missing from this installation")
