"""What a person has decided about somebody's treatment stands above what the strategy wants."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class RulingKind(models.TextChoices):
    """DECIDED names the treatment. FROZEN lets none begin that presses harder than its ceiling.

    CONFIRM lets none begin at all until a person has confirmed it.
    """

    DECIDED = "decided"
    FROZEN = "frozen"
    CONFIRM = "confirm"


class Ruling(models.Model):
    """It holds for all loans that the person owes or answers for, also for those to come.

    From when it is placed until a day of the book, included, or until it is ended; it is never
    changed otherwise. ``ceiling`` is for the loan ``loan_no``; on the person's others nothing grave
    begins.
    """

    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="rulings")
    kind = models.CharField(max_length=8, choices=RulingKind.choices)
    loan_no = models.CharField(max_length=64, blank=True)
    ceiling = models.SmallIntegerField(null=True)
    treatment = models.CharField(max_length=40, blank=True)
    decision = models.JSONField(default=dict)  # what goes with the treatment: channel, cadence…
    until_on = models.DateField(null=True)
    cause = models.CharField(max_length=80)  # why it stands, in words of the program
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    placed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-placed_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="decided") & ~Q(treatment="") & Q(placed_by__isnull=False)
                | ~Q(kind="decided") & Q(treatment=""),
                name="ruling_names_treatment",
            ),
            models.CheckConstraint(
                condition=Q(kind="frozen", ceiling__isnull=False)
                | ~Q(kind="frozen") & Q(ceiling__isnull=True),
                name="ruling_has_ceiling",
            ),
        ]
        indexes = [
            models.Index(fields=["party"], condition=Q(ended_at=None), name="ruling_standing"),
            models.Index(fields=["cause"], name="ruling_cause"),
        ]
        permissions = [
            ("confirm_treatment", "Can confirm a treatment of who refuses automated decisions")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.treatment} {self.placed_at:%Y-%m-%d}"
