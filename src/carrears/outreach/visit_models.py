"""Field visits (外访): who goes where and when, beside the attempt that the gate judged."""

from __future__ import annotations

from typing import Literal

from django.conf import settings
from django.db import models
from django.db.models import F, Q

VisitState = Literal["blocked", "ordered", "there", "done", "called_off", "stopped"]


class AnnouncedBy(models.TextChoices):
    """How the person was told of the day and the purpose."""

    CALL = "call"
    SMS = "sms"
    EMAIL = "email"
    LETTER = "letter"


class CalledOff(models.TextChoices):
    """Why a visit that was ordered was not made; GATE: the gate let it go no more."""

    ASKED = "asked"
    SETTLED = "settled"
    PROMISE = "promise"
    STAFF = "staff"
    OTHER = "other"
    GATE = "gate"


class StepKind(models.TextChoices):
    """What a visitor tells from the way."""

    CHECK_IN = "check_in"
    PHOTO = "photo"
    SIGNATURE = "signature"
    RESULT = "result"
    CHECK_OUT = "check_out"


class StepStanding(models.TextChoices):
    """What was made of it; STOPPED: the gate let a check-in go no further.

    WAITS: a result that counts once the second of the two has checked in.
    CONFLICT: the house knew something else of the visit by then; it is kept, and changes nothing.
    """

    KEPT = "kept"
    STOPPED = "stopped"
    WAITS = "waits"
    CONFLICT = "conflict"


class PositionTold(models.TextChoices):
    """Whether a device said where it was; none: it was not asked."""

    GIVEN = "given"
    DENIED = "denied"
    UNAVAILABLE = "unavailable"


class FieldVisit(models.Model):
    """A visit by two people in a window of one day.

    Its ``attempt`` has the verdict, the person, the address and, once it is told, the result; a
    visit that the gate blocked stays, with its reasons.
    """

    attempt = models.OneToOneField(
        "outreach.Attempt", on_delete=models.PROTECT, related_name="visit"
    )
    case = models.ForeignKey("casework.Case", on_delete=models.PROTECT, related_name="visits")
    first = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="visits_first"
    )
    second = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="visits_second"
    )
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    announced_by = models.CharField(max_length=6, choices=AnnouncedBy.choices, blank=True)
    announced_at = models.DateTimeField(null=True)
    ordered_at = models.DateTimeField(auto_now_add=True)
    checked_in_at = models.DateTimeField(null=True)
    checked_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    joined_at = models.DateTimeField(null=True)  # the other of the two
    joined_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    called_off = models.CharField(max_length=7, choices=CalledOff.choices, blank=True)

    class Meta:
        ordering = ["from_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(first=F("second")), name="visit_by_two"),
            models.CheckConstraint(condition=Q(until_at__gt=F("from_at")), name="visit_window"),
            models.CheckConstraint(
                condition=Q(checked_in_at=None, checked_in_by=None)
                | Q(checked_in_at__isnull=False, checked_in_by__isnull=False),
                name="visit_checked_in_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(joined_by=None, joined_at=None)
                | Q(joined_at__isnull=False, joined_by__isnull=False, checked_in_by__isnull=False)
                & ~Q(joined_by=F("checked_in_by")),
                name="visit_joined_by_the_other",
            ),
        ]
        indexes = [models.Index(fields=["from_at"], name="visit_time")]

    def __str__(self) -> str:
        return f"visit {self.pk} {self.from_at:%Y-%m-%d %H:%M}"

    @property
    def present(self) -> int:
        """How many of the two have checked in."""
        return (self.checked_in_at is not None) + (self.joined_at is not None)

    @property
    def state(self) -> VisitState:
        """Where it stands."""
        if self.called_off:
            return "stopped" if self.called_off == CalledOff.GATE else "called_off"
        if self.attempt.state == "booked":
            return "there" if self.checked_in_at else "ordered"
        return "done" if self.attempt.state == "made" else "blocked"


class VisitStep(models.Model):
    """What a visitor told from the way, once for good: a phone may send it long after.

    ``id`` was made by the phone. ``claimed_at`` is by its clock, ``received_at`` by ours, and
    ``at`` the business moment that was judged: the claimed one, never later than ours.
    ``clock_off_s`` says by how many seconds its clock was ahead of ours when it sent. The words,
    the position and a typed name are sealed under the debtor's key.
    """

    id = models.UUIDField(primary_key=True)
    visit = models.ForeignKey(FieldVisit, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=9, choices=StepKind.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    claimed_at = models.DateTimeField()
    received_at = models.DateTimeField()
    at = models.DateTimeField()
    clock_off_s = models.IntegerField(null=True)
    late = models.BooleanField()
    outside_window = models.BooleanField(default=False)
    position = models.CharField(max_length=11, choices=PositionTold.choices, blank=True)
    standing = models.CharField(max_length=8, choices=StepStanding.choices)
    why = models.CharField(max_length=200, blank=True)
    stored = models.OneToOneField(
        "vault.StoredObject", null=True, on_delete=models.PROTECT, related_name="visit_step"
    )
    told_sealed = models.BinaryField(null=True)

    class Meta:
        ordering = ["received_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="photo") | Q(stored__isnull=False), name="visit_photo_is_there"
            ),
            models.CheckConstraint(
                condition=~Q(standing="stopped") | Q(kind="check_in"), name="visit_stopped_arriving"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of visit {self.visit_id}"
