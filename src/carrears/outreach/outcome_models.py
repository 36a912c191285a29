"""What came of contacts, by code."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class ContactOutcome(models.Model):
    """What came of one contact, told once for good (the database refuses change and deletion).

    Of a booked call it stands beside its ``attempt``. Without one it is a contact that was not
    booked here: somebody called or wrote to the house (``direction`` in), or a visit was made; the
    gate counts it as it counts attempts. ``codes_from`` is the day of the entry of the codes that
    it was told by.
    """

    key = models.CharField(max_length=160, unique=True)
    case = models.ForeignKey("casework.Case", on_delete=models.PROTECT, related_name="outcomes")
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="outcomes")
    attempt = models.OneToOneField(
        "outreach.Attempt", null=True, on_delete=models.PROTECT, related_name="outcome"
    )
    agency = models.CharField(max_length=64, blank=True)  # who acted; empty: the lender
    channel = models.CharField(max_length=12)
    direction = models.CharField(max_length=3, choices=[("out", "Out"), ("in", "In")])
    at = models.DateTimeField()  # the business moment of the contact
    code = models.CharField(max_length=24)
    codes_from = models.DateField()
    result = models.CharField(max_length=24)
    effective = models.BooleanField()
    right_party = models.BooleanField()
    answered_by = models.CharField(max_length=12, blank=True)
    staff = models.PositiveSmallIntegerField(null=True)  # how many went on a visit
    next_step = models.CharField(max_length=12)
    follow_up_on = models.DateField(null=True)
    told_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    told_at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(attempt=None) | Q(direction="out"), name="outcome_of_attempt_is_out"
            ),
            models.CheckConstraint(
                condition=Q(staff=None) | Q(channel="visit"), name="outcome_staff_of_visit"
            ),
        ]
        indexes = [
            models.Index(fields=["case", "-told_at"], name="outcome_case"),
            models.Index(
                fields=["party", "-at"], condition=Q(attempt=None), name="outcome_unbooked"
            ),
            models.Index(fields=["at"], include=["channel", "right_party"], name="outcome_time"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.code}"
