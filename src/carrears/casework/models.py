"""The case file: one open case per loan that is behind, and what happened to it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from carrears.casework.asked_models import Asked
from carrears.casework.day_plan_models import DayPlan
from carrears.casework.desk_models import Absence, Desk
from carrears.casework.hold_models import Hold, HoldReason, HoldStep
from carrears.casework.move_models import Move, MovedCase, Way
from carrears.casework.placement_models import Placement
from carrears.casework.promise_models import NOT_KEPT, Promise, PromisePart, PromiseState
from carrears.casework.ruling_models import Ruling, RulingKind
from carrears.casework.showing_models import Showing
from carrears.casework.together_models import Fared, HeldTogether, HoldingTogether

__all__ = [
    "NOT_KEPT",
    "Absence",
    "ActionState",
    "Asked",
    "Case",
    "CaseEvent",
    "CaseState",
    "CloseReason",
    "DayPlan",
    "Desk",
    "Fared",
    "HeldTogether",
    "Hold",
    "HoldReason",
    "HoldStep",
    "HoldingTogether",
    "Move",
    "MovedCase",
    "Placement",
    "PlannedAction",
    "Promise",
    "PromisePart",
    "PromiseState",
    "Ruling",
    "RulingKind",
    "Showing",
    "Way",
]


class CaseState(models.TextChoices):
    """WATCH → OPEN → CLOSED (出催); a loan that falls behind again opens a new case.

    WATCH is the file of a loan that is written to before it falls behind; most cases begin OPEN.
    """

    WATCH = "watch"
    OPEN = "open"
    CLOSED = "closed"


class CloseReason(models.TextChoices):
    """Why a case left collections."""

    CURED = "cured"
    PAID_OFF = "paid_off"
    CHARGED_OFF = "charged_off"
    REPOSSESSED = "repossessed"
    OTHER = "other"


class Case(models.Model):
    """A loan in collections. Amounts are minor units of ``currency``; dates the debtor's own."""

    loan_no = models.CharField(max_length=64)
    loan_id = models.BigIntegerField()
    party = models.ForeignKey(
        "parties.Party", null=True, on_delete=models.SET_NULL, related_name="cases"
    )
    obligor_no = models.CharField(max_length=64, blank=True)
    product = models.CharField(max_length=40)
    currency = models.CharField(max_length=3)
    jurisdiction = models.CharField(max_length=8)
    state = models.CharField(max_length=6, choices=CaseState.choices, default=CaseState.OPEN)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)
    close_reason = models.CharField(max_length=12, choices=CloseReason.choices, blank=True)
    loan = models.JSONField(default=dict)  # terms and car, as the snapshot had them

    as_of = models.DateField()
    dpd = models.IntegerField()
    bucket = models.SmallIntegerField()
    arrears = models.BigIntegerField()
    arrears_principal = models.BigIntegerField()
    arrears_interest = models.BigIntegerField()
    arrears_fee = models.BigIntegerField()
    arrears_penalty = models.BigIntegerField(default=0)  # 罚息
    arrears_compound = models.BigIntegerField(default=0)  # 复利
    payoff = models.BigIntegerField(null=True)  # settles the loan on ``as_of``
    oldest_due_on = models.DateField(null=True)
    instalments_behind = models.IntegerField()
    next_due_on = models.DateField(null=True)
    next_due_amount = models.BigIntegerField(null=True)
    last_paid_on = models.DateField(null=True)
    principal_outstanding = models.BigIntegerField()
    paid_total = models.BigIntegerField(default=0)

    score = models.IntegerField(null=True)
    band = models.CharField(max_length=2, blank=True)
    reasons = models.JSONField(default=list)
    treatment = models.CharField(max_length=40, blank=True)
    stage = models.CharField(max_length=8, blank=True)
    decision = models.JSONField(default=dict)
    # Strategies are never deleted, so nobody looks for cases by theirs.
    strategy = models.ForeignKey(
        "strategy.StrategyVersion",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    priority = models.IntegerField(default=0)
    next_review_on = models.DateField(null=True)
    follow_up_on = models.DateField(null=True)  # when to come back to it, by hand or by a rule
    follow_up_at = models.TimeField(null=True)  # not before that hour where the debtor is
    follow_up_why = models.JSONField(default=dict, db_default={})
    assignee = models.ForeignKey(  # the index of the queue begins with it
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="cases",
        db_index=False,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["loan_no"], condition=Q(state="open"), name="one_open_case_per_loan"
            ),
            models.UniqueConstraint(
                fields=["loan_no"], condition=Q(state="watch"), name="one_watch_file_per_loan"
            ),
            models.UniqueConstraint(fields=["loan_no", "opened_on"], name="case_opened_once_a_day"),
            models.CheckConstraint(
                condition=Q(state__in=["watch", "open"], closed_on=None)
                | Q(state="closed", closed_on__isnull=False),
                name="case_closed_has_day",
            ),
        ]
        indexes = [
            models.Index(
                fields=["assignee", "-priority", "id"],
                condition=Q(state="open"),
                name="case_queue",
            ),
            models.Index(fields=["-priority", "id"], condition=Q(state="open"), name="case_open"),
            models.Index(fields=["loan_id"], name="case_loan_id"),
            models.Index(fields=["obligor_no"], condition=Q(state="open"), name="case_debtor"),
            # What each collector has, of what kind and in what order, and who sees a case: without
            # a look at the rows, of which two fill a page.
            models.Index(
                fields=["assignee", "obligor_no"],
                include=[
                    *("id", "party", "arrears", "bucket", "currency", "treatment", "as_of"),
                    *("band", "follow_up_on", "follow_up_at"),
                ],
                condition=Q(state="open"),
                name="case_desk",
            ),
            models.Index(
                fields=["follow_up_on"],
                include=["id", "assignee"],
                condition=Q(state="open", follow_up_on__isnull=False),
                name="case_put_off",
            ),
        ]
        permissions = [
            ("work_case", "Can work a case: note, promise, hold"),
            ("view_all_cases", "Can see cases of everybody in one's part of the house"),
            ("view_every_team", "Can see the cases of the whole house from any place in it"),
        ]

    def __str__(self) -> str:
        return f"{self.loan_no} {self.state}"


class CaseEvent(models.Model):
    """One line of the timeline. ``key`` makes a repeated line impossible.

    What people typed is in ``text_sealed`` (``casework.words``), and ``data`` has an empty ``text``
    in its place; ``erased`` where it went with the person.
    """

    # Written by the hundred thousand in a night: no index stands that another one makes needless.
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="events", db_index=False)
    key = models.CharField(max_length=160)
    happened_at = models.DateTimeField()
    kind = models.CharField(max_length=24)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    data = models.JSONField(default=dict)
    text_sealed = models.BinaryField(null=True)
    # The agency whose people did it, or whose placement it tells of; empty: the lender.
    agency = models.CharField(max_length=64, blank=True, default="", db_default="")

    class Meta:
        ordering = ["-happened_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["key"], name="case_event_once")]
        indexes = [
            models.Index(fields=["case", "-happened_at"], name="case_event_time"),
            models.Index(  # replies that ask for a person: few, so that it costs the night nothing
                fields=["happened_at"],
                condition=Q(kind="note", data__has_key="means"),
                name="case_event_reply",
            ),
            models.Index(  # of each case of a queue it is asked whether one waits
                fields=["case"],
                condition=Q(kind="note", data__has_key="means"),
                name="case_event_reply_of",
            ),
            models.Index(  # messages by hand that did not get through: few
                fields=["case", "happened_at"],
                condition=Q(kind="message_unsent"),
                name="case_event_unsent",
            ),
            models.Index(  # what people did: a night writes none
                fields=["actor", "happened_at"],
                include=["id", "case"],
                condition=Q(actor__isnull=False),
                name="case_event_person",
            ),
            models.Index(
                fields=["happened_at"],
                include=["case", "kind"],
                condition=Q(kind__in=["promise_kept", "promise_broken", "promise_partly"]),
                name="case_event_promise",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.happened_at:%Y-%m-%d}"


class ActionState(models.TextChoices):
    """PLANNED → SENT | BLOCKED | FAILED | CANCELLED; a task for a person ends DONE."""

    PLANNED = "planned"
    SENT = "sent"
    BLOCKED = "blocked"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DONE = "done"


class PlannedAction(models.Model):
    """What the strategy wants done for a case on a day; with ``part``, a reminder of it.

    With ``step_day`` it is a step of a ``cadence``, that many days from ``due_on``, the day on
    which the instalment was agreed to fall due; it may leave until ``until_on``.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="actions")
    key = models.CharField(max_length=160)
    as_of = models.DateField()
    channel = models.CharField(max_length=12)
    template = models.CharField(max_length=40, blank=True)
    planned_for = models.DateTimeField()
    state = models.CharField(max_length=9, choices=ActionState.choices, default=ActionState.PLANNED)
    reason = models.CharField(max_length=120, blank=True)
    part = models.ForeignKey(  # of a promise
        PromisePart, null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    cadence = models.CharField(max_length=40, blank=True, default="", db_default="")
    step_day = models.SmallIntegerField(null=True)
    due_on = models.DateField(null=True)
    until_on = models.DateField(null=True)

    class Meta:
        ordering = ["planned_for", "pk"]
        constraints = [models.UniqueConstraint(fields=["key"], name="action_planned_once")]
        indexes = [
            models.Index(fields=["state", "as_of"], name="action_state"),
            models.Index(fields=["part"], condition=Q(part__isnull=False), name="action_part"),
            models.Index(
                fields=["as_of"],
                include=["case", "channel", "planned_for"],
                condition=Q(state="planned"),
                name="action_waiting",
            ),
            models.Index(
                fields=["until_on"],
                include=["as_of", "case", "channel"],
                condition=Q(state="planned", until_on__isnull=False),
                name="action_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.template} {self.state}"
