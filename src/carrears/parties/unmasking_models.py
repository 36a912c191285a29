"""Who saw what of a person in clear, and why."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class Unmasking(models.Model):
    """One value of a person that somebody of the staff looked at in clear, for a reason.

    The reason's code is a word of ``unmasking.yaml``; words of his own are sealed under the
    person's key, and go with it.
    """

    party = models.ForeignKey("parties.Party", on_delete=models.CASCADE, related_name="unmaskings")
    loan_no = models.CharField(max_length=80)
    kind = models.CharField(max_length=8)
    reason = models.CharField(max_length=16)
    note_sealed = models.BinaryField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="unmasking_has_reason")]
        indexes = [
            models.Index(fields=["at"], name="unmasking_at"),
            models.Index(fields=["by", "at"], name="unmasking_by"),
            models.Index(fields=["loan_no", "at"], name="unmasking_loan"),
        ]
        permissions = [("view_unmaskings", "Can see who looked at whose data in clear")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.loan_no}, {self.reason}"
