"""What a member of staff is told of: one row a person and a matter."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class NoticeKind(models.TextChoices):
    """Why somebody is told."""

    MENTION = "mention"  # a colleague named him in a comment
    MOVED = "moved"  # cases were moved to him by hand, or by a rule that took them from another
    TAKEN = "taken"  # cases of his went to somebody else, or to nobody
    REPLY = "reply"  # a debtor of his wrote something that asks for a person
    PROMISE_BROKEN = "promise_broken"  # on a case of his
    APPROVAL = "approval"  # something waits for a second person, as which he may decide
    DEAD_LETTERS = "dead_letters"  # messages that did not get through
    COMPLAINT = "complaint"  # it came to him
    COMPLAINT_DUE = "complaint_due"  # its next step nears its day, or is late
    DISPUTE = "dispute"
    DISPUTE_DUE = "dispute_due"
    UNPLACED = "unplaced"  # texts of which nobody knows whose they are
    STAFF_MESSAGE = "staff_message"  # a notification reached nobody in WeCom
    CASE_DUE = "case_due"  # the day, or the hour, to come back to a case of his


class Notice(models.Model):
    """One matter of which one person is told; ``key`` tells matters apart.

    ``data`` says what it leads to and holds nothing of anybody; ``loan_no`` is empty where it is
    of no case. ``many`` is how many there are of what is counted.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices", db_index=False
    )
    kind = models.CharField(max_length=16, choices=NoticeKind.choices)
    key = models.CharField(max_length=160)
    loan_no = models.CharField(max_length=64, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    data = models.JSONField(default=dict)
    many = models.IntegerField(default=1)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="notice_once")]
        indexes = [
            models.Index(fields=["user", "-at"], name="notice_time"),
            models.Index(fields=["user"], condition=Q(read_at=None), name="notice_unread"),
            models.Index(fields=["key"], condition=Q(read_at=None), name="notice_matter"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}"


class Preference(models.Model):
    """Of what somebody wants no message in WeCom: kinds of ``NoticeKind``. The screen tells all."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="notice_preference",
    )
    muted = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.user_id} without {', '.join(self.muted)}"


class StaffMessageState(models.TextChoices):
    """WAITING → SENT; READ where it was read on the screen first; FAILED after the last try."""

    WAITING = "waiting"
    SENT = "sent"
    READ = "read"
    FAILED = "failed"


class StaffMessage(models.Model):
    """A notification on its way to somebody's WeCom; ``notice_at`` tells one raised anew apart."""

    notice = models.ForeignKey(
        Notice, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    notice_at = models.DateTimeField()
    state = models.CharField(
        max_length=7, choices=StaffMessageState.choices, default=StaffMessageState.WAITING
    )
    tries = models.IntegerField(default=0)
    next_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    msgid = models.CharField(max_length=120, blank=True)  # WeCom's, by which it is recalled
    error = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["notice", "notice_at"], name="staff_message_once")
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(state="waiting"), name="staff_message_due")
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.state}"
