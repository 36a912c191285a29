"""One PDF of a batch's letters, in the order of their numbers, for the print house."""

from __future__ import annotations

import io

import pypdfium2

from carrears.access.models import User
from carrears.clock import now
from carrears.evidence.services import record
from carrears.outreach.print_models import LetterBatch
from carrears.vault.reading import read_content


def merge_batch(batch: LetterBatch, *, by: User) -> bytes:
    """All letters of a batch, one after the other; that it was handed out is evidence.

    Raises:
        VaultError: a letter is not in the vault any more.
    """
    whole = pypdfium2.PdfDocument.new()
    letters = batch.letters.exclude(file=None).select_related("file").order_by("number")
    for letter in letters:
        assert letter.file is not None  # noqa: S101  those without are left out
        one = pypdfium2.PdfDocument(b"".join(read_content(letter.file)))
        whole.import_pages(one)
        one.close()
    out = io.BytesIO()
    whole.save(out)
    whole.close()
    at = now()
    record(
        "letters.written",
        subject=f"letters:{batch.pk}",
        key=f"letters:{batch.pk}:merged:{at.isoformat()}",
        actor=by.get_username(),
        occurred_at=at,
        payload={"batch": batch.pk, "letters": letters.count(), "merged": True},
    )
    return out.getvalue()
