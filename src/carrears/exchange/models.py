"""What was brought in, and what was kept aside."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models


class ImportState(models.TextChoices):
    """RUNNING → DONE | REFUSED; a killed import stays RUNNING until it is sent again."""

    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"


class TapeImport(models.Model):
    """One file under one mapping. The same content under the same mapping comes in once."""

    key = models.CharField(max_length=64, unique=True)
    file_name = models.CharField(max_length=255)
    path = models.TextField()
    size_bytes = models.BigIntegerField()
    mapping = models.CharField(max_length=80)
    state = models.CharField(max_length=8, choices=ImportState.choices)
    rows_read = models.BigIntegerField(default=0)
    rows_accepted = models.BigIntegerField(default=0)
    rows_rejected = models.BigIntegerField(default=0)
    tables = models.JSONField(default=dict)
    as_of_from = models.DateField(null=True)
    as_of_to = models.DateField(null=True)
    error = models.TextField(blank=True)
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.mapping})"


ERASED = "Erased with the person"  # in place of what was wrong with a row


class RejectedRow(models.Model):
    """A row kept aside, with every field that was wrong. The raw row is sealed."""

    SEALED_AS: ClassVar[str] = "rejected row"

    tape = models.ForeignKey(TapeImport, on_delete=models.CASCADE, related_name="rejects")
    table = models.CharField(max_length=16)
    row_no = models.BigIntegerField()
    line_no = models.BigIntegerField(null=True)
    errors = models.JSONField()  # [{"field": …, "reason": …, "of_value": …}, …] (``faults_kept``)
    raw_sealed = models.BinaryField()
    resolved_by = models.ForeignKey(
        TapeImport, null=True, on_delete=models.SET_NULL, related_name="resolves"
    )

    class Meta:
        ordering = ["tape_id", "row_no"]
        constraints = [
            models.UniqueConstraint(fields=["tape", "table", "row_no"], name="rejected_row_once")
        ]

    def __str__(self) -> str:
        return f"{self.tape} row {self.row_no}"
