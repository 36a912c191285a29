"""Bundles with their files, prepared in the background for whoever asked, for some hours."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from carrears.vault.models import Why

NOTE = "bundle note {}"  # as which the note of one is sealed


class PreparedState(models.TextChoices):
    """WAITING → RUNNING → READY → GONE, or FAILED."""

    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    GONE = "gone"


class PreparedBundle(models.Model):
    """A bundle that somebody asked for. Its file lies sealed; without ``key_sealed`` it is lost.

    ``done`` of ``total`` bytes are written; ``total`` is what the files came to when it was asked.
    """

    token = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("casework.Case", on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=12, choices=Why.choices)
    note_sealed = models.BinaryField(null=True)
    state = models.CharField(
        max_length=8, choices=PreparedState.choices, default=PreparedState.WAITING
    )
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField()
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    problem = models.CharField(max_length=8, blank=True)
    key_sealed = models.BinaryField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.BigIntegerField(default=0)
    entries = models.IntegerField(default=0)
    files = models.IntegerField(default=0)
    unreadable = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="ready")
                | Q(key_sealed__isnull=False, until__isnull=False) & ~Q(sha256=""),
                name="prepared_bundle_ready_can_be_opened",
            )
        ]
        indexes = [
            models.Index(fields=["until"], condition=Q(state="ready"), name="prepared_bundle_until")
        ]

    def __str__(self) -> str:
        return f"{self.token} {self.state}"
