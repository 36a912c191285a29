"""What a collector's day is planned to be."""

from __future__ import annotations

from collections.abc import Collection

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models


class DayPlan(models.Model):
    """The cases of one collector that fit into one day, in the order of his queue.

    ``minutes`` is what his day has, ``takes`` what each of ``cases`` needs of it; ``rest`` asks
    for work that day too, ``rest_takes`` of it, and does not fit. ``promises`` is how many of
    both have a part of a promise due. A ``stale`` plan is made anew before it is next shown.

    What happened since it was made: ``left`` says of each case that went without having been
    worked ``why``, and the ``minutes`` that it was to take; ``entered`` why each came that was not
    planned, and ``after`` which line of its timeline (a number) work on it counts.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="day_plans", db_index=False
    )
    day = models.DateField()
    minutes = models.PositiveIntegerField()
    at_most = models.PositiveIntegerField(null=True)
    cases = ArrayField(models.BigIntegerField(), default=list)
    takes = ArrayField(models.SmallIntegerField(), default=list)
    rest = ArrayField(models.BigIntegerField(), default=list)
    rest_takes = ArrayField(models.SmallIntegerField(), null=True)  # None: an older release's plan
    rest_minutes = models.PositiveIntegerField(default=0)
    promises = models.PositiveIntegerField(default=0)
    left = models.JSONField(default=dict, db_default={})
    entered = models.JSONField(default=dict, db_default={})
    stale = models.BooleanField(default=False)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "day"], name="one_plan_a_day")]

    def __str__(self) -> str:
        return f"{self.user} {self.day:%Y-%m-%d}"


def outdate_plans(users: Collection[int]) -> None:
    """What somebody's day is made of has changed: his desk, his absence, or what he was given."""
    DayPlan.objects.filter(user__in=users, stale=False).update(stale=True)
