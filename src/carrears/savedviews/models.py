"""Filters and order of a list under a name."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class SavedView(models.Model):
    """How somebody looks at the list ``place``; ``shared_with`` may use it too.

    ``query`` is its filters as an address has them, without words that might name a person.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views"
    )
    place = models.CharField(max_length=16)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500, blank=True)
    shared_with = models.ForeignKey(
        "access.Organisation", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    is_default = models.BooleanField(default=False)

    class Meta:
        ordering = ["place", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "place", "name"], name="view_named_once"),
            models.UniqueConstraint(
                fields=["owner", "place"], condition=Q(is_default=True), name="view_default_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place}: {self.name}"
