"""Complaints about collection, and what was done with each."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from carrears.conduct.step_models import MatterStep


class ComplaintState(models.TextChoices):
    """RECEIVED → ACKNOWLEDGED → ANSWERED → CLOSED, with ESCALATED from any of them.

    What an authority takes up again after it was CLOSED is ESCALATED; what is withdrawn is CLOSED
    from wherever it stood.
    """

    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    ANSWERED = "answered"
    ESCALATED = "escalated"
    CLOSED = "closed"


class ComplaintCategory(models.TextChoices):
    """What the complaint is about."""

    CONDUCT = "conduct"  # rude, threatening, insulting
    FREQUENCY = "frequency"
    HOURS = "hours"
    THIRD_PARTY = "third_party"  # told or called others
    PRIVACY = "privacy"
    WRONG_PERSON = "wrong_person"
    AMOUNT = "amount"
    PAYMENT = "payment"
    CREDIT_REPORT = "credit_report"
    VEHICLE = "vehicle"
    SERVICE = "service"
    OTHER = "other"


class ComplaintChannel(models.TextChoices):
    """How it came in. What an authority passed on has that authority's time limits."""

    PHONE = "phone"
    EMAIL = "email"
    LETTER = "letter"
    WEB = "web"
    IN_PERSON = "in_person"
    MESSAGE = "message"
    REGULATOR = "regulator"
    OMBUDSMAN = "ombudsman"
    COURT = "court"
    OTHER = "other"


class Complainant(models.TextChoices):
    """Who complains."""

    BORROWER = "borrower"
    GUARANTOR = "guarantor"
    CONTACT = "contact"
    THIRD_PARTY = "third_party"
    REPRESENTATIVE = "representative"


class ComplaintOutcome(models.TextChoices):
    """What became of a complaint."""

    UPHELD = "upheld"
    PARTLY = "partly"
    NOT_UPHELD = "not_upheld"
    WITHDRAWN = "withdrawn"


class ComplaintRemedy(models.TextChoices):
    """What was done about it."""

    NONE = "none"
    APOLOGY = "apology"
    CORRECTION = "correction"
    REFUND = "refund"
    WAIVER = "waiver"
    CONTACT_CHANGED = "contact_changed"
    TRAINING = "training"
    AGENCY_WARNED = "agency_warned"


class Complaint(models.Model):
    """A complaint (投诉) about collection, with what is due next. What was said is sealed.

    ``contact`` is the verdict of the attempt it is about, where one is known. ``hold`` is what
    stops collection of the loan while it is open; without a case to hold, the gate itself bars
    contact. ``deadlines`` keeps each time limit with its citation as it stood.
    """

    key = models.CharField(max_length=160, unique=True)
    reference = models.CharField(max_length=64, blank=True)
    loan_no = models.CharField(max_length=64, blank=True)
    case = models.ForeignKey(
        "casework.Case", null=True, on_delete=models.SET_NULL, related_name="complaints"
    )
    party = models.ForeignKey(
        "parties.Party", null=True, on_delete=models.SET_NULL, related_name="complaints"
    )
    complainant = models.CharField(max_length=14, choices=Complainant.choices)
    jurisdiction = models.CharField(max_length=8)
    channel = models.CharField(max_length=10, choices=ComplaintChannel.choices)
    category = models.CharField(max_length=14, choices=ComplaintCategory.choices)
    agency = models.CharField(max_length=64, blank=True)  # complained about; empty: the lender
    collector = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    contact = models.ForeignKey(
        "conduct.VerdictRecord", null=True, on_delete=models.SET_NULL, related_name="complaints"
    )
    text_sealed = models.BinaryField(null=True)
    received_at = models.DateTimeField()
    registered_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(
        max_length=12, choices=ComplaintState.choices, default=ComplaintState.RECEIVED
    )
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    hold = models.ForeignKey(
        "casework.Hold", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    deadlines = models.JSONField(default=list)
    due_on = models.DateField(null=True)  # of the next step; empty: nothing is due, or no limit
    extended = models.BooleanField(default=False)
    # How far it was raised as its next step nears its day or is late, and to which roles.
    raised_level = models.SmallIntegerField(default=0, db_default=0)
    raised_to = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    escalated_to = models.CharField(max_length=10, blank=True)
    outcome = models.CharField(max_length=10, choices=ComplaintOutcome.choices, blank=True)
    remedy = models.CharField(max_length=15, choices=ComplaintRemedy.choices, blank=True)
    acknowledged_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) & ~Q(outcome="")
                | ~Q(state="closed") & Q(closed_at__isnull=True, outcome=""),
                name="complaint_closed_with_outcome",
            ),
            models.CheckConstraint(
                condition=~Q(state="escalated")
                | Q(escalated_at__isnull=False) & ~Q(escalated_to=""),
                name="complaint_escalated_to_someone",
            ),
        ]
        indexes = [
            models.Index(fields=["received_at"], name="complaint_time"),
            models.Index(
                fields=["due_on"], condition=~Q(state="closed"), name="complaint_open_due"
            ),
            models.Index(
                fields=["loan_no"], condition=~Q(state="closed"), name="complaint_open_loan"
            ),
        ]

    def __str__(self) -> str:
        return f"complaint {self.pk} {self.state}"


class ComplaintStep(MatterStep):
    """What was done with a complaint; words are sealed, the same key is written once."""

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="steps")
