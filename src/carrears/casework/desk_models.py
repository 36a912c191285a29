"""What a collector may be given, and when he is not there."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


def _words(length: int) -> ArrayField[Any, Any]:
    return ArrayField(models.CharField(max_length=length), default=list, blank=True)


class Desk(models.Model):
    """What somebody who works cases can do and how much; who has none is asked for nothing.

    ``room`` is how many people he works at a time, ``a_day`` how many he gets done in a day;
    None takes the number of the rules. No language, region or weekday means all. Weekdays count
    from Monday, 1 to 7.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="desk", primary_key=True
    )
    room = models.PositiveIntegerField(null=True, blank=True)
    a_day = models.PositiveIntegerField(null=True, blank=True)
    skills = _words(40)
    languages = _words(10)
    regions = _words(80)
    weekdays = ArrayField(models.SmallIntegerField(), default=list, blank=True)
    begins_at = models.TimeField(null=True, blank=True)
    ends_at = models.TimeField(null=True, blank=True)

    class Meta:
        permissions = [("lead_desk", "Can say who gets what, and move cases")]

    def __str__(self) -> str:
        return f"desk of {self.user}"


class Absence(models.Model):
    """Somebody is not at work from a day until a day, both included, or until further notice.

    With ``from_at`` the first day is his until that hour of the house's clock, with ``until_at``
    the last day is from then on.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="absences"
    )
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    from_at = models.TimeField(null=True)
    until_at = models.TimeField(null=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    added_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # taken back, or come back before

    class Meta:
        ordering = ["from_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gte=F("from_on")),
                name="absence_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(until_at=None)
                | Q(until_on__gt=F("from_on"))
                | Q(until_on=F("from_on"), from_at=None)
                | Q(until_on=F("from_on"), until_at__gt=F("from_at")),
                name="absence_hours_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} from {self.from_on}"
