"""Verdicts as given, and who must not be contacted."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class VerdictRecord(models.Model):
    """One judgement of the gate, with all it saw, so that it can be given again."""

    judged_at = models.DateTimeField(auto_now_add=True)
    attempt_at = models.DateTimeField()
    pack = models.CharField(max_length=16)
    pack_version = models.CharField(max_length=96)
    gate_action = models.CharField(max_length=8)  # allow | block | review
    expect = models.CharField(max_length=24)
    findings = models.JSONField()
    facts = models.JSONField()
    next_allowed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # The target of outreach's foreign key: an attempt cannot claim another's verdict.
            models.UniqueConstraint(fields=["id", "gate_action"], name="verdict_with_action"),
            models.CheckConstraint(
                condition=Q(gate_action__in=["allow", "block", "review"]), name="verdict_action"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gate_action} ({self.pack} {self.pack_version})"


class DoNotContact(models.Model):
    """A person, or one number or address, that must not be contacted."""

    party = models.ForeignKey(
        "parties.Party", null=True, on_delete=models.CASCADE, related_name="do_not_contact"
    )
    value_index = models.BinaryField(null=True)
    channel = models.CharField(max_length=12, blank=True)  # empty: every channel
    reason = models.CharField(max_length=120)
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(party__isnull=False) | Q(value_index__isnull=False),
                name="do_not_contact_names_someone",
            )
        ]
        indexes = [models.Index(fields=["value_index"], name="do_not_contact_value")]

    def __str__(self) -> str:
        return f"do not contact since {self.from_on}"
