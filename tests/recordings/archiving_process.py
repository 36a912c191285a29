"""A process that brings a recording into the vault and halts after a step, to be killed there.

DATABASE RECORDING VAULT STEP, which is one of planned, storing, stored, checked, dropping.
"""

from __future__ import annotations

import sys
import time
from uuid import UUID

import django
from django.conf import settings


def reach(step: str, *, halt_at: str) -> None:
    if step == halt_at:
        sys.stdout.write(f"{step}\n")
        sys.stdout.flush()
        time.sleep(600)


if __name__ == "__main__":
    database, token, vault, halt_at = sys.argv[1:]
    settings.DATABASES["default"]["NAME"] = database
    settings.VAULT_DIR = vault
    django.setup()
    from django.db import transaction

    from carrears.clock import now
    from carrears.recordings import archiving
    from carrears.vault.stores import FolderStore

    put = FolderStore.put

    def halting_put(self: FolderStore, *args: object, **kwargs: object) -> None:
        reach("storing", halt_at=halt_at)  # sealed and synced, and not in the store yet
        put(self, *args, **kwargs)  # type: ignore[arg-type]

    FolderStore.put = halting_put  # type: ignore[method-assign,assignment]
    at = now()
    part = archiving.plan_part(UUID(token), at=at)
    assert part is not None
    reach("planned", halt_at=halt_at)
    stored = archiving.store_part(part, at=at)
    reach("stored", halt_at=halt_at)
    archiving.check_part(part, stored)
    reach("checked", halt_at=halt_at)
    with transaction.atomic():
        archiving.drop_chunks(part, stored, at=at)
        reach("dropping", halt_at=halt_at)
