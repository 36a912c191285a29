"""Every attempt to say something to someone, lawful or stopped."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class AttemptState(models.TextChoices):
    """BLOCKED, or BOOKED → SENT | FAILED; a call is BOOKED → MADE | FAILED (not dialled).

    A message that a crash left BOOKED is sent again under its own id.
    """

    BLOCKED = "blocked"
    BOOKED = "booked"
    SENT = "sent"
    MADE = "made"
    FAILED = "failed"


class Attempt(models.Model):
    """One contact, booked in the transaction that judged it. What was said is sealed.

    The database itself holds that key, case, person, channel and moment are those of its
    verdict, and that none of them changes afterwards (``migrations/0003_own_verdict``).
    """

    key = models.CharField(max_length=160, unique=True)
    case = models.ForeignKey("casework.Case", on_delete=models.PROTECT, related_name="attempts")
    action = models.ForeignKey(
        "casework.PlannedAction", null=True, on_delete=models.SET_NULL, related_name="attempts"
    )
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="attempts")
    contact_point = models.ForeignKey(
        "parties.ContactPoint", null=True, on_delete=models.SET_NULL, related_name="attempts"
    )
    channel = models.CharField(max_length=12)
    agency = models.CharField(max_length=64, blank=True)  # who acts; empty: the lender
    purpose = models.CharField(max_length=24, default="collect")
    verdict = models.OneToOneField(
        "conduct.VerdictRecord", on_delete=models.PROTECT, related_name="attempt"
    )
    gate_action = models.CharField(max_length=8)
    state = models.CharField(max_length=7, choices=AttemptState.choices)
    result = models.CharField(max_length=24, blank=True)
    effective = models.BooleanField(default=False)
    at = models.DateTimeField()  # the business moment that the gate judged
    template = models.CharField(max_length=40)
    template_version = models.CharField(max_length=64)
    locale = models.CharField(max_length=10)
    subject_sealed = models.BinaryField(null=True)
    body_sealed = models.BinaryField(null=True)
    message_id = models.CharField(max_length=200, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    booked_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(gate_action="allow") | Q(state="blocked"),
                name="only_allowed_attempts_leave",
            )
        ]
        indexes = [
            models.Index(fields=["party", "-at"], name="attempt_party_time"),
            models.Index(fields=["state"], condition=Q(state="booked"), name="attempt_booked"),
        ]
        permissions = [
            ("send_message", "Can send a message to a debtor"),
            ("make_call", "Can call a debtor and tell what came of it"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.state} {self.at:%Y-%m-%d %H:%M}"
