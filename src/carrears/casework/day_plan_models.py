"""What a collector's day is planned to be."""

from __future__ import annotations

from collections.abc import Collection

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models


class DayPlan(models.Model):
    """The cases of one collector that fit into one day, in the order of his queue.

    ``minutes`` is what his day has, ``takes`` what each of ``cases`` needs of it; ``rest`` asks
    for work that day too, ``rest_minutes`` of it, and does not fit. ``promises`` is how many of
    both have a part of a promise due. A ``stale`` plan is made anew before it is next shown.
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
    rest_minutes = models.PositiveIntegerField(default=0)
    promises = models.PositiveIntegerField(default=0)
    stale = models.BooleanField(default=False)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "day"], name="one_plan_a_day")]

    def __str__(self) -> str:
        return f"{self.user} {self.day:%Y-%m-%d}"


def outdate_plans(users: Collection[int]) -> None:
    """What somebody's day is made of has changed: his desk, his absence, or his cases."""
    DayPlan.objects.filter(user__in=users, stale=False).update(stale=True)
