"""Stops of collection (停催): of one loan, or of a person with all that he owes."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class HoldReason(models.TextChoices):
    """Why contact stops (停催)."""

    DISPUTE = "dispute"
    HARDSHIP = "hardship"
    HOSPITAL = "hospital"
    BEREAVEMENT = "bereavement"
    LEGAL = "legal"
    COMPLAINT = "complaint"
    DISASTER = "disaster"
    DEATH = "death"
    INSOLVENCY = "insolvency"
    MORATORIUM = "moratorium"  # a breathing space by law


# A person's death, what a court or the law protects, and what the house has to answer first: who
# placed such a hold may have been told half of it, so a lead or compliance lets collection go on.
GRAVE = frozenset(
    {
        HoldReason.DEATH,
        HoldReason.INSOLVENCY,
        HoldReason.MORATORIUM,
        HoldReason.LEGAL,
        HoldReason.COMPLAINT,
        HoldReason.DISPUTE,
        HoldReason.HARDSHIP,
    }
)


class Hold(models.Model):
    """Collection stopped from a day until a day, or until lifted.

    Of one ``case``; or, without one, of a person (``party``) with all cases of loans that he owes,
    those that open later included, and then nobody contacts him about other people's loans either.
    That of a case names its borrower, too, where one is on record.
    """

    case = models.ForeignKey(
        "casework.Case", null=True, on_delete=models.CASCADE, related_name="holds"
    )
    party = models.ForeignKey(
        "parties.Party", null=True, on_delete=models.PROTECT, related_name="holds"
    )
    reason = models.CharField(max_length=12, choices=HoldReason.choices)
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    lifted_on = models.DateField(null=True)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-from_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(case__isnull=False) | Q(party__isnull=False),
                name="hold_of_case_or_person",
            )
        ]
        indexes = [
            models.Index(fields=["until_on"], condition=Q(lifted_on=None), name="hold_standing"),
            models.Index(fields=["party"], condition=Q(case=None), name="hold_of_person"),
            models.Index(
                fields=["lifted_on"], condition=Q(lifted_on__isnull=False), name="hold_lifted"
            ),
        ]
        permissions = [("lift_hold", "Can let collection go on after a hold of any reason")]

    def __str__(self) -> str:
        return f"{self.reason} from {self.from_on}"


class HoldStep(models.Model):
    """What was done to a hold, by whom and why; never changed nor deleted (the database refuses).

    ``until_on`` is its last day from then on. The words are sealed under the person's key.
    """

    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(
        max_length=9,
        choices=[("placed", "Placed"), ("moved", "Moved"), ("lifted", "Lifted")],
    )
    until_on = models.DateField(null=True)
    why_sealed = models.BinaryField(null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d}"
