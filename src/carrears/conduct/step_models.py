"""What the steps of a complaint, a dispute and a request for a right are made of."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class MatterStep(models.Model):
    """What was done with a matter; words are sealed, the same key is written once."""

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=12)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    data = models.JSONField(default=dict)
    text_sealed = models.BinaryField(null=True)

    class Meta:
        abstract = True
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d}"
