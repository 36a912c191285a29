"""Strategies in the making, and which have decided, word for word.

A draft goes  open ─submit→ submitted ─approve→ published
              open ─discard→ discarded
              submitted ─return→ open   (by a reviewer, with a reason, or by its author)
Nothing leads out of published or discarded.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class StrategyVersion(models.Model):
    """A decision table as it stood when it was submitted or decided; never changed."""

    name = models.CharField(max_length=80)
    version = models.CharField(max_length=64, unique=True)  # SHA-256 over graph and facts
    document = models.JSONField()
    facts = models.JSONField()  # which facts it may ask for, and of what kind
    published_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-published_at"]

    def __str__(self) -> str:
        return f"{self.name} {self.version[:12]}"


class DraftState(models.TextChoices):
    """Where a draft stands; the module's diagram has the arrows."""

    OPEN = "open"
    SUBMITTED = "submitted"
    PUBLISHED = "published"
    DISCARDED = "discarded"


class Draft(models.Model):
    """A strategy that somebody works on. ``revision`` counts its saves, for optimistic locking."""

    name = models.CharField(max_length=80)
    title = models.CharField(max_length=120)
    document = models.JSONField()
    facts = models.JSONField()
    base = models.ForeignKey(
        StrategyVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(max_length=12, choices=DraftState.choices, default=DraftState.OPEN)
    revision = models.IntegerField(default=1)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    version = models.ForeignKey(
        StrategyVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="drafts"
    )  # what was submitted
    effective_on = models.DateField(null=True, blank=True)  # asked for when submitted
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-changed_at"]
        permissions = [
            ("approve_draft", "Can approve what somebody else has drafted"),
            ("roll_back", "Can put an earlier version back into force"),
        ]
        constraints = [
            models.CheckConstraint(
                name="draft_submitted_whole",
                condition=Q(state__in=["open", "discarded"])
                | Q(version__isnull=False, submitted_by__isnull=False, effective_on__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.title}"


class PublicationKind(models.TextChoices):
    """How a version came into force."""

    APPROVED = "approved"  # drafted by one person, approved by another
    ADOPTED = "adopted"  # proven by an experiment, proposed by one person, confirmed by another
    ROLLED_BACK = "rolled_back"  # in force before, put back by one person with a reason
    FILE = "file"  # what the file said before anything was published


class Publication(models.Model):
    """From ``effective_on`` a version decides, until a later publication does. Never changed."""

    name = models.CharField(max_length=80)
    version = models.ForeignKey(
        StrategyVersion, on_delete=models.PROTECT, related_name="publications"
    )
    kind = models.CharField(max_length=12, choices=PublicationKind.choices)
    effective_on = models.DateField()
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-effective_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="publication_by_two_people",
                condition=~Q(kind__in=["approved", "adopted"])
                | (
                    Q(proposed_by__isnull=False, approved_by__isnull=False)
                    & ~Q(approved_by=F("proposed_by"))
                ),
            ),
            models.CheckConstraint(
                name="rollback_has_its_reason",
                condition=~Q(kind="rolled_back") | (Q(approved_by__isnull=False) & ~Q(reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} from {self.effective_on}"


class StrategyEvent(models.Model):
    """One line of a strategy's history: who did what to a draft or a version, and why."""

    name = models.CharField(max_length=80)
    draft = models.ForeignKey(
        Draft, null=True, blank=True, on_delete=models.PROTECT, related_name="events"
    )
    version = models.ForeignKey(
        StrategyVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=16)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.name} {self.kind} {self.at:%Y-%m-%d}"
