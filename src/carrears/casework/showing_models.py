"""Who has a case before him now."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models


class Showing(models.Model):
    """A case is before one person until a moment; past that it is free for another.

    ``pages`` are those open before him that renew it, the newest first; ``left_at`` is when the
    last of them was left.
    """

    case = models.OneToOneField(
        "casework.Case", on_delete=models.CASCADE, related_name="showing", primary_key=True
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="showings"
    )
    since = models.DateTimeField()
    until = models.DateTimeField()
    pages = ArrayField(models.UUIDField(), default=list, db_default=[])
    left_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.case_id} before {self.user} until {self.until:%H:%M:%S}"
