"""By which cadences a version of the strategy has its loans reminded.

A version whose document carries ``cadences`` has those and no others, whatever the files say by
now; one without has what the lender's file and the shipped one say. So cadences are drafted,
compared, approved by a second person and replayed with the table that names their treatments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count, Max

from carrears.strategy.cadences import PART, Cadences, load_cadences, read_cadences
from carrears.strategy.models import StrategyVersion
from carrears.strategy.services import published_strategy


@dataclass(frozen=True, slots=True)
class KeptCadences:
    """The cadences of every version: ``own`` by its database id, ``house`` of all others."""

    house: Cadences
    own: Mapping[int, Cadences]

    def of(self, version: int | None) -> Cadences:
        """Those by which a version has its loans reminded."""
        return self.own.get(version, self.house) if version is not None else self.house


def kept_cadences() -> KeptCadences:
    """All of them; one question that costs nothing, since versions are never altered.

    Raises:
        CadenceError: a file of cadences cannot be used.
    """
    told = StrategyVersion.objects.aggregate(number=Count("pk"), newest=Max("pk"))
    own = _own(told["number"], told["newest"] or 0)
    return KeptCadences(load_cadences(Path(settings.CARREARS_HOME)), own)


def cadences_in_force(*, on: date) -> Cadences:
    """Those of the version that decides the day ``on``, for loans that no version has decided.

    Raises:
        CadenceError: a file of cadences cannot be used.
        DocumentError, FactsError, RefusedError: as ``published_strategy``.
    """
    return cadences_of_document(published_strategy(on).document)


def cadences_of_document(document: Mapping[str, Any]) -> Cadences:
    """Those of a version's or a draft's document, else what the files say.

    Raises:
        CadenceError: what it carries cannot be used.
    """
    if PART not in document:
        return load_cadences(Path(settings.CARREARS_HOME))
    return Cadences(read_cadences(document[PART], where=PART))


def cadences_of_version(version: StrategyVersion) -> Cadences:
    """The same of a kept version, whose document is read once: it never changes.

    Raises:
        CadenceError: as ``cadences_of_document``.
    """
    own = _of_version(version.pk, version.version)
    return own or load_cadences(Path(settings.CARREARS_HOME))


@lru_cache(maxsize=8)
def _of_version(pk: int, _version: str) -> Cadences | None:
    kept = StrategyVersion.objects.filter(pk=pk).values_list(f"document__{PART}", flat=True).get()
    return None if kept is None else Cadences(read_cadences(kept, where=PART))


@lru_cache(maxsize=4)
def _own(_number: int, _newest: int) -> Mapping[int, Cadences]:
    rows = StrategyVersion.objects.filter(document__has_key=PART)
    return {
        pk: Cadences(read_cadences(found, where=PART))
        for pk, found in rows.values_list("pk", f"document__{PART}")
    }
