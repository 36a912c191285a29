"""Every attempt to say something to someone, lawful or stopped."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from carrears.outreach.again_models import LetterAgain, SendingAgain
from carrears.outreach.breach_models import Breach
from carrears.outreach.delivery_models import (
    Delivery,
    DeliveryState,
    Receipt,
    Settled,
    TextPart,
    UnknownText,
)
from carrears.outreach.mail_models import MailAttachment, MailKind, ReceivedMail, Refusal
from carrears.outreach.outcome_models import ContactOutcome
from carrears.outreach.portal_models import PortalMessage
from carrears.outreach.print_models import (
    LetterBatch,
    LetterStatusFile,
    LetterStatusReject,
    PrintedLetter,
)
from carrears.outreach.template_models import TemplateEvent, TemplateState, TemplateVersion
from carrears.outreach.visit_models import FieldVisit, VisitStep

__all__ = [
    "AnsweredBy",
    "Attempt",
    "AttemptState",
    "Breach",
    "ContactOutcome",
    "Delivery",
    "DeliveryState",
    "FieldVisit",
    "LetterAgain",
    "LetterBatch",
    "LetterStatusFile",
    "LetterStatusReject",
    "MailAttachment",
    "MailKind",
    "Opening",
    "Outcome",
    "Override",
    "OverrideState",
    "Pacing",
    "PortalMessage",
    "PrintedLetter",
    "Receipt",
    "ReceivedMail",
    "Refusal",
    "SendingAgain",
    "Settled",
    "TemplateEvent",
    "TemplateState",
    "TemplateVersion",
    "TextPart",
    "UnknownText",
    "VisitStep",
]


class AttemptState(models.TextChoices):
    """BLOCKED, or BOOKED → SENT | FAILED; a call is BOOKED → MADE | FAILED (not dialled).

    How a message fares in between is its delivery's to say (``delivery_models``): one that is
    BOOKED still waits, is being given away, or is uncertain, and counts as made.
    """

    BLOCKED = "blocked"
    BOOKED = "booked"
    SENT = "sent"
    MADE = "made"
    FAILED = "failed"


class AnsweredBy(models.TextChoices):
    """Who answered a call: the person called, or somebody else at that number."""

    ADDRESSEE = "addressee"
    RELATIVE = "relative"
    COLLEAGUE = "colleague"
    NEW_HOLDER = "new_holder"
    UNKNOWN = "unknown"


class Attempt(models.Model):
    """One contact, booked in the transaction that judged it. What was said is sealed.

    The database itself holds that key, case, person, channel and moment are those of its
    verdict, and that none of them changes afterwards (``migrations/0003_own_verdict``), nor the arm
    or the choice of its words (``migrations/0022_tone_and_offer``).
    ``reported`` is one that nobody asked about before: it was made, whatever its verdict says.
    """

    key = models.CharField(max_length=160, unique=True)
    case = models.ForeignKey("casework.Case", on_delete=models.PROTECT, related_name="attempts")
    action = models.ForeignKey(
        "casework.PlannedAction", null=True, on_delete=models.SET_NULL, related_name="attempts"
    )
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="attempts")
    contact_point = models.ForeignKey(
        "parties.ContactPoint", null=True, on_delete=models.SET_NULL, related_name="attempts"
    )
    channel = models.CharField(max_length=12)
    agency = models.CharField(max_length=64, blank=True)  # who acts; empty: the lender
    purpose = models.CharField(max_length=24, default="collect")
    verdict = models.OneToOneField(
        "conduct.VerdictRecord", on_delete=models.PROTECT, related_name="attempt"
    )
    gate_action = models.CharField(max_length=8)
    override = models.OneToOneField(
        "outreach.Override", null=True, on_delete=models.PROTECT, related_name="booking"
    )
    state = models.CharField(max_length=7, choices=AttemptState.choices)
    result = models.CharField(max_length=24, blank=True)
    effective = models.BooleanField(default=False)
    answered_by = models.CharField(max_length=12, blank=True, choices=AnsweredBy.choices)
    at = models.DateTimeField()  # the business moment that the gate judged
    template = models.CharField(max_length=40)
    template_version = models.CharField(max_length=64)
    # The arm of an experiment with words by which it says them.
    arm = models.ForeignKey(
        "experiments.Arm", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # Why these words and no variant of them (``template_choice``); None of what a person sent.
    choice = models.JSONField(null=True)
    locale = models.CharField(max_length=10)
    subject_sealed = models.BinaryField(null=True)
    body_sealed = models.BinaryField(null=True)
    message_id = models.CharField(max_length=200, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    booked_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    reported = models.BooleanField(default=False, db_default=False)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(gate_action="allow", override=None)
                | Q(state="blocked", override=None)
                | Q(reported=True, state__in=["made", "sent"], override=None)
                | Q(gate_action="review", override__isnull=False),
                name="only_allowed_attempts_leave",
            )
        ]
        indexes = [
            models.Index(fields=["party", "-at"], name="attempt_party_time"),
            models.Index(fields=["arm"], condition=Q(arm__isnull=False), name="attempt_arm"),
            models.Index(fields=["state"], condition=Q(state="booked"), name="attempt_booked"),
            # What a dashboard counts by day, channel and who acts, without a look at the rows.
            models.Index(
                fields=["at"],
                include=["gate_action", "channel", "agency", "made_by"],
                name="attempt_time",
            ),
        ]
        permissions = [
            ("send_message", "Can send a message to a debtor"),
            ("make_call", "Can call a debtor and tell what came of it"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.state} {self.at:%Y-%m-%d %H:%M}"


class OverrideState(models.TextChoices):
    """ASKED → APPROVED | REFUSED, by a second person."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"


class Override(models.Model):
    """Leave, by two people, to make one contact that the gate sent to a person to decide.

    It holds for the same case, person, channel, purpose and text, against the ``rules`` that
    asked for review, once, until ``valid_until``. The database keeps to that, and gives none
    for a contact that was blocked (``migrations/0004_override``). Why lies sealed beside the
    evidence (``overrides.put_said``); ``reason`` and ``decision`` hold what an older release wrote,
    until it is sealed.
    """

    stopped = models.OneToOneField(Attempt, on_delete=models.PROTECT, related_name="asked_override")
    gate_action = models.CharField(max_length=8, default="review")
    case = models.ForeignKey("casework.Case", on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=12)
    purpose = models.CharField(max_length=24)
    agency = models.CharField(max_length=64, blank=True)
    template = models.CharField(max_length=40, blank=True)
    rules = models.JSONField()
    reason = models.TextField(blank=True, default="", db_default="")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    state = models.CharField(
        max_length=8, choices=OverrideState.choices, default=OverrideState.ASKED
    )
    decision = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(gate_action="review"), name="override_of_review_only"
            ),
            models.CheckConstraint(
                condition=Q(state="asked", decided_by=None, decided_at=None, valid_until=None)
                | Q(
                    ~Q(decided_by=F("asked_by")),
                    state__in=["approved", "refused"],
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                ),
                name="override_by_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved")
                | Q(valid_until__isnull=False, valid_until__gt=F("decided_at")),
                name="override_ends",
            ),
        ]
        indexes = [
            models.Index(fields=["asked_at"], condition=Q(state="asked"), name="override_asked")
        ]
        permissions = [
            ("ask_override", "Can ask that a contact under review may be made"),
            ("approve_override", "Can decide, as a second person, on an override"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"


class Pacing(models.Model):
    """One day's planned contacts spread over its hours; ``finished_at`` once all have their place.

    ``told`` counts what became of them, in the words of ``Outcome``, and ``wasted``: given a
    place, and stopped by the gate when it came.
    """

    as_of = models.DateField(unique=True)
    moment = models.DateTimeField()  # the first step of the grid
    per_hour = models.JSONField()  # by channel; of calls, what one collector makes
    told = models.JSONField(default=dict)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-as_of"]

    def __str__(self) -> str:
        return f"{self.as_of}"


class Outcome(models.TextChoices):
    """Where a planned contact went: ASKED → one of the others."""

    ASKED = "asked"
    PACED = "paced"
    CHANGED = "changed"  # by the other channel that the strategy allows
    FULL = "full"  # lawful today, no room left: put on the next day
    LATER = "later"  # not lawful today: put on the first day on which it is
    UNLAWFUL = "unlawful"  # nor before the strategy plans anew: the gate says why at its time
    GONE = "gone"  # settled or cancelled meanwhile


class Opening(models.Model):
    """When the gate would let one planned contact go, and the place it was given.

    ``ways`` are channel, template, desk and the lawful steps of the day's grid. Kept until the
    next day is spread.
    """

    pacing = models.ForeignKey(Pacing, on_delete=models.CASCADE, related_name="openings")
    action = models.OneToOneField(
        "casework.PlannedAction", on_delete=models.CASCADE, related_name="opening"
    )
    priority = models.IntegerField()
    ways = models.JSONField()
    later_at = models.DateTimeField(null=True)
    later_on = models.DateField(null=True)  # the business day of ``later_at``
    outcome = models.CharField(max_length=8, choices=Outcome.choices, default=Outcome.ASKED)
    desk = models.CharField(max_length=24, blank=True)
    step = models.IntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.outcome} {self.desk}"
