"""Letters are batched for the print house by themselves, once a day at the lender's hour.

What waited at the hour is made and written, batch after batch; what comes later waits for the next
day's. Nothing of that is remembered but the batches themselves, so it bears being killed and being
started again at any time: a batch that was begun is finished, one that was made and not written is
written, and once nothing is left from before the hour there is nothing to do.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path

from django.conf import settings

from carrears.access.models import User
from carrears.clock import at_local, local_day
from carrears.outreach.gateways import PRINT
from carrears.outreach.print_models import LetterBatch
from carrears.outreach.printing import make_batch, write_batch


def make_due_batches(*, at: datetime) -> list[LetterBatch]:
    """Make and write what waited at the lender's last hour for it; nothing where none is set.

    Raises:
        AlreadyPrintingError: another process makes letters.
        OSError: the folder cannot be written; what is made is written the next time.
        VaultError: a letter is not in the vault any more.
    """
    until = last_hour(at)
    return [] if until is None else make_batches(until=until, by=None)


def make_batches(*, until: datetime, by: User | None) -> list[LetterBatch]:
    """Make all that waited at ``until``, in as many batches as it takes, and write their files.

    Without a folder nothing is written: each batch is given out by the page or the command.

    Raises:
        AlreadyPrintingError, OSError, VaultError: as ``make_due_batches``.
    """
    while batch := make_batch(by=by, until=until):
        # One that was begun by hand and left is given out as well.
        wants_files = bool(settings.LETTERS_DIR)
        LetterBatch.objects.filter(pk=batch.pk, written_at=None).update(wants_files=wants_files)
    return _write_unwritten() if settings.LETTERS_DIR else []


def last_hour(at: datetime) -> datetime | None:
    """The lender's hour of today, or of yesterday before it has come.

    None where none is set, or no folder for the files.
    """
    if not settings.LETTERS_AT or not settings.LETTERS_DIR:
        return None
    clock, day = time.fromisoformat(settings.LETTERS_AT), local_day(at, settings.TIME_ZONE)
    todays = at_local(day, clock, settings.TIME_ZONE)
    if todays <= at:
        return todays
    return at_local(day - timedelta(days=1), clock, settings.TIME_ZONE)


def _write_unwritten() -> list[LetterBatch]:
    """What is made and not written, by this process or one that is gone."""
    left = LetterBatch.objects.filter(
        gateway=PRINT, made_at__isnull=False, written_at=None, wants_files=True
    )
    found = list(left.order_by("pk"))
    for batch in found:
        write_batch(batch, Path(settings.LETTERS_DIR), by=batch.made_by)
    return found
