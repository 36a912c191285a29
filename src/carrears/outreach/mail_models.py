"""Mails that came in: each read once, and what it was."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class MailKind(models.TextChoices):
    """What a mail was; ASIDE could not be read, UNMATCHED tells of no message of ours.

    UNSIGNED names a message of ours by a Message-ID without our signature: it may be forged.
    """

    HARD = "hard"
    SOFT = "soft"
    DELAY = "delay"
    COMPLAINT = "complaint"
    AUTOMATIC = "automatic"
    REPLY = "reply"
    UNMATCHED = "unmatched"
    ASIDE = "aside"
    UNSIGNED = "unsigned"


class ReceivedMail(models.Model):
    """One mail, by a hash of its Message-ID. Of one put aside all is kept, sealed."""

    key = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=9, choices=MailKind.choices)
    delivery = models.ForeignKey(
        "outreach.Delivery", null=True, on_delete=models.PROTECT, related_name="mails"
    )
    problem = models.CharField(max_length=120, blank=True)
    raw_sealed = models.BinaryField(null=True)
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["-received_at", "-pk"]
        indexes = [
            models.Index(fields=["-received_at"], condition=Q(kind="aside"), name="mail_aside")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.received_at:%Y-%m-%d}"
