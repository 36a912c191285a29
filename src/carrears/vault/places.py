"""Which store the lender's objects lie in."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings

from carrears.vault.s3 import connect, parse_place
from carrears.vault.stores import FolderStore, Store


def store_in_use() -> Store:
    """The store that ``CARREARS_VAULT_STORE`` names, else a folder of the home.

    Raises:
        BadStoreError: what it names cannot be used.
    """
    return _store(settings.VAULT_STORE, str(vault_folder()))


@cache
def _store(url: str, folder: str) -> Store:
    return connect(parse_place(url)) if url else FolderStore(Path(folder))


def vault_folder() -> Path:
    """The vault's own folder in the home."""
    return Path(settings.VAULT_DIR)


def spool_folder() -> Path:
    """Where a sealed object lies before the store takes it in."""
    return vault_folder() / "incoming"
