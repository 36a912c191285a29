"""What of the book lives in PostgreSQL: its snapshots' register and payments of the day."""

from __future__ import annotations

from django.db import models


class Snapshot(models.Model):
    """An immutable state of the book as known at its making, seen on ``as_of``."""

    as_of = models.DateField()
    revision = models.IntegerField()
    inputs_hash = models.CharField(max_length=64)
    folder = models.TextField()
    manifest = models.JSONField()
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["as_of", "revision"]
        constraints = [
            models.UniqueConstraint(fields=["as_of", "revision"], name="snapshot_revision"),
            models.UniqueConstraint(fields=["as_of", "inputs_hash"], name="snapshot_inputs"),
        ]

    def __str__(self) -> str:
        return f"{self.as_of} r{self.revision}"


class ReceivedPayment(models.Model):
    """A payment told to us one at a time (API, command, portal); snapshots take it in."""

    idempotency_key = models.CharField(max_length=128, unique=True)
    loan_no = models.CharField(max_length=64)
    amount = models.BigIntegerField()  # minor units; negative takes a payment back
    currency = models.CharField(max_length=3)
    paid_on = models.DateField()
    kind = models.CharField(max_length=12, default="payment")
    source = models.CharField(max_length=16)
    known_on = models.DateField(null=True)  # the book's day when it came in
    entered_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["loan_no", "paid_on"], name="received_payment_loan")]

    def __str__(self) -> str:
        return f"{self.loan_no} {self.paid_on} {self.amount}"


class ReceivedEvent(models.Model):
    """What else was told of a loan one at a time; snapshots take it into their ``events``."""

    idempotency_key = models.CharField(max_length=128, unique=True)
    loan_no = models.CharField(max_length=64)
    kind = models.CharField(max_length=24)  # one of layout.EVENT_KINDS
    happened_on = models.DateField()
    amount = models.BigIntegerField(null=True)  # of a bureau change the new score
    source = models.CharField(max_length=16)
    known_on = models.DateField(null=True)  # the book's day when it came in
    entered_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["loan_no", "happened_on"], name="received_event_loan")]

    def __str__(self) -> str:
        return f"{self.loan_no} {self.happened_on} {self.kind}"
