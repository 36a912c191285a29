"""Reports that are mailed to staff: when, to whom, and what became of each mail.

A mail: WAITING → SENT; BARRED where the reader may not see the report, or has no address; FAILED
after the last try. FAILED, BARRED and SENT end it: *send again* makes a new run.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from carrears.reports.rhythm import Rhythm


class ReportKind(models.TextChoices):
    """What there is to be mailed. What each needs to be seen is ``kinds.NEEDS``."""

    TEAM = "team"
    PROMISES = "promises"
    AGENCIES = "agencies"
    BOOK = "book"


class ReportSchedule(models.Model):
    """A report, its rhythm (see ``Rhythm``) and its readers; ``next_at`` is null while stopped.

    ``narrowed`` is the part of the book and the house that it tells of, by ``kinds.NARROWED_BY``.
    """

    report = models.CharField(max_length=16, choices=ReportKind.choices)
    every = models.CharField(max_length=5, choices=[(one, one) for one in ("day", "week", "month")])
    on = models.SmallIntegerField(default=0)
    clock = models.TimeField()
    time_zone = models.CharField(max_length=64)
    language = models.CharField(max_length=5, choices=[("zh-CN", "zh-CN"), ("en-US", "en-US")])
    recipients: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="reports_received"
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    narrowed = models.JSONField(default=dict, db_default={})

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["next_at"], condition=~Q(next_at=None), name="report_due"),
        ]

    def __str__(self) -> str:
        return f"{self.report} every {self.every}"

    @property
    def rhythm(self) -> Rhythm:
        """When it is due."""
        return Rhythm(self.every, self.clock, self.time_zone, self.on)  # type: ignore[arg-type]


class ReportRun(models.Model):
    """One sending of a schedule: when it was due, or when ``asked_by`` asked for it again."""

    schedule = models.ForeignKey(ReportSchedule, on_delete=models.CASCADE, related_name="runs")
    due_at = models.DateTimeField()
    made_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-due_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["schedule", "due_at"], name="report_run_once")
        ]

    def __str__(self) -> str:
        return f"{self.schedule_id} at {self.due_at}"


class MailState(models.TextChoices):
    """See the module."""

    WAITING = "waiting"
    SENT = "sent"
    BARRED = "barred"
    FAILED = "failed"


class ReportMail(models.Model):
    """A run's mail to one reader. What it says is written at the first try and kept till it ends.

    ``digest`` is the SHA-256 of the mail's bytes, without its signature.
    """

    run = models.ForeignKey(
        ReportRun, on_delete=models.CASCADE, related_name="mails", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    state = models.CharField(max_length=7, choices=MailState.choices, default=MailState.WAITING)
    tries = models.IntegerField(default=0)
    next_at = models.DateTimeField()
    written = models.JSONField(null=True)
    written_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=240, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["run", "user"], name="report_mail_once")]
        indexes = [
            models.Index(
                fields=["next_at"], condition=Q(state=MailState.WAITING), name="report_mail_due"
            ),
            models.Index(fields=["user"], name="report_mail_reader"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} to {self.user_id}: {self.state}"
