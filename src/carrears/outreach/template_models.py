"""Message templates as versions that somebody drafted and somebody else approved.

A version goes  draft ─propose→ proposed ─approve→ approved ─withdraw→ withdrawn
                draft ─discard→ discarded
                proposed ─return→ draft   (with a reason)
From ``effective_on`` an approved version is what is sent, until a later one is; where it is
withdrawn, what was before it is again. The file counts as version 1, and becomes a row once another
version is approved. The database keeps the words of all that is no draft
(``migrations/0011_template_versions``).
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class TemplateState(models.TextChoices):
    """Where a version stands; the module's diagram has the arrows."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"
    DISCARDED = "discarded"


class TemplateVersion(models.Model):
    """One version of a template in all its languages. ``revision`` counts a draft's saves."""

    key = models.CharField(max_length=40)
    number = models.PositiveIntegerField()
    channel = models.CharField(max_length=12)
    purpose = models.CharField(max_length=24)
    about = models.CharField(max_length=120)
    stages = ArrayField(models.CharField(max_length=8), default=list, blank=True)  # empty: all
    # In whose place it may be said, and in which manner (``template_choice``); empty: no variant.
    variant_of = models.CharField(max_length=40, blank=True, default="", db_default="")
    tone = models.CharField(max_length=12, blank=True, default="", db_default="")
    offer = models.CharField(max_length=24, blank=True, default="", db_default="")
    variables = models.JSONField()  # the kind of each, by name
    locales = models.JSONField()  # of {locale, subject, body}; the first is the fallback
    version = models.CharField(max_length=64, blank=True)  # SHA-256, once proposed
    state = models.CharField(
        max_length=9, choices=TemplateState.choices, default=TemplateState.DRAFT
    )
    from_file = models.BooleanField(default=False)
    revision = models.IntegerField(default=1)
    base = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    effective_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["key", "-number"]
        permissions = [
            ("approve_template", "Can approve a template that somebody else has drafted"),
            ("withdraw_template", "Can take a template out of use"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["key", "number"], name="template_number_once"),
            models.UniqueConstraint(
                fields=["version"], condition=~Q(version=""), name="template_hash_once"
            ),
            models.UniqueConstraint(
                fields=["key"],
                condition=Q(state__in=["draft", "proposed"]),
                name="template_one_in_the_making",
            ),
            models.CheckConstraint(
                condition=Q(from_file=True)
                | Q(state__in=["draft", "proposed", "discarded"], author__isnull=False)
                | (
                    Q(author__isnull=False, proposed_by__isnull=False, approved_by__isnull=False)
                    & ~Q(approved_by=F("author"))
                    & ~Q(approved_by=F("proposed_by"))
                ),
                name="template_by_two_people",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "discarded"])
                | (Q(effective_on__isnull=False) & ~Q(version="")),
                name="template_proposed_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.number} {self.state}"


class TemplateEvent(models.Model):
    """One line of a template's history: who did what to which version, and why."""

    template = models.ForeignKey(TemplateVersion, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=16)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d}"
