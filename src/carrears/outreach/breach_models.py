"""Contacts that were made though the gate would not have let them go."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Breach(models.Model):
    """A reported contact that the rules speak against, found once for good.

    ``gate_action`` is ``block``, or ``review`` where a second person's leave was needed and not
    asked for. ``rules`` are those that object. ``late``: found only when an earlier contact was
    reported after it, so that its own verdict does not know of that one. The database refuses
    change and deletion.
    """

    attempt = models.OneToOneField(
        "outreach.Attempt", on_delete=models.PROTECT, related_name="breach"
    )
    gate_action = models.CharField(max_length=8)
    rules = models.JSONField()
    late = models.BooleanField(default=False)
    found_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(gate_action__in=["block", "review"]), name="breach_of_a_rule"
            )
        ]

    def __str__(self) -> str:
        return f"{self.gate_action} of attempt {self.attempt_id}"
