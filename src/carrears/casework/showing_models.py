"""Who has a case before him now."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Showing(models.Model):
    """A case is before one person until a moment; past that it is free for another."""

    case = models.OneToOneField(
        "casework.Case", on_delete=models.CASCADE, related_name="showing", primary_key=True
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="showings"
    )
    since = models.DateTimeField()
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.case_id} before {self.user} until {self.until:%H:%M:%S}"
