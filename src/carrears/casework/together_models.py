"""Collection stopped (停催) of many at once, as one order, and how far it is."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from carrears.casework.hold_models import HoldReason


class HoldingTogether(models.Model):
    """An order to stop collection of many: of whom, why, from when until when, and by whom.

    Of whom is fixed as it is given; with ``takes_new`` also whoever's case opens later that is
    ``asked`` for. Lifted as a whole it says by whom and when. Why, stands sealed beside its
    evidence.
    """

    key = models.CharField(max_length=128, unique=True)
    # What was asked for: regions, buckets, treatments.
    asked = models.JSONField()
    reason = models.CharField(max_length=12, choices=HoldReason.choices)
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    takes_new = models.BooleanField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    lift_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    lift_at = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        indexes = [
            models.Index(
                fields=["asked_at"],
                condition=Q(done_at=None) | Q(lift_at__isnull=False, lifted_at=None),
                name="holding_under_way",
            ),
            models.Index(fields=["from_on"], condition=Q(lift_at=None), name="holding_stands"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.reason} {self.from_on:%Y-%m-%d}"


class Fared(models.TextChoices):
    """What came of one of them; empty while its turn has not come."""

    HELD = "held"
    BEFORE = "before"  # collection is stopped for this reason and at least as long already
    GONE = "gone"  # nothing of theirs is open any more, or the days are over
    STOPPED = "stopped"  # the order was lifted before
    BROKEN = "broken"  # an error of ours; a person looks at it
    LIFTED = "lifted"
    KEPT = "kept"  # not lifted: somebody moved its end or lifted it himself


class HeldTogether(models.Model):
    """One person of an order with all that he owes; where nobody is on record, one case."""

    order = models.ForeignKey(HoldingTogether, on_delete=models.CASCADE, related_name="people")
    party = models.ForeignKey(
        "parties.Party", null=True, on_delete=models.PROTECT, related_name="+"
    )
    case = models.ForeignKey("casework.Case", on_delete=models.CASCADE, related_name="+")
    hold = models.ForeignKey(
        "casework.Hold", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    fared = models.CharField(max_length=7, choices=Fared.choices, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "party"],
                condition=Q(party__isnull=False),
                name="held_together_once",
            ),
            models.UniqueConstraint(fields=["order", "case"], name="case_held_together_once"),
        ]
        indexes = [models.Index(fields=["order", "fared", "id"], name="held_together_waiting")]

    def __str__(self) -> str:
        return f"{self.order_id} {self.case_id} {self.fared}"
