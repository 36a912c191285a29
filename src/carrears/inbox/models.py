"""What came in and waits, what was done with it, and what had to be set aside."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

CHANNEL = "event_inbox"  # on which the database tells that something came in


class EventState(models.TextChoices):
    """WAITING → DONE | ASIDE; ASIDE → WAITING when somebody wants it tried again."""

    WAITING = "waiting"
    DONE = "done"
    ASIDE = "aside"


class Event(models.Model):
    """One thing that happened to a loan. Integrators insert into this table by SQL too.

    ``key``, ``kind``, ``loan_no``, ``happened_at``, ``payload`` and ``source`` are theirs
    (docs/events.md); the rest has defaults and is ours. A trigger wakes the worker.
    """

    SEALED_AS: ClassVar[str] = "event"

    key = models.CharField(max_length=128, unique=True)
    kind = models.CharField(max_length=24)
    loan_no = models.CharField(max_length=64)
    happened_at = models.DateTimeField(db_default=Now())
    payload = models.JSONField(default=dict)
    source = models.CharField(max_length=16, db_default="sql")

    sealed = models.BinaryField(null=True)  # what tells of a person, under the house's key
    received_at = models.DateTimeField(db_default=Now())
    state = models.CharField(
        max_length=7, choices=EventState.choices, db_default=EventState.WAITING
    )
    attempts = models.SmallIntegerField(db_default=0)
    due_at = models.DateTimeField(db_default=Now())  # not before
    done_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, db_default="")
    result = models.JSONField(default=dict)

    class Meta:
        db_table = "event_inbox"
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["id"], condition=Q(state="waiting"), name="event_waiting"),
            models.Index(
                fields=["loan_no", "id"], condition=Q(state="waiting"), name="event_waiting_loan"
            ),
            models.Index(fields=["-id"], condition=Q(state="aside"), name="event_aside"),
            models.Index(fields=["loan_no", "-id"], name="event_loan"),
            models.Index(fields=["-done_at"], name="event_done"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
