"""The catalogue of treatments, steps and offers: the lender's own over the shipped ones."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from django.conf import settings

from carrears.strategy.files import GRAVE, Treatment, load_offers, load_steps, load_treatments

Part = Literal["treatment", "step", "offer"]
_LOAD = {"treatment": load_treatments, "step": load_steps, "offer": load_offers}


def catalogue(part: Part) -> Mapping[str, Treatment]:
    """What the codes are called, by code. An own entry that tells no force has the shipped one's.

    Raises:
        DocumentError: the lender's own file is not understood; the message names the entry.
    """
    own = _own(settings.CARREARS_HOME)
    try:
        stamp = own.stat().st_mtime_ns
    except FileNotFoundError:
        return _shipped(part)
    return _read(part, own, stamp)


def forces() -> dict[str, int]:
    """How hard each treatment presses; one that does not say so counts as grave."""
    known = catalogue("treatment").items()
    return {code: GRAVE if one.force is None else one.force for code, one in known}


@lru_cache(maxsize=4)
def _own(home: str | Path) -> Path:
    return Path(home) / "strategies" / "treatments.yaml"


@lru_cache(maxsize=4)
def _read(part: Part, path: Path, _stamp: int) -> Mapping[str, Treatment]:
    shipped, own = _shipped(part), _LOAD[part](path)
    return shipped | {code: _with_force(one, shipped.get(code)) for code, one in own.items()}


def _with_force(own: Treatment, shipped: Treatment | None) -> Treatment:
    if own.force is not None or shipped is None:
        return own
    return own.model_copy(update={"force": shipped.force})


@cache
def _shipped(part: Part) -> dict[str, Treatment]:
    return _LOAD[part]()
