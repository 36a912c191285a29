"""Batches of letters for a print house: which letter is in which, and what its paper is."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


class LetterBatch(models.Model):
    """Letters that are printed together. Its letters are fixed before the first is written.

    ``made_at`` once all are in the vault; until then a killed maker's work is taken up again.
    """

    gateway = models.CharField(max_length=24)
    begun_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True)
    # Whether its files are to be written by themselves, and since when they are there.
    wants_files = models.BooleanField(default=False, db_default=False)
    written_at = models.DateTimeField(null=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-begun_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["gateway"], condition=Q(made_at=None), name="letter_batch_one_begun"
            )
        ]
        permissions = [("print_letters", "Can make batches of letters and read in their status")]

    def __str__(self) -> str:
        return f"{self.pk} {self.begun_at:%Y-%m-%d}"


class PrintedLetter(models.Model):
    """One letter of a batch. Without ``file`` it was dropped: its ``problem`` says why."""

    batch = models.ForeignKey(LetterBatch, on_delete=models.PROTECT, related_name="letters")
    delivery = models.OneToOneField(
        "outreach.Delivery", on_delete=models.PROTECT, related_name="letter"
    )
    number = models.CharField(max_length=24, unique=True)
    file = models.ForeignKey(
        "vault.StoredObject", null=True, on_delete=models.PROTECT, related_name="+"
    )
    sha256 = models.CharField(max_length=64, blank=True)
    pages = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.number


class LetterStatusFile(models.Model):
    """One status file of a print house, by what it holds.

    ``taken`` are the rows of it that were news, all in all; ``known`` those that were not when it
    was brought last.
    """

    sha256 = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=120)
    taken = models.IntegerField(default=0)
    known = models.IntegerField(default=0)
    brought_at = models.DateTimeField()
    brought_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-brought_at", "-pk"]

    def __str__(self) -> str:
        return self.name


class LetterStatusReject(models.Model):
    """A row of a status file that was not taken, sealed; ``line`` counts the header as 1."""

    SEALED_AS: ClassVar[str] = "row"

    file = models.ForeignKey(LetterStatusFile, on_delete=models.CASCADE, related_name="rejects")
    line = models.IntegerField()
    field = models.CharField(max_length=20)
    problem = models.CharField(max_length=120)
    row_sealed = models.BinaryField()

    class Meta:
        ordering = ["file", "line"]
        constraints = [
            models.UniqueConstraint(fields=["file", "line"], name="letter_status_reject_once")
        ]

    def __str__(self) -> str:
        return f"{self.file} line {self.line}"
