"""What programs asked for by a key of their own, so that asking twice does it once."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Asked(models.Model):
    """Something that was asked for over HTTP: ``what`` by whom, told by ``key``; ``made`` of it.

    ``wanted`` is the digest of the request, so that a key that is used again for something else is
    refused.
    """

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    key = models.CharField(max_length=80)
    what = models.CharField(max_length=16)
    wanted = models.CharField(max_length=64)
    made = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["by", "key"], name="asked_once")]

    def __str__(self) -> str:
        return f"{self.what} {self.key}"
