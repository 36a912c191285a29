"""The lender's house and its agencies as a tree, and who belongs where from which day on."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q


class Kind(models.TextChoices):
    """LENDER → BRANCH → TEAM, and AGENCY → TEAM; a small lender has teams without branches."""

    LENDER = "lender"
    BRANCH = "branch"
    TEAM = "team"
    AGENCY = "agency"


# Below which kinds each kind may stand; the others are roots.
PARENTS: dict[str, frozenset[str]] = {
    Kind.BRANCH: frozenset({Kind.LENDER}),
    Kind.TEAM: frozenset({Kind.LENDER, Kind.BRANCH, Kind.AGENCY}),
}


class Organisation(models.Model):
    """The lender, a branch, a team, or an agency that acts for the lender.

    An agency's ``key`` is the name by which its mandates and contacts know it. One that was
    closed stays for the record and takes nobody in.
    """

    key = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=6, choices=Kind.choices)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    opened_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["lender", "agency"], parent=None)
                | Q(kind__in=["branch", "team"], parent__isnull=False),
                name="organisation_has_its_place",
            ),
            models.UniqueConstraint(
                fields=["kind"], condition=Q(kind="lender"), name="organisation_one_lender"
            ),
        ]
        permissions = [("assign_role", "Can say what people may do")]

    def __str__(self) -> str:
        return self.name


def _days() -> Func:
    return Func(F("from_on"), F("until_on"), models.Value("[]"), function="daterange")


def _the_user() -> Func:
    # Ranges are what PostgreSQL can keep apart without an extension.
    return Func(F("user_id"), F("user_id"), models.Value("[]"), function="int8range")


class Membership(models.Model):
    """Somebody belongs to an organisation from a day until a day, both included, or for good.

    Each person has one home at a time, which says on which side of the wall between the lender
    and its agencies he stands; further memberships are within the same house.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="memberships"
    )
    is_home = models.BooleanField(default=True)
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    added_at = models.DateTimeField(auto_now_add=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["from_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gte=F("from_on")),
                name="membership_ends_after_start",
            ),
            ExclusionConstraint(
                name="membership_one_home_at_a_time",
                expressions=[
                    (_the_user(), RangeOperators.OVERLAPS),
                    (_days(), RangeOperators.OVERLAPS),
                ],
                condition=Q(is_home=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.organisation} from {self.from_on}"
