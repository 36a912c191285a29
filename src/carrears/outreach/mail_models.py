"""Mails that came in: each read once, and what it was."""

from __future__ import annotations

from typing import ClassVar

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


class Refusal(models.TextChoices):
    """Why a file that hung on a mail is not kept; ``vault.sniffing`` finds what it is instead."""

    UNKNOWN = "unknown"
    MISMATCH = "mismatch"
    ACTIVE = "active"
    MACROS = "macros"
    ZIP = "zip"
    OFFICE = "office"
    GZIP = "gzip"
    ARCHIVE = "archive"
    PROGRAM = "program"
    WEB_PAGE = "web_page"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    DISMISSED = "dismissed"  # with its mail, of which nothing follows
    ERASED = "erased"  # whom it concerned was erased


ERASED = "Erased with the person"  # in place of what was wrong with a mail


class ReceivedMail(models.Model):
    """One mail, by a hash of its Message-ID. Of one put aside all is kept, sealed."""

    SEALED_AS: ClassVar[str] = "mail"

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


class MailAttachment(models.Model):
    """A file that hung on a mail, for one of the cases on which the mail stands.

    WAITING (``content_sealed``) → in the vault (``stored``), or refused (``why``). One whose mail
    fits no case waits with its ``unknown`` text. Name and content are sealed under the key of the
    case's borrower; the vault has both once it is there. ``size`` is in bytes.
    """

    mail = models.ForeignKey(ReceivedMail, on_delete=models.PROTECT, related_name="attachments")
    nth = models.SmallIntegerField()
    case = models.ForeignKey(
        "casework.Case", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    unknown = models.ForeignKey(
        "outreach.UnknownText", null=True, on_delete=models.SET_NULL, related_name="attachments"
    )
    origin = models.CharField(max_length=8)  # of ``vault.Origin``
    media_type = models.CharField(max_length=100, blank=True)
    size = models.BigIntegerField()
    name_sealed = models.BinaryField(null=True)
    content_sealed = models.BinaryField(null=True)
    why = models.CharField(max_length=9, choices=Refusal.choices, blank=True)
    stored = models.ForeignKey(
        "vault.StoredObject", null=True, on_delete=models.PROTECT, related_name="+"
    )
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["mail", "nth"]
        constraints = [
            models.UniqueConstraint(
                fields=["mail", "nth", "case"], name="mail_attachment_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(content_sealed=None) | Q(why="", stored=None),
                name="mail_attachment_waits_or_is_settled",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(content_sealed__isnull=False),
                name="mail_attachment_waiting",
            ),
            models.Index(fields=["case", "-received_at"], name="mail_attachment_case"),
        ]

    def __str__(self) -> str:
        return f"file {self.nth} of {self.mail_id}"
