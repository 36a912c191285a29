"""Recordings that agencies bring of the contacts in their logs."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


class RecordingFile(models.Model):
    """An archive that an agency brought, and what came of its rows, counted as of a log."""

    agency = models.ForeignKey(
        "access.Organisation", on_delete=models.PROTECT, related_name="recording_files"
    )
    file_name = models.CharField(max_length=255, blank=True)
    brought_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    brought_at = models.DateTimeField()
    taken = models.IntegerField(default=0)
    known = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["agency", "-id"], name="recording_file_of_agency")]

    def __str__(self) -> str:
        return f"recordings {self.pk} of {self.agency_id}"


class LoggedRecording(models.Model):
    """The recording of a logged contact, in the vault; ``recorded_at`` is when it began."""

    file = models.ForeignKey(RecordingFile, on_delete=models.PROTECT, related_name="recordings")
    contact = models.OneToOneField(
        "agencies.LoggedContact", on_delete=models.PROTECT, related_name="recording"
    )
    stored = models.OneToOneField(
        "vault.StoredObject", on_delete=models.PROTECT, related_name="logged_recording"
    )
    row_no = models.IntegerField()
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"recording of contact {self.contact_id}"


class RecordingReject(models.Model):
    """A row that was kept aside: what is wrong, and the row, sealed.

    ``corrected_at``: its reference came again in a later file, which has its own answer.
    """

    SEALED_AS: ClassVar[str] = "agency recording row"

    file = models.ForeignKey(RecordingFile, on_delete=models.CASCADE, related_name="rejects")
    row_no = models.IntegerField()
    reference = models.CharField(max_length=64, blank=True)
    errors = models.JSONField()  # [[field, why, told], …]
    raw_sealed = models.BinaryField()
    corrected_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["row_no"]
        indexes = [
            models.Index(
                fields=["reference"], condition=Q(corrected_at=None), name="recording_reject_open"
            )
        ]

    def __str__(self) -> str:
        return f"row {self.row_no} of recordings {self.file_id}"
