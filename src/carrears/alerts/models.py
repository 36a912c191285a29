"""What is or was amiss, and which targets were told of it. Nothing here is about a person."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from carrears.alerts.kinds import AlertKind


class Alert(models.Model):
    """Something amiss from when it was first seen until it was not any more."""

    kind = models.CharField(max_length=16, choices=[(one.value, one.value) for one in AlertKind])
    figures = models.JSONField(default=dict)  # whole numbers by name, as `words.yaml` takes them
    since = models.DateTimeField()
    seen_at = models.DateTimeField()
    over_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-since", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind"], condition=Q(over_at=None), name="alert_open_once"
            )
        ]
        permissions = [("test_target", "Send a test to a target of alerts")]

    def __str__(self) -> str:
        return f"{self.kind} since {self.since}"


class MessageState(models.TextChoices):
    """WAITING → SENT, or after the last try FAILED."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class AlertMessage(models.Model):
    """One message to one target: of all that it was to be told of by then."""

    target = models.CharField(max_length=32)
    text = models.TextField()
    state = models.CharField(
        max_length=7, choices=MessageState.choices, default=MessageState.WAITING
    )
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(  # who asked for a test
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    is_test = models.BooleanField(default=False)
    tries = models.IntegerField(default=0)
    tried_at = models.DateTimeField(null=True)  # last
    next_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=240, blank=True)

    class Meta:
        ordering = ["-made_at", "-pk"]
        indexes = [
            models.Index(
                fields=["next_at"], condition=Q(state=MessageState.WAITING), name="alert_waits"
            ),
            models.Index(fields=["target", "-made_at"], name="alert_of_target"),
            models.Index(fields=["target", "-tried_at"], name="alert_tried"),
        ]

    def __str__(self) -> str:
        return f"{self.target} {self.made_at} {self.state}"


class Step(models.TextChoices):
    """What of an alert is told."""

    RAISED = "raised"
    LASTS = "lasts"
    OVER = "over"


class Telling(models.Model):
    """That a target is told of an alert; in ``message`` once that is written."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="tellings")
    target = models.CharField(max_length=32)
    step = models.CharField(max_length=6, choices=Step.choices)
    due_at = models.DateTimeField()
    message = models.ForeignKey(
        AlertMessage, null=True, on_delete=models.CASCADE, related_name="tellings"
    )

    class Meta:
        ordering = ["due_at", "pk"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(message=None), name="alert_telling_due")
        ]

    def __str__(self) -> str:
        return f"{self.target}: {self.alert_id} {self.step}"
