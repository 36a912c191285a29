"""Promises to pay (承诺还款) and their parts."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class PromiseState(models.TextChoices):
    """OPEN → KEPT | PARTLY | BROKEN | CANCELLED, settled from payments by the night or an event.

    What is settled moves on when money that decided it is taken back, or was told late:
    ``matching`` decides. CANCELLED is final, but for a case that is opened again.
    """

    OPEN = "open"
    KEPT = "kept"
    PARTLY = "partly"
    BROKEN = "broken"
    CANCELLED = "cancelled"


# What counts as a promise that was not kept (BP).
NOT_KEPT = (PromiseState.BROKEN, PromiseState.PARTLY)


class Promise(models.Model):
    """Promise to pay (PTP): one part or several, each an amount by a day.

    Amounts are minor units of ``currency``; ``amount`` is all parts together, ``due_on`` the day
    of the last. ``party`` said it, over ``channel``, in the contact with the number ``attempt``.
    """

    case = models.ForeignKey("casework.Case", on_delete=models.CASCADE, related_name="promises")
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    due_on = models.DateField()
    made_on = models.DateField()
    made_at = models.DateTimeField(auto_now_add=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    party = models.ForeignKey(
        "parties.Party", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    channel = models.CharField(max_length=12, blank=True)
    attempt = models.BigIntegerField(null=True)  # of the room to the right
    # What was done with the case when it was made, and by which version; empty: not kept then.
    treatment = models.CharField(max_length=40, blank=True, default="", db_default="")
    strategy = models.ForeignKey(
        "strategy.StrategyVersion",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    book_day = models.DateField()  # the day that the book had reached
    slack = models.BigIntegerField(default=0)  # a part that lacks no more is kept
    slack_days = models.SmallIntegerField(default=0)
    paid_since = models.BigIntegerField(default=0)  # what its parts got
    state = models.CharField(max_length=9, choices=PromiseState.choices, default=PromiseState.OPEN)
    settled_on = models.DateField(null=True)
    cancelled_for = models.CharField(max_length=12, blank=True)  # "closed", "replaced", "withdrawn"
    judged_on = models.DateField(null=True)  # the newest day on which it was judged
    payments_seen = models.IntegerField(default=0)  # of the loan, when it was
    changes = models.IntegerField(default=0)  # how often judging changed it

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="promise_amount_positive"),
        ]
        indexes = [
            models.Index(fields=["due_on"], name="promise_due"),
            models.Index(fields=["case"], condition=Q(state="open"), name="promise_open"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} by {self.due_on}"


class PromisePart(models.Model):
    """One part of a promise. ``met_by`` has the payments that met it: no, paid_on, amount."""

    promise = models.ForeignKey(Promise, on_delete=models.CASCADE, related_name="parts")
    seq = models.SmallIntegerField()
    amount = models.BigIntegerField()
    due_on = models.DateField()
    state = models.CharField(max_length=9, choices=PromiseState.choices, default=PromiseState.OPEN)
    met = models.BigIntegerField(default=0)
    settled_on = models.DateField(null=True)
    met_by = models.JSONField(default=list)

    class Meta:
        ordering = ["promise", "seq"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="promise_part_positive"),
            models.CheckConstraint(
                condition=Q(met__gte=0, met__lte=models.F("amount")), name="promise_part_met"
            ),
            models.UniqueConstraint(fields=["promise", "seq"], name="promise_part_seq"),
        ]

    def __str__(self) -> str:
        return f"{self.seq}: {self.amount} by {self.due_on}"
