"""What was simulated, how far it is, and what came of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class SimulationState(models.TextChoices):
    """WAITING → RUNNING → DONE or FAILED."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Simulation(models.Model):
    """Two strategies on some past days.

    ``contenders`` are the two as they stood when it was asked for: label, and where it is not
    "in force", the graph and the facts word for word. ``result`` has the tables of ``tables.py``.
    """

    contenders = models.JSONField()
    days = models.JSONField()
    state = models.CharField(
        max_length=8, choices=SimulationState.choices, default=SimulationState.WAITING
    )
    done = models.PositiveSmallIntegerField(default=0)
    result = models.JSONField(null=True)
    problem = models.TextField(blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"simulation {self.pk} {self.state}"
