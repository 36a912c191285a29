"""What an agency says it destroyed once debtors were with it no more."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Method(models.TextChoices):
    """How data and papers were destroyed."""

    ERASED = "erased"  # overwritten or deleted, copies and back-ups included
    SHREDDED = "shredded"  # papers and media
    BOTH = "both"


class Destruction(models.Model):
    """One statement of somebody of an agency that the data of some placements is destroyed.

    The database refuses change and deletion of it and of its lines. ``certificate`` is a paper of
    the agency's own, in the vault.
    """

    agency = models.ForeignKey(
        "access.Organisation", on_delete=models.PROTECT, related_name="destructions"
    )
    method = models.CharField(max_length=8, choices=Method.choices)
    stated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    stated_at = models.DateTimeField()
    certificate = models.OneToOneField(
        "vault.StoredObject", null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"destruction {self.pk} of {self.agency_id}"


class DestroyedPlacement(models.Model):
    """A placement whose data is destroyed; ``due_on`` was the last day to say so."""

    destruction = models.ForeignKey(Destruction, on_delete=models.PROTECT, related_name="lines")
    placement = models.OneToOneField(
        "casework.Placement", on_delete=models.PROTECT, related_name="destroyed"
    )
    ended_on = models.DateField()
    due_on = models.DateField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"placement {self.placement_id} of destruction {self.destruction_id}"
