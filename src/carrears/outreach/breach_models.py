"""Contacts that were made though the gate would not have let them go."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Breach(models.Model):
    """A contact that was made though the rules speak against it, found once for good.

    A reported one, or a visit whose check-in came in afterwards.

    ``gate_action`` is ``block``, or ``review`` where a second person's leave was needed and not
    asked for. ``rules`` are those that object. ``late``: found only afterwards, when an earlier
    contact or the hour of a check-in was reported, of which its own verdict does not know. The
    database refuses change and deletion.
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
