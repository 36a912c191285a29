"""What pages load beside themselves: collected and compressed once, not at every start."""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

_STAMP = "collected.sha256"
_MANIFEST = "staticfiles.json"
# Other releases of these make other files of the same.
_TOOLS = ("brotli", "django", "whitenoise")


def collect_static_files() -> bool:
    """Collect them into ``STATIC_ROOT`` where others lie there, or none; tells whether it did.

    A collection that broke off is made anew.
    """
    root = Path(settings.STATIC_ROOT)
    stamp, wanted = root / _STAMP, _digest()
    if stamp.is_file() and (root / _MANIFEST).is_file() and stamp.read_text() == wanted:
        return False
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", verbosity=0, interactive=False)
    stamp.write_text(wanted)
    return True


def _digest() -> str:
    """What is to be collected, and by what, as one number."""
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for tool in _TOOLS:
        digest.update(f"\n{tool} {_release(tool)}".encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            with storage.open(name) as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            digest.update(f"\n{name} {content}".encode())
    return digest.hexdigest()


def _release(tool: str) -> str:
    try:
        return version(tool)
    except PackageNotFoundError:
        return ""  # brotli is no must
