"""The way of a message from its booking to the person, and what gateways said of it."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q


class DeliveryState(models.TextChoices):
    """WAITING → HANDED → ACCEPTED → DELIVERED | UNDELIVERED.

    HANDED → WAITING (deferred), FAILED (refused, or tried too often) or UNCERTAIN (given away, and
    no answer). UNCERTAIN → ACCEPTED | DELIVERED | UNDELIVERED by a receipt or a person, FAILED by a
    person. WAITING → FAILED: its verdict grew too old.
    """

    WAITING = "waiting"
    HANDED = "handed"
    ACCEPTED = "accepted"
    UNCERTAIN = "uncertain"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"


# What a person has to look at, until somebody closed it.
DEAD = (DeliveryState.FAILED, DeliveryState.UNDELIVERED, DeliveryState.UNCERTAIN)


class Closing(models.TextChoices):
    """What a person did about a dead letter."""

    AGAIN = "again"
    LEFT = "left"


class Delivery(models.Model):
    """One allowed message on its way. What it says stays with its attempt, sealed."""

    attempt = models.OneToOneField(
        "outreach.Attempt", on_delete=models.PROTECT, related_name="delivery"
    )
    gateway = models.CharField(max_length=24)
    state = models.CharField(
        max_length=11, choices=DeliveryState.choices, default=DeliveryState.WAITING
    )
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()  # not before
    handed_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)  # accepted, or failed
    done_at = models.DateTimeField(null=True)  # by the receipt: reached, or not
    error = models.TextField(blank=True)
    # The gateway's own ids of its parts, as far as it told them.
    references = ArrayField(models.CharField(max_length=80), default=list, db_default=[])
    parts = models.PositiveSmallIntegerField(default=1, db_default=1)
    # A dead letter that somebody looked at, and the attempt that took its place.
    closing = models.CharField(max_length=5, choices=Closing.choices, blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    close_reason = models.CharField(max_length=120, blank=True)
    replaced_by = models.OneToOneField(
        "outreach.Attempt", null=True, on_delete=models.PROTECT, related_name="replaces"
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closing="", closed_at=None, replaced_by=None)
                | Q(closing="left", closed_at__isnull=False, replaced_by=None)
                | Q(closing="again", closed_at__isnull=False, replaced_by__isnull=False),
                name="dead_letter_closed_whole",
            ),
        ]
        indexes = [
            # What is new is entered at once: else each receipt reads the list of it whole.
            GinIndex(fields=["references"], name="delivery_references", fastupdate=False),
            models.Index(
                fields=["gateway", "due_at"],
                condition=Q(state__in=["waiting", "handed"]),
                name="delivery_under_way",
            ),
            models.Index(
                fields=["attempt"],
                condition=Q(state__in=["failed", "undelivered", "uncertain"], closing=""),
                name="delivery_dead",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.state}"


class Fate(models.TextChoices):
    """What a receipt says became of a part."""

    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    UNDER_WAY = "under_way"
    READ = "read"  # opened, where a gateway tells so


class Receipt(models.Model):
    """What a gateway told of one part of a message, kept before it hears that we have it."""

    gateway = models.CharField(max_length=24)
    reference = models.CharField(max_length=80)
    fate = models.CharField(max_length=11, choices=Fate.choices)
    words = models.CharField(max_length=80, blank=True)
    received_at = models.DateTimeField()
    # None until the message that it is about is known.
    delivery = models.ForeignKey(
        Delivery, null=True, on_delete=models.PROTECT, related_name="receipts"
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["gateway", "reference", "fate"], name="receipt_once")
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.fate}"


class Settled(models.TextChoices):
    """What a person did about a text that fits no case."""

    ASSIGNED = "assigned"
    DISMISSED = "dismissed"


class UnknownText(models.Model):
    """A text that fits no open case, sealed for the house, until a person settles it.

    It came from a number that nobody here has, or whose people have no open case.
    """

    key = models.CharField(max_length=32, unique=True)
    gateway = models.CharField(max_length=24)
    number_sealed = models.BinaryField()
    text_sealed = models.BinaryField()
    asks_to_stop = models.BooleanField()
    received_at = models.DateTimeField()
    settled = models.CharField(
        max_length=9, choices=Settled.choices, blank=True, default="", db_default=""
    )
    case = models.ForeignKey(
        "casework.Case", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reason_sealed = models.BinaryField(null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(settled="", case=None, settled_at=None)
                | Q(settled="assigned", case__isnull=False, settled_at__isnull=False)
                | Q(settled="dismissed", case=None, settled_at__isnull=False),
                name="unknown_text_settled_whole",
            )
        ]
        permissions = [("settle_unknowntext", "Can assign or dismiss a text that fits no case")]

    def __str__(self) -> str:
        return f"{self.gateway} {self.received_at:%Y-%m-%d}"


class TextPart(models.Model):
    """One part of a long text that came in, sealed, until it is read with the others.

    ``read_at``: with all of them; ``told_at``: without those that lacked after their term.
    """

    gateway = models.CharField(max_length=24)
    number_index = models.BinaryField()
    number_sealed = models.BinaryField()
    octets_sealed = models.BinaryField()
    reference = models.IntegerField()
    total = models.SmallIntegerField()
    number = models.SmallIntegerField()
    coding = models.SmallIntegerField()
    received_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["number_index", "reference", "total", "number"], name="text_part_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.number}/{self.total}"
