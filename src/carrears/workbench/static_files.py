"""What pages load beside themselves: collected and compressed once, not at every start."""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Lock
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

_STAMP = "collected.sha256"
_MANIFEST = "staticfiles.json"
# Other releases of these make other files of the same.
_TOOLS = ("brotli", "django", "whitenoise")
_NEVER_ASKED_FOR = ("redoc.*",)  # the other page for an API that ninja brings
# Only who looks into a script by the tools of his browser loads its map: half of all there is.
_AS_THEY_ARE = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")


class CompressedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Each file by its own name, by one with its hash, and compressed; the work is done once."""

    def create_compressor(self, **_: Any) -> Compressor:
        """What compresses for one collection."""
        return _CompressorOfSame(extensions=_AS_THEY_ARE, quiet=True)


class _CompressorOfSame(Compressor):  # type: ignore[misc]
    """Remembers what it made of a content: the same lies there by two names."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._made: dict[tuple[str, bytes], bytes] = {}
        self._turns: dict[bytes, Lock] = {}

    def compress(self, path: str) -> list[str]:
        content = hashlib.sha256(Path(path).read_bytes()).digest()
        with self._turns.setdefault(content, Lock()):
            made: list[str] = super().compress(path)
        return made

    def compress_gzip(self, data: bytes) -> bytes:
        if (key := ("gzip", data)) not in self._made:
            self._made[key] = Compressor.compress_gzip(data)
        return self._made[key]

    def compress_brotli(self, data: bytes) -> bytes:
        if (key := ("brotli", data)) not in self._made:
            self._made[key] = Compressor.compress_brotli(data)
        return self._made[key]


def collect_static_files() -> bool:
    """Collect them into ``STATIC_ROOT`` where others lie there, or none; tells whether it did.

    A collection that broke off is made anew.
    """
    root = Path(settings.STATIC_ROOT)
    stamp, wanted = root / _STAMP, _digest()
    if stamp.is_file() and (root / _MANIFEST).is_file() and stamp.read_text() == wanted:
        return False
    stamp.unlink(missing_ok=True)
    for old in (*root.rglob("*.map.br"), *root.rglob("*.map.gz")):
        old.unlink()  # an older release compressed maps, and what lies beside a file is served
    call_command(
        "collectstatic", verbosity=0, interactive=False, ignore_patterns=[*_NEVER_ASKED_FOR]
    )
    stamp.write_text(wanted)
    return True


def _digest() -> str:
    """What is to be collected, and by what, as one number."""
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for tool in _TOOLS:
        digest.update(f"\n{tool} {_release(tool)}".encode())
    for finder in get_finders():
        for name, storage in finder.list(_NEVER_ASKED_FOR):
            with storage.open(name) as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            digest.update(f"\n{name} {content}".encode())
    return digest.hexdigest()


def _release(tool: str) -> str:
    try:
        return version(tool)
    except PackageNotFoundError:
        return ""  # brotli is no must
