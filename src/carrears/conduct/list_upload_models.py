"""Files of industry lists on their way from the screen into a list."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class UploadState(models.TextChoices):
    """WAITING → RUNNING → DONE or FAILED. A killed worker leaves it RUNNING, to be begun anew."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ListUpload(models.Model):
    """A file that somebody brought: the first of a version, or one more for the list in force.

    The file lies sealed until it was read; without ``key_sealed`` it is lost. ``terms`` is what
    was told of the version, so that it need not be told again when the file was refused; empty
    for a file that is added. ``done`` of ``total`` bytes were read.
    """

    token = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    list_name = models.CharField(max_length=80)
    is_more = models.BooleanField()
    terms = models.JSONField(default=dict)
    column = models.CharField(max_length=80, blank=True)
    file_name = models.CharField(max_length=255)
    state = models.CharField(max_length=8, choices=UploadState.choices, default=UploadState.WAITING)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    # Why it failed: a word of the program's, and what is wrong with the file in its own words.
    problem = models.CharField(max_length=8, blank=True)
    why = models.CharField(max_length=300, blank=True)
    key_sealed = models.BinaryField(null=True)
    result = models.ForeignKey(
        "conduct.IndustryList", null=True, on_delete=models.SET_NULL, related_name="uploads"
    )
    is_new = models.BooleanField(default=False)

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "running"], key_sealed__isnull=False)
                | Q(state__in=["done", "failed"], key_sealed=None, ended_at__isnull=False),
                name="list_upload_can_be_opened_until_read",
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(problem=""), name="list_upload_failed_for_reason"
            ),
        ]
        indexes = [models.Index(fields=["-asked_at"], name="list_upload_newest")]

    def __str__(self) -> str:
        return f"{self.list_name} {self.file_name} {self.state}"
