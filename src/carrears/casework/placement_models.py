"""Which debtors an agency works, from which day until which."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value


def _days() -> Func:
    return Func(F("from_on"), F("until_on"), Value("[]"), function="daterange")


def _debtor() -> Func:
    # Ranges are what PostgreSQL can keep apart without an extension.
    number = Func(F("obligor_no"), Value(0), function="hashtextextended")
    return Func(number, number, Value("[]"), function="int8range")


class Placement(models.Model):
    """A debtor's cases are with an agency (委案) from a day until a day, both included.

    It is for all cases of the debtor, also those that open while it runs: one person is not worked
    by two sides. Called back early (收回) it says when, by whom and by which word of the house's;
    what somebody says himself lies sealed (``placements.recall_words``). A debtor is with one
    agency at a time, which the database itself holds. Held (``held_at``, for ``held_cause``) the
    agency still sees the debtor and why, and makes no contact with anybody about him.
    """

    obligor_no = models.CharField(max_length=64)
    agency = models.ForeignKey(
        "access.Organisation", on_delete=models.PROTECT, related_name="placements"
    )
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    placed_at = models.DateTimeField()
    recalled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    recalled_at = models.DateTimeField(null=True)
    recall_reason = models.CharField(max_length=120, blank=True)
    held_at = models.DateTimeField(null=True)
    held_cause = models.CharField(max_length=64, blank=True, db_default="")

    class Meta:
        ordering = ["-from_on", "-pk"]
        constraints = [
            ExclusionConstraint(
                name="placement_with_one_agency",
                expressions=[
                    (_debtor(), RangeOperators.OVERLAPS),
                    (_days(), RangeOperators.OVERLAPS),
                ],
                condition=Q(until_on=None) | Q(until_on__gte=F("from_on")),
            ),
            models.CheckConstraint(
                condition=Q(until_on=None)
                | Q(until_on__gte=F("from_on"))
                | Q(recalled_at__isnull=False),
                name="placement_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(recalled_at=None) | (~Q(recall_reason="") & Q(until_on__isnull=False)),
                name="placement_recalled_with_reason",
            ),
            models.CheckConstraint(condition=~Q(obligor_no=""), name="placement_names_debtor"),
            models.CheckConstraint(
                condition=Q(held_at=None, held_cause="")
                | Q(held_at__isnull=False) & ~Q(held_cause=""),
                name="placement_held_for_a_cause",
            ),
        ]
        indexes = [
            models.Index(fields=["agency", "from_on"], name="placement_agency"),
            models.Index(fields=["obligor_no"], name="placement_debtor"),
        ]
        permissions = [("recall_placement", "Can call placed cases back")]

    def __str__(self) -> str:
        return f"placement {self.pk} from {self.from_on}"
