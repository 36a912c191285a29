"""Batches of letters: made once, taken up again after a crash, the same bytes each time.

Which letters a batch has is committed before the first is made. Each is then made, sealed into the
vault under its number and noted; once all are, they are accepted together, and their files may be
written for the print house as often as need be.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import cast

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from carrears.access.models import User
from carrears.clock import now
from carrears.evidence.services import record
from carrears.outreach.channels import Handed, Parcel
from carrears.outreach.gateways import PRINT, PRINT_REPLAYED
from carrears.outreach.letters.paper import Letter, PaperError, WindowName, make_pdf
from carrears.outreach.messages import lender_name
from carrears.outreach.models import Delivery, DeliveryState
from carrears.outreach.packing import pack
from carrears.outreach.print_models import LetterBatch, PrintedLetter
from carrears.outreach.sending import apply, claim, keep
from carrears.vault.reading import read_content
from carrears.vault.storing import store

MANIFEST = "manifest.csv"
_MOST = 2_000  # letters in one batch
_LOCK = 0x6C65747465727300  # of the one process that makes letters
_COLUMNS = ("letter", "file", "sha256", "pages", "language")
_GONE = "the address or the message was erased"


class AlreadyPrintingError(RuntimeError):
    """Another process makes letters."""


def make_batch(
    *, by: User | None = None, replayed: bool = False, until: datetime | None = None
) -> LetterBatch | None:
    """The next batch of what waits to be printed, whole; None where nothing waits.

    With ``until`` of what waited then, and its files are to be written without a hand.

    A batch that was begun and not finished is finished first.

    Raises:
        AlreadyPrintingError: another process makes one.
    """
    gateway = PRINT_REPLAYED if replayed else PRINT
    with _alone():
        batch = LetterBatch.objects.filter(gateway=gateway, made_at=None).first()
        batch = batch or _begin(gateway, by=by, at=now(), until=until)
        if batch is None:
            return None
        for letter in _unmade(batch):
            _make(letter, by=by)
        _finish(batch, at=now())
    return batch


@contextmanager
def _alone() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [_LOCK])
        if cursor.fetchone() != (True,):
            raise AlreadyPrintingError("another process makes letters already")
        try:
            yield
        finally:
            cursor.execute("select pg_advisory_unlock(%s)", [_LOCK])


def write_batch(batch: LetterBatch, folder: Path, *, by: User | None) -> Path:
    """The letters of a batch, one PDF each, and their manifest, for their owner alone to read.

    What is there already is written anew; the manifest comes last, so that where it is, all is.

    Raises:
        OSError: the folder cannot be written.
        VaultError: a letter is not in the vault any more.
    """
    place = folder / f"letters-{batch.pk:06d}"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    (place / MANIFEST).unlink(missing_ok=True)
    for letter in _printed(batch):
        assert letter.file is not None  # noqa: S101  those without are left out
        _write(place / f"{letter.number}.pdf", b"".join(read_content(letter.file)))
    _write(place / MANIFEST, manifest_of(batch).encode("utf-8-sig"))
    _note_written(batch, by=by, at=now())
    return place


@transaction.atomic
def _note_written(batch: LetterBatch, *, by: User | None, at: datetime) -> None:
    LetterBatch.objects.filter(pk=batch.pk, written_at=None).update(written_at=at)
    record(
        "letters.written",
        subject=f"letters:{batch.pk}",
        key=f"letters:{batch.pk}:written:{at.isoformat()}",
        actor=by.get_username() if by else "",
        occurred_at=at,
        payload={"batch": batch.pk, "letters": _printed(batch).count()},
    )


def manifest_of(batch: LetterBatch) -> str:
    """What the print house gets, one line a letter; no name and no address is in it."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(_COLUMNS)
    for one in _printed(batch):
        locale = one.delivery.attempt.locale
        table.writerow((one.number, f"{one.number}.pdf", one.sha256, one.pages, locale))
    return out.getvalue()


@transaction.atomic
def _begin(
    gateway: str, *, by: User | None, at: datetime, until: datetime | None
) -> LetterBatch | None:
    """Fix what the next batch has; whose verdict is too old fails instead."""
    waiting = Delivery.objects.filter(
        gateway=gateway, state=DeliveryState.WAITING, due_at__lte=until or at
    ).select_related("attempt__case", "attempt__party", "attempt__verdict", "attempt__made_by")
    mine = claim(list(waiting.order_by("pk")[:_MOST]))
    if not mine:
        return None
    batch = LetterBatch.objects.create(
        gateway=gateway, begun_at=at, made_by=by, wants_files=until is not None
    )
    PrintedLetter.objects.bulk_create(
        PrintedLetter(batch=batch, delivery=one, number=f"{batch.pk:06d}-{nth:05d}")
        for nth, one in enumerate(mine, 1)
    )
    return batch


def _printed(batch: LetterBatch) -> QuerySet[PrintedLetter]:
    return batch.letters.exclude(file=None).select_related("delivery__attempt__case", "file")


def _unmade(batch: LetterBatch) -> Iterator[PrintedLetter]:
    left = batch.letters.filter(file=None, problem="").select_related(
        "batch", "delivery__attempt__case", "delivery__attempt__party"
    )
    yield from left.order_by("pk").iterator(chunk_size=100)


def _make(letter: PrintedLetter, *, by: User | None) -> None:
    """One letter into the vault; its number is the key, so that a crash leaves no second one."""
    packed, _ = pack([letter.delivery])
    if not packed:
        letter.problem = _GONE
        letter.save(update_fields=["problem"])
        return
    [(delivery, parcel)] = packed
    try:
        pdf = make_pdf(_letter(letter, parcel, delivery.attempt.case.jurisdiction))
    except PaperError as error:
        letter.problem = str(error)
        letter.save(update_fields=["problem"])
        return
    letter.file = store(
        kind="letter",
        stream=[pdf],
        case=delivery.attempt.case,
        media_type="application/pdf",
        actor=by,
        name=f"{letter.number}.pdf",
        key=f"letter:{letter.number}",
    )
    # A run that was killed here may have kept what an address said before it changed.
    kept = b"".join(read_content(letter.file))
    letter.sha256, letter.pages = hashlib.sha256(kept).hexdigest(), count_pages(kept)
    letter.save(update_fields=["file", "sha256", "pages"])


def _letter(letter: PrintedLetter, parcel: Parcel, jurisdiction: str) -> Letter:
    lines = tuple(part for part in parcel.to.splitlines() if part.strip())
    return Letter(
        number=letter.number,
        to=(parcel.to_name, *lines),
        subject=parcel.message.subject,
        text=parcel.message.text,
        locale=parcel.locale,
        lender=lender_name(parcel.locale),
        phone=settings.LENDER_PHONE,
        at=letter.batch.begun_at,
        window=window_of(jurisdiction),
        portal=settings.PORTAL_URL,
        specimen=letter.batch.gateway == PRINT_REPLAYED,
    )


def window_of(jurisdiction: str) -> WindowName:
    """The envelope that is set, else the usual one of the country."""
    usual = "gb_zl" if jurisdiction == "cn" else "din_b"
    return cast("WindowName", settings.LETTER_WINDOW or usual)


def count_pages(pdf: bytes) -> int:
    """Its pages, as the document counts them."""
    return max(map(int, re.findall(rb"/Count (\d+)", pdf)), default=1)


@transaction.atomic
def _finish(batch: LetterBatch, *, at: datetime) -> None:
    """All letters are accepted together; those that could not be made fail."""
    letters = list(
        batch.letters.select_related(
            "delivery__attempt__case", "delivery__attempt__verdict", "delivery__attempt__made_by"
        ).select_for_update(of=("self",))
    )
    for one in letters:
        told = (
            Handed(one.delivery.attempt.key, "refused", one.problem)
            if one.file_id is None
            else Handed(one.delivery.attempt.key, "accepted", references=(one.number,))
        )
        apply(one.delivery, told)
    keep([one.delivery for one in letters])
    batch.made_at = at
    batch.save(update_fields=["made_at"])
    record(
        "letters.made",
        subject=f"letters:{batch.pk}",
        key=f"letters:{batch.pk}:made",
        actor=batch.made_by.get_username() if batch.made_by else "",
        occurred_at=at,
        payload={
            "batch": batch.pk,
            "letters": sum(one.file_id is not None for one in letters),
            "dropped": sum(one.file_id is None for one in letters),
            "manifest": hashlib.sha256(manifest_of(batch).encode()).hexdigest(),
        },
    )


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, for its owner alone."""
    draft = path.with_suffix(".part")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(path)
