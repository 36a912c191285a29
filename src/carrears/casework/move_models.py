"""Cases that a team lead or a rule moved from somebody to somebody, to be taken back."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Way(models.TextChoices):
    """Where moved cases go: to a person, to nobody, or to whom the rules say."""

    PERSON = "person"
    POOL = "pool"
    RULES = "rules"


class Move(models.Model):
    """Cases moved together. ``to`` is the person of the way PERSON.

    With ``rule`` a rule of ``pull_back.yaml`` took them, by nobody's hand where ``by`` is empty.
    The reason of a move by hand lies sealed beside its evidence (``moves.moved_key``); ``reason``
    holds what an older release wrote, until it is sealed.
    """

    way = models.CharField(max_length=6, choices=Way.choices)
    to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.CharField(max_length=120, blank=True, default="")
    rule = models.CharField(max_length=40, blank=True, default="", db_default="")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"move {self.pk} {self.way}"


class MovedCase(models.Model):
    """One case of a move: who had it, and who has it since; nobody is None."""

    move = models.ForeignKey(Move, on_delete=models.CASCADE, related_name="cases")
    case = models.ForeignKey("casework.Case", on_delete=models.CASCADE, related_name="moves")
    before = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    after = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["move", "case"], name="case_moved_once_in_a_move")
        ]

    def __str__(self) -> str:
        return f"{self.case_id} in move {self.move_id}"
