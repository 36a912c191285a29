"""Which strategies have decided, word for word."""

from __future__ import annotations

from django.db import models


class StrategyVersion(models.Model):
    """A decision table as it stood when it decided; never changed."""

    name = models.CharField(max_length=80)
    version = models.CharField(max_length=64, unique=True)  # SHA-256 over graph and facts
    document = models.JSONField()
    facts = models.JSONField()  # which facts it may ask for, and of what kind
    published_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-published_at"]

    def __str__(self) -> str:
        return f"{self.name} {self.version[:12]}"
