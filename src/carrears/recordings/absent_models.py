"""Recordings that are due: of pages that were shown and calls that were made, until they begin."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class DueRecording(models.Model):
    """One visit of a page, or one call (``attempt``), that is to be recorded.

    It goes when its recording begins, or says that it cannot. One that did not in time is absent
    (``absent_at``); ``late_at`` is when it came after all.
    """

    kind = models.CharField(max_length=6, choices=[("screen", "Screen"), ("audio", "Audio")])
    case = models.ForeignKey("casework.Case", on_delete=models.CASCADE, related_name="+")
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=40, blank=True)
    attempt = models.OneToOneField(
        "outreach.Attempt", null=True, on_delete=models.CASCADE, related_name="due_recording"
    )
    due_at = models.DateTimeField()
    absent_at = models.DateTimeField(null=True)
    late_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-due_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="screen", attempt=None) | Q(kind="audio", attempt__isnull=False),
                name="due_recording_of_page_or_call",
            ),
            models.CheckConstraint(
                condition=Q(late_at=None) | Q(absent_at__isnull=False),
                name="due_recording_late_if_absent",
            ),
        ]
        indexes = [
            models.Index(fields=["staff", "case"], name="due_recording_staff"),
            models.Index(fields=["due_at"], condition=Q(absent_at=None), name="due_recording_open"),
            models.Index(
                fields=["-due_at"],
                condition=Q(absent_at__isnull=False),
                name="due_recording_gone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.case_id} due"
