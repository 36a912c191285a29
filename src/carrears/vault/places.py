"""Which store the lender's objects lie in."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings

from carrears.vault.stores import FolderStore, Store


def store_in_use() -> Store:
    """The store that the settings name: a folder of the home, unless they name another."""
    return _store(str(vault_folder()))


@cache
def _store(folder: str) -> Store:
    return FolderStore(Path(folder))


def vault_folder() -> Path:
    """The vault's own folder in the home."""
    return Path(settings.VAULT_DIR)


def spool_folder() -> Path:
    """Where a sealed object lies before the store takes it in."""
    return vault_folder() / "incoming"
