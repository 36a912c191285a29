"""How an account begins, and what two people have to agree on."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Invitation(models.Model):
    """A link by which somebody sets his own password, once, until it expires.

    Only the hash of its secret is kept. One that was made anew ends the one before.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="invitations"
    )
    secret_hash = models.BinaryField(max_length=32, unique=True)
    is_first = models.BooleanField()  # of a new account; else of one that was reset
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(used_at=None, withdrawn_at=None),
                name="invitation_one_open",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")), name="invitation_expires"
            ),
        ]

    def __str__(self) -> str:
        return f"invitation of {self.user} until {self.expires_at:%Y-%m-%d %H:%M}"


class ProposalKind(models.TextChoices):
    """What is proposed: ROLES to have, a PLACE to belong to, a RESET, a TOKEN of wide scopes."""

    ROLES = "roles"
    PLACE = "place"
    RESET = "reset"
    TOKEN = "token"  # noqa: S105  no password


class ProposalState(models.TextChoices):
    """ASKED → DONE | REFUSED by a second person, or WITHDRAWN by whoever asked."""

    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Proposal(models.Model):
    """A dangerous change of what somebody may do: one proposes it, another confirms it.

    The database keeps to that: neither who asked nor whom it is for can be who confirms. Why it is
    asked for and why it was refused lies sealed beside the entry (``four_eyes.reasons_of``).
    """

    kind = models.CharField(max_length=8, choices=ProposalKind.choices)
    subject = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="proposals"
    )
    wanted = models.JSONField()
    reason = models.CharField(max_length=200)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(
        max_length=9, choices=ProposalState.choices, default=ProposalState.ASKED
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="proposal_has_reason"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("asked_at")), name="proposal_ends"),
            models.CheckConstraint(
                condition=Q(state="asked", decided_by=None, decided_at=None)
                | Q(state="withdrawn", decided_by=F("asked_by"), decided_at__isnull=False)
                | Q(
                    ~Q(decided_by=F("asked_by")),
                    ~Q(decided_by=F("subject")),
                    state__in=["done", "refused"],
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                    decided_at__lte=F("ends_at"),
                ),
                name="proposal_by_two_people",
            ),
        ]
        indexes = [
            models.Index(fields=["asked_at"], condition=Q(state="asked"), name="proposal_asked")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject} ({self.state})"
