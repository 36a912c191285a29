"""What agencies say they did: logs of contacts, row by row."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


class ContactLog(models.Model):
    """Rows that an agency brought together, in a file or by the API, and what came of them.

    ``taken`` were new, ``known`` had come before, ``rejected`` were kept aside; ``breaches`` of
    those taken are spoken against by the rules.
    """

    agency = models.ForeignKey(
        "access.Organisation", on_delete=models.PROTECT, related_name="contact_logs"
    )
    source = models.CharField(max_length=4, choices=[("file", "File"), ("api", "API")])
    file_name = models.CharField(max_length=255, blank=True)
    brought_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    brought_at = models.DateTimeField()
    taken = models.IntegerField(default=0)
    known = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    breaches = models.IntegerField(default=0)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["agency", "-id"], name="contact_log_of_agency")]

    def __str__(self) -> str:
        return f"log {self.pk} of {self.agency_id}"


class LoggedContact(models.Model):
    """A row that was taken, by the agency's own ``reference``, and the contact that it is.

    What began at the agency is an ``attempt``; what came in is an ``outcome`` alone. ``acted_by``
    is who of the agency acted, in its own words.
    """

    log = models.ForeignKey(ContactLog, on_delete=models.PROTECT, related_name="contacts")
    agency = models.ForeignKey(
        "access.Organisation", on_delete=models.PROTECT, related_name="logged_contacts"
    )
    reference = models.CharField(max_length=64)
    row_no = models.IntegerField()
    acted_by = models.CharField(max_length=64)
    attempt = models.OneToOneField(
        "outreach.Attempt", null=True, on_delete=models.PROTECT, related_name="logged"
    )
    outcome = models.OneToOneField(
        "outreach.ContactOutcome", null=True, on_delete=models.PROTECT, related_name="logged"
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["agency", "reference"], name="logged_contact_once"),
            models.CheckConstraint(
                condition=Q(attempt=None, outcome__isnull=False)
                | Q(attempt__isnull=False, outcome=None),
                name="logged_contact_is_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} of log {self.log_id}"


class ContactLogReject(models.Model):
    """A row that was kept aside: what is wrong, and the row, sealed.

    ``corrected_at``: its reference came again in a later log, which has its own answer.
    """

    SEALED_AS: ClassVar[str] = "contact log row"

    log = models.ForeignKey(ContactLog, on_delete=models.CASCADE, related_name="rejects")
    row_no = models.IntegerField()
    reference = models.CharField(max_length=64, blank=True)
    errors = models.JSONField()  # [[field, why, told], …]
    raw_sealed = models.BinaryField()
    corrected_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["row_no"]
        indexes = [
            models.Index(
                fields=["reference"],
                condition=Q(corrected_at=None),
                name="contact_log_reject_open",
            )
        ]

    def __str__(self) -> str:
        return f"row {self.row_no} of log {self.log_id}"
