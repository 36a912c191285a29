"""Many dead letters that are to be sent again, as one order, and how far it is."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class SendingAgain(models.Model):
    """An order to send many dead letters again: which, by whom, and since when it is done.

    Which letters is fixed as it is given; each is judged by the gate as its turn comes. Why, stands
    sealed beside its evidence.
    """

    key = models.CharField(max_length=128, unique=True)
    # What was asked for: channel, gateway's answer, state, days.
    asked = models.JSONField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    # By whom it was stopped: what is not sent by then stays as it is.
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-asked_at", "-pk"]
        indexes = [
            models.Index(
                fields=["asked_at"], condition=Q(done_at=None), name="sending_again_under_way"
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.asked_at:%Y-%m-%d}"


class Fared(models.TextChoices):
    """What came of one of them; empty while its turn has not come."""

    SENT = "sent"  # on its way again
    BLOCKED = "blocked"  # the gate stopped it; it stays a dead letter
    GONE = "gone"  # somebody else settled it, or its template is gone
    STOPPED = "stopped"  # the order was stopped before
    BROKEN = "broken"  # an error of ours; it stays a dead letter for a person


class LetterAgain(models.Model):
    """One dead letter of an order."""

    order = models.ForeignKey(SendingAgain, on_delete=models.CASCADE, related_name="letters")
    delivery = models.ForeignKey(
        "outreach.Delivery", on_delete=models.CASCADE, related_name="ordered_again"
    )
    fared = models.CharField(max_length=7, choices=Fared.choices, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            # In one order at a time that is not done with it.
            models.UniqueConstraint(
                fields=["delivery"], condition=Q(fared=""), name="letter_again_in_one_order"
            ),
            models.UniqueConstraint(fields=["order", "delivery"], name="letter_again_once"),
        ]
        indexes = [
            models.Index(fields=["order", "id"], condition=Q(fared=""), name="letter_again_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.delivery_id} {self.fared}"
