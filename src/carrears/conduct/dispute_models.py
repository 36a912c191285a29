"""Disputes (争议) of what is owed, the loans that each names, and what was done with it."""

from __future__ import annotations

from typing import Literal

from django.conf import settings
from django.db import models
from django.db.models import Q

from carrears.conduct.complaint_models import ComplaintChannel
from carrears.conduct.step_models import MatterStep

# How what was said came, as the gate is told: by word of mouth, on paper, or electronically. Of the
# other channels (a supervisor's, an unnamed one) nobody knows, which counts as written.
_FORMS: dict[str, Literal["written", "oral", "electronic"]] = {
    ComplaintChannel.PHONE: "oral",
    ComplaintChannel.IN_PERSON: "oral",
    ComplaintChannel.LETTER: "written",
    ComplaintChannel.COURT: "written",
    ComplaintChannel.EMAIL: "electronic",
    ComplaintChannel.WEB: "electronic",
    ComplaintChannel.MESSAGE: "electronic",
}


class DisputeState(models.TextChoices):
    """RAISED → ACKNOWLEDGED → ASKED (for information) → ANSWERED; WITHDRAWN from any open one.

    What comes in takes ASKED back to ACKNOWLEDGED. It may be answered from any open state.
    """

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    ASKED = "asked"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


OVER = (DisputeState.ANSWERED, DisputeState.WITHDRAWN)


class DisputeOutcome(models.TextChoices):
    """What the answer says."""

    UPHELD = "upheld"
    PARTLY = "partly"
    REJECTED = "rejected"


class Dispute(models.Model):
    """A borrower disputes what he is said to owe, with what is due next. His words are sealed.

    ``kind`` is a code of ``dispute_kinds.yaml``. ``case`` and ``loan_no`` are the first of the
    loans that it names (``DisputedLoan``). ``deadlines`` keeps each time limit with its citation
    as it stood when it was raised.
    """

    key = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=24)
    loan_no = models.CharField(max_length=64)
    case = models.ForeignKey(
        "casework.Case", null=True, on_delete=models.SET_NULL, related_name="disputes"
    )
    party = models.ForeignKey(
        "parties.Party", null=True, on_delete=models.SET_NULL, related_name="disputes"
    )
    jurisdiction = models.CharField(max_length=8)
    channel = models.CharField(max_length=10, choices=ComplaintChannel.choices)
    text_sealed = models.BinaryField(null=True)
    received_at = models.DateTimeField()
    registered_at = models.DateTimeField(auto_now_add=True)
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(
        max_length=12, choices=DisputeState.choices, default=DisputeState.RAISED
    )
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    deadlines = models.JSONField(default=list)
    due_on = models.DateField(null=True)  # of the next step; empty: nothing is due, or no limit
    # How far it was raised as its next step nears its day or is late, and to which roles.
    raised_level = models.SmallIntegerField(default=0)
    raised_to = models.JSONField(default=list)
    outcome = models.CharField(max_length=8, choices=DisputeOutcome.choices, blank=True)
    acknowledged_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)  # when it was answered or withdrawn

    class Meta:
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="answered", closed_at__isnull=False) & ~Q(outcome="")
                | Q(state="withdrawn", closed_at__isnull=False, outcome="")
                | ~Q(state__in=["answered", "withdrawn"]) & Q(closed_at__isnull=True, outcome=""),
                name="dispute_over_with_answer",
            ),
        ]
        indexes = [
            models.Index(fields=["received_at"], name="dispute_time"),
            models.Index(fields=["due_on"], condition=Q(closed_at=None), name="dispute_open_due"),
        ]

    def __str__(self) -> str:
        return f"dispute {self.pk} {self.state}"

    @property
    def form(self) -> Literal["written", "oral", "electronic"] | None:
        """In which form it was made; None: not known."""
        return _FORMS.get(self.channel)


class DisputedLoan(models.Model):
    """A loan that a dispute names, how much of it, and what stops its collection meanwhile.

    ``amount`` is in minor units of ``currency``; None disputes all that is owed on it.
    """

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="loans")
    loan_no = models.CharField(max_length=64)
    case = models.ForeignKey(
        "casework.Case", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    amount = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    hold = models.ForeignKey(
        "casework.Hold", null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["dispute", "loan_no"], name="dispute_loan_once"),
            models.CheckConstraint(
                condition=Q(amount=None) | Q(amount__gt=0), name="disputed_amount_positive"
            ),
        ]
        indexes = [models.Index(fields=["loan_no"], name="disputed_loan")]

    def __str__(self) -> str:
        return f"{self.loan_no} of dispute {self.dispute_id}"


class DisputeStep(MatterStep):
    """What was done with a dispute; words are sealed, the same key is written once."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="steps")


class DisputeDocument(models.Model):
    """A file of the vault that belongs to a dispute: what proves it, or what answers it."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="documents")
    stored = models.ForeignKey("vault.StoredObject", on_delete=models.PROTECT, related_name="+")
    attached_at = models.DateTimeField()
    attached_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["dispute", "stored"], name="dispute_document_once")
        ]

    def __str__(self) -> str:
        return f"{self.stored_id} of dispute {self.dispute_id}"
