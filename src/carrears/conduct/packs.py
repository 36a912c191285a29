"""The rule packs of a folder: whose law can be asked there."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from carrears.conduct.pack import Pack, PackError, load_pack
from carrears.resources import shipped


class UnknownJurisdictionError(PackError):
    """No rule pack is there for a jurisdiction; the message names those that are."""


@dataclass(slots=True)
class Packs:
    """The rule packs of a folder by jurisdiction (``CN``), each read once, or failing once."""

    root: Path = field(default_factory=lambda: shipped("rulepacks"))
    _read: dict[str, Pack | PackError] = field(default_factory=dict)

    @property
    def jurisdictions(self) -> tuple[str, ...]:
        """Those that the folder has a pack for."""
        return tuple(sorted(path.parent.name.upper() for path in self.root.glob("*/pack.yaml")))

    def of(self, jurisdiction: str) -> Pack:
        """The pack that attempts of ``jurisdiction`` are judged by.

        Raises:
            UnknownJurisdictionError: there is none.
            PackError: it cannot be used.
        """
        if jurisdiction not in self._read:
            self._read[jurisdiction] = self._load(jurisdiction)
        found = self._read[jurisdiction]
        if isinstance(found, PackError):
            raise found
        return found

    def _load(self, jurisdiction: str) -> Pack | PackError:
        known = self.jurisdictions
        if jurisdiction not in known:
            there = f"there are {', '.join(known)}" if known else "there are none"
            return UnknownJurisdictionError(f"no rule pack for {jurisdiction!r}; {there}")
        try:
            return load_pack(jurisdiction.lower(), self.root)
        except PackError as error:
            return error
