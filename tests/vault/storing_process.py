"""A process that stores an object, to be killed on its way: DATABASE CASE VAULT SECONDS."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import django
from django.conf import settings


def pieces(seconds: float) -> Iterator[bytes]:
    yield bytes(3_000_000)
    sys.stdout.write("halfway\n")
    sys.stdout.flush()
    time.sleep(seconds)
    yield b"the end"


if __name__ == "__main__":
    database, case, folder, pause = sys.argv[1:]
    settings.DATABASES["default"]["NAME"] = database
    settings.VAULT_DIR = folder
    django.setup()
    from carrears.casework.models import Case
    from carrears.vault.services import store

    store(
        kind="screen",
        stream=pieces(float(pause)),
        case=Case.objects.get(pk=case),
        media_type="application/json",
        actor=None,
    )
    sys.stdout.write("stored\n")
