"""Which loans are watched (预警) before they fall behind, at which level and why."""

from __future__ import annotations

from django.db import models


class Level(models.TextChoices):
    """How much attention a loan needs; the published table says which."""

    NONE = "none"
    WATCH = "watch"
    WARN = "warn"
    HIGH = "high"


class WatchedLoan(models.Model):
    """A loan that was warned of at least once; ``level`` none is one that is warned of no more.

    ``as_of`` is the day as of which it was last decided otherwise than before: a night that finds
    all as it was writes nothing. Amounts are minor units of ``currency``.
    """

    loan_no = models.CharField(max_length=64, unique=True)
    loan_id = models.BigIntegerField()
    obligor_no = models.CharField(max_length=64)
    product = models.CharField(max_length=40)
    currency = models.CharField(max_length=3)
    as_of = models.DateField()
    level = models.CharField(max_length=5, choices=Level.choices)
    reason = models.CharField(max_length=40, blank=True)
    since_on = models.DateField()  # the day from which the level is this one
    decision = models.JSONField(default=dict)  # what the table wrote, and the rule that did
    facts = models.JSONField(default=dict)  # what it was told
    score = models.IntegerField()
    band = models.CharField(max_length=2)
    reasons = models.JSONField(default=list)  # codes of the card, worst first
    next_due_on = models.DateField(null=True)
    next_due_amount = models.BigIntegerField(null=True)
    open_due_on = models.DateField(null=True)  # an instalment due and not paid, not behind yet
    arrears = models.BigIntegerField(default=0)
    is_paid_ahead = models.BooleanField(default=False)  # the next instalment is paid
    strategy = models.ForeignKey(
        "strategy.StrategyVersion", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["score", "loan_no"]
        indexes = [
            models.Index(
                fields=["level", "score"],
                condition=~models.Q(level="none"),
                name="watched_level_score",
            ),
            models.Index(
                fields=["next_due_on"],
                condition=~models.Q(level="none"),
                name="watched_next_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.loan_no} {self.level}"


class LevelChange(models.Model):
    """One step of a loan's level, written when it is another than before."""

    watched = models.ForeignKey(WatchedLoan, on_delete=models.CASCADE, related_name="changes")
    as_of = models.DateField()
    before = models.CharField(max_length=5, choices=Level.choices)
    level = models.CharField(max_length=5, choices=Level.choices)
    reason = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["watched", "-at"], name="level_change_loan")]

    def __str__(self) -> str:
        return f"{self.watched} from {self.before}"
