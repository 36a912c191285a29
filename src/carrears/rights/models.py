"""Requests of people for their rights, and what was done with each."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from carrears.conduct.step_models import MatterStep


class RequestKind(models.TextChoices):
    """What a person may ask for (PIPL art. 15, 24, 44 to 47; GDPR art. 7(3), 15 to 20, 22)."""

    ACCESS = "access"
    PORTABILITY = "portability"
    CORRECTION = "correction"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    WITHDRAWAL = "withdrawal"
    EXPLANATION = "explanation"
    APPEAL = "appeal"


# What is about a decision that a program made: it is told, and a person may have to look at it.
CONTESTING = (RequestKind.EXPLANATION, RequestKind.APPEAL)


class RequestChannel(models.TextChoices):
    """How it came in."""

    PHONE = "phone"
    EMAIL = "email"
    LETTER = "letter"
    WEB = "web"
    IN_PERSON = "in_person"
    MESSAGE = "message"
    REGULATOR = "regulator"


class Asker(models.TextChoices):
    """Who asks; next of kin may for somebody who died (PIPL art. 49)."""

    SELF = "self"
    REPRESENTATIVE = "representative"
    NEXT_OF_KIN = "next_of_kin"


class Proof(models.TextChoices):
    """How it was made sure who asks."""

    ID_DOCUMENT = "id_document"
    CALLED_BACK = "called_back"
    SIGNED_LETTER = "signed_letter"
    POWER = "power"
    AUTHORITY = "authority"


class Refusal(models.TextChoices):
    """Why a request is refused; the person is told (PIPL art. 50)."""

    MUST_BE_KEPT = "must_be_kept"
    IDENTITY = "identity"
    NOT_HELD = "not_held"
    RIGHT_ALREADY = "right_already"
    OTHERS = "others"
    EXCESSIVE = "excessive"
    NO_GROUND = "no_ground"


class RequestState(models.TextChoices):
    """OPEN → DONE, REFUSED or WITHDRAWN; an erasure is PROPOSED by one, confirmed by another."""

    OPEN = "open"
    PROPOSED = "proposed"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


CLOSED = (RequestState.DONE, RequestState.REFUSED, RequestState.WITHDRAWN)
JUDGED = (RequestState.DONE, RequestState.REFUSED)  # closed by the lender's word


class RightsRequest(models.Model):
    """A request of a person; what was said is sealed under his key.

    ``deadlines`` keeps each time limit with its citation as it stood. The database itself refuses
    an erasure by one person alone.
    """

    key = models.CharField(max_length=160, unique=True)
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="requests")
    loan_no = models.CharField(max_length=64)
    case = models.ForeignKey(
        "casework.Case", null=True, on_delete=models.SET_NULL, related_name="rights_requests"
    )
    kind = models.CharField(max_length=12, choices=RequestKind.choices)
    channel = models.CharField(max_length=10, choices=RequestChannel.choices)
    asker = models.CharField(max_length=14, choices=Asker.choices)
    proof = models.CharField(max_length=14, choices=Proof.choices)
    jurisdiction = models.CharField(max_length=8)
    text_sealed = models.BinaryField(null=True)
    received_at = models.DateTimeField()
    registered_at = models.DateTimeField(auto_now_add=True)
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(max_length=10, choices=RequestState.choices, default=RequestState.OPEN)
    deadlines = models.JSONField(default=list)
    due_on = models.DateField(null=True)
    extended = models.BooleanField(default=False)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    refusal = models.CharField(max_length=14, choices=Refusal.choices, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-received_at", "-pk"]
        permissions = [
            ("confirm_erasure", "Can confirm that a person is erased"),
            ("review_decision", "Can review a decision of a program that a person appeals against"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind=RequestKind.ERASURE, state=RequestState.DONE)
                | Q(proposed_by__isnull=False, decided_by__isnull=False)
                & ~Q(proposed_by=F("decided_by")),
                name="rights_erasure_by_two",
            ),
            models.CheckConstraint(
                condition=~Q(kind=RequestKind.APPEAL, state__in=JUDGED)
                | Q(decided_by__isnull=False)
                & (Q(registered_by__isnull=True) | ~Q(registered_by=F("decided_by"))),
                name="rights_appeal_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(state=RequestState.PROPOSED)
                | Q(kind=RequestKind.ERASURE, proposed_by__isnull=False),
                name="rights_proposed_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(state=RequestState.REFUSED) & ~Q(refusal="")
                | ~Q(state=RequestState.REFUSED) & Q(refusal=""),
                name="rights_refused_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(state__in=CLOSED, closed_at__isnull=False)
                | ~Q(state__in=CLOSED) & Q(closed_at__isnull=True),
                name="rights_closed_at_a_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on"], condition=~Q(state__in=CLOSED), name="rights_request_due"
            ),
            models.Index(fields=["loan_no"], name="rights_request_loan"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} request {self.pk} {self.state}"


class RightsStep(MatterStep):
    """What was done with a request; words are sealed, the same key is written once."""

    request = models.ForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="steps")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )


class Outcome(models.TextChoices):
    """What came of an appeal: the decision stands, a person decides another, or decides from now.

    EXCLUDED: nothing of this person is decided by a program alone until he withdraws that.
    """

    UPHELD = "upheld"
    CHANGED = "changed"
    EXCLUDED = "excluded"


class ContestedDecision(models.Model):
    """The decision of a program that a request is about, as it stood when it was made.

    ``decision`` is what the strategy answered, with the facts that it was given (``facts``) and the
    rules that fired (``rule_id``); ``reasons`` are those of the score. ``treatment_after`` and
    ``until_on`` are of an appeal by which a person decided another treatment.
    """

    request = models.OneToOneField(
        RightsRequest, on_delete=models.PROTECT, related_name="contested"
    )
    case = models.ForeignKey(
        "casework.Case", null=True, on_delete=models.SET_NULL, related_name="contested"
    )
    treatment = models.CharField(max_length=40)
    strategy = models.ForeignKey(
        "strategy.StrategyVersion", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_on = models.DateField()
    currency = models.CharField(max_length=3)
    decision = models.JSONField()
    reasons = models.JSONField(default=list)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, blank=True)
    treatment_after = models.CharField(max_length=40, blank=True)
    until_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome=Outcome.CHANGED, until_on__isnull=False)
                & ~Q(treatment_after="")
                | ~Q(outcome=Outcome.CHANGED) & Q(treatment_after="", until_on__isnull=True),
                name="contested_changed_to_what",
            )
        ]

    def __str__(self) -> str:
        return f"{self.treatment} of {self.decided_on}"
