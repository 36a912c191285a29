"""Which days were run, how far, and what came of each step."""

from __future__ import annotations

from django.db import models


class RunState(models.TextChoices):
    """RUNNING → DONE; a killed run stays RUNNING and is taken up again."""

    RUNNING = "running"
    DONE = "done"


class DayRun(models.Model):
    """The day run (日终批) of one day over one snapshot under one strategy."""

    as_of = models.DateField()
    inputs_hash = models.CharField(max_length=64)
    state = models.CharField(max_length=7, choices=RunState.choices, default=RunState.RUNNING)
    snapshot = models.ForeignKey(
        "portfolio.Snapshot", null=True, on_delete=models.PROTECT, related_name="+"
    )
    strategy = models.ForeignKey(
        "strategy.StrategyVersion", null=True, on_delete=models.PROTECT, related_name="+"
    )
    warning = models.ForeignKey(  # the early-warning table
        "strategy.StrategyVersion", null=True, on_delete=models.PROTECT, related_name="+"
    )
    folder = models.TextField(blank=True)
    # The last line of any case's timeline that the decisions knew of.
    known_lines = models.BigIntegerField(default=0)
    summary = models.JSONField(default=dict)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["as_of", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["as_of", "inputs_hash"], name="day_run_inputs")
        ]

    def __str__(self) -> str:
        return f"{self.as_of} {self.state}"


class DayStep(models.Model):
    """One step of a run, written in the transaction of its own work."""

    run = models.ForeignKey(DayRun, on_delete=models.CASCADE, related_name="steps")
    name = models.CharField(max_length=16)
    seconds = models.FloatField()
    counters = models.JSONField(default=dict)
    done_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["run", "name"], name="day_step_once")]

    def __str__(self) -> str:
        return f"{self.run} {self.name}"


class StripeStep(models.Model):
    """One step of a run done for one stripe of loans, written in the transaction of its work.

    A stripe stands on the run that last moved its cases (``step`` is "cases"): events of its
    loans go on from there.
    """

    run = models.ForeignKey(DayRun, on_delete=models.CASCADE, related_name="stripes")
    step = models.CharField(max_length=16)
    stripe = models.IntegerField()
    counters = models.JSONField(default=dict)
    done_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "step", "stripe"], name="stripe_step_once")
        ]
        indexes = [models.Index(fields=["step", "stripe", "-id"], name="stripe_stands")]

    def __str__(self) -> str:
        return f"{self.run} {self.step} {self.stripe}"
