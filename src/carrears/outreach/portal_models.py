"""What stands in the inboxes of the lender's app or portal."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

TITLE, BODY = "inbox title", "inbox body"  # as which the words of a message are sealed


class PortalMessage(models.Model):
    """One message in a person's inbox, known to apps by ``token``; its words are sealed.

    stored → read; shown until it expires or is withdrawn, its words kept until it expires. Of a
    replayed book it is a ``specimen``, which only a demo shows.
    """

    key = models.CharField(max_length=160, unique=True)  # that of its attempt
    token = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    attempt = models.OneToOneField(
        "outreach.Attempt", on_delete=models.PROTECT, related_name="portal_message"
    )
    case = models.ForeignKey("casework.Case", on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    title_sealed = models.BinaryField(null=True)
    body_sealed = models.BinaryField(null=True)
    template = models.CharField(max_length=40)
    template_version = models.CharField(max_length=64)
    locale = models.CharField(max_length=10)
    specimen = models.BooleanField(default=False)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    # Where it was opened first, in the app's own word: "ios", "web", "mini_program".
    read_via = models.CharField(max_length=24, blank=True)
    # Why, stands sealed beside the evidence of it.
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-sent_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(read_at=None, read_via="") | Q(read_at__isnull=False) & ~Q(read_via=""),
                name="portal_message_read_whole",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="portal_message_withdrawn_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["party", "-sent_at"], name="portal_message_of"),
            models.Index(
                fields=["expires_at"],
                condition=Q(body_sealed__isnull=False),
                name="portal_message_kept",
            ),
        ]
        permissions = [("serve_portal", "Can show people their inbox and bring what they answer")]

    def __str__(self) -> str:
        return f"{self.token}"
