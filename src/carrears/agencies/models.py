"""Batches of debtors for agencies (委案批次): what was proposed, approved and placed."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from carrears.agencies.contact_log_models import ContactLog, ContactLogReject, LoggedContact
from carrears.agencies.destruction_models import DestroyedPlacement, Destruction
from carrears.agencies.recording_models import LoggedRecording, RecordingFile, RecordingReject

__all__ = [
    "Batch",
    "ContactLog",
    "ContactLogReject",
    "DestroyedPlacement",
    "Destruction",
    "Invoice",
    "InvoiceLine",
    "InvoiceReject",
    "LoggedContact",
    "LoggedRecording",
    "PlacementStep",
    "Placing",
    "PlacingLine",
    "PlacingState",
    "RecordingFile",
    "RecordingReject",
    "StepKind",
]


class PlacingState(models.TextChoices):
    """PROPOSED → APPROVED → PLACED, or REFUSED; APPROVED lasts while it is being placed."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    PLACED = "placed"
    REFUSED = "refused"


class Placing(models.Model):
    """What the rules of a day would give to agencies, looked at as a whole by a second person.

    Why it was refused lies sealed beside the evidence (``approving.refusals_of``); ``reason`` holds
    what an older release wrote, until it is sealed.
    """

    first_on = models.DateField()
    rules_from = models.DateField()
    state = models.CharField(
        max_length=8, choices=PlacingState.choices, default=PlacingState.PROPOSED
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=120, blank=True)
    placed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"],
                condition=Q(state__in=["proposed", "approved"]),
                name="placing_one_of_a_state",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_at=None)
                | ~Q(state="proposed") & Q(decided_at__isnull=False),
                name="placing_decided",
            ),
            models.CheckConstraint(
                condition=Q(made_by=None) | Q(decided_by=None) | ~Q(made_by=F("decided_by")),
                name="placing_two_people",
            ),
        ]
        permissions = [("approve_placing", "Can approve what goes to agencies")]

    def __str__(self) -> str:
        return f"placing {self.pk} from {self.first_on}"


class Batch(models.Model):
    """What one agency gets by one rule: its first and last day, and what it is paid.

    ``terms`` are the fees as they were then: name, title, ``tail_days`` and ``rates``, decimals as
    text.
    """

    placing = models.ForeignKey(Placing, on_delete=models.PROTECT, related_name="batches")
    agency = models.ForeignKey(
        "access.Organisation", on_delete=models.PROTECT, related_name="batches"
    )
    rule = models.CharField(max_length=40)
    title = models.JSONField()
    from_on = models.DateField()
    until_on = models.DateField()
    terms = models.JSONField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["placing", "agency", "rule"], name="batch_of_agency_and_rule"
            ),
            models.CheckConstraint(
                condition=Q(until_on__gte=F("from_on")), name="batch_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"batch {self.pk} of {self.agency_id}"


class PlacingLine(models.Model):
    """A debtor of a placing: into which batch, or why he was taken out (``why``, a code).

    ``arrears`` is the sum of his loans in minor units of ``currency`` when it was proposed, ``dpd``
    and ``stage`` those of the loan deepest behind. Once placed it has its ``placement``.
    """

    placing = models.ForeignKey(Placing, on_delete=models.PROTECT, related_name="lines")
    batch = models.ForeignKey(Batch, null=True, on_delete=models.PROTECT, related_name="lines")
    obligor_no = models.CharField(max_length=64)
    loans = models.IntegerField()
    arrears = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    dpd = models.IntegerField()
    stage = models.CharField(max_length=8, blank=True)
    why = models.CharField(max_length=24, blank=True)
    placement = models.OneToOneField(
        "casework.Placement", null=True, on_delete=models.PROTECT, related_name="line"
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["placing", "obligor_no"], name="placing_line_once"),
            models.CheckConstraint(
                condition=Q(why="", batch__isnull=False) | ~Q(why="") & Q(placement=None),
                name="placing_line_placed_or_why",
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.pk} of placing {self.placing_id}"


class StepKind(models.TextChoices):
    """KEPT past its end by rule (留案), EXTENDED by hand (续委), RETURNED at its end (退案)."""

    KEPT = "kept"
    EXTENDED = "extended"
    RETURNED = "returned"


class PlacementStep(models.Model):
    """What became of a placement's term: ``before_on`` was its last day, ``until_on`` is since.

    ``reason`` is a word of the house's; what was said of an extension lies sealed beside its
    evidence and on the cases. Calling back stands in the placement itself.
    """

    placement = models.ForeignKey(
        "casework.Placement", on_delete=models.PROTECT, related_name="steps"
    )
    kind = models.CharField(max_length=8, choices=StepKind.choices)
    before_on = models.DateField(null=True)
    until_on = models.DateField(null=True)
    reason = models.CharField(max_length=120)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["placement"],
                condition=Q(kind="returned"),
                name="placement_returned_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of placement {self.placement_id}"


class Invoice(models.Model):
    """An agency's invoice for a period, in one currency, by the agency's own number."""

    agency = models.ForeignKey(
        "access.Organisation", on_delete=models.PROTECT, related_name="invoices"
    )
    number = models.CharField(max_length=64)
    first_on = models.DateField()
    last_on = models.DateField()
    currency = models.CharField(max_length=3)
    file_name = models.CharField(max_length=255)
    brought_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    brought_at = models.DateTimeField()
    reconciled_at = models.DateTimeField(null=True)  # anew; else when it was brought
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    signed_at = models.DateTimeField(null=True)  # from there on nothing of it changes

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["agency", "number"], name="invoice_once"),
            models.CheckConstraint(
                condition=Q(last_on__gte=F("first_on")), name="invoice_ends_after_start"
            ),
        ]
        permissions = [
            ("view_own_settlement", "Can see what one's own agency is owed"),
            ("sign_invoice", "Can sign an invoice off, as a second person"),
        ]

    def __str__(self) -> str:
        return f"invoice {self.number}"


class InvoiceLine(models.Model):
    """A line of an invoice as it was found, or one of ours that it does not claim (no ``row_no``).

    ``amount`` and ``commission`` are what it claims, ``our_amount`` and ``our_commission`` what the
    ledger says, all in minor units; ``payment_no`` is our payment's number where one was found.
    ``told_payment_no`` and ``told_paid_on`` are as the claim has them; null of one of ours, and of
    lines that are older than these fields.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    row_no = models.IntegerField(null=True)
    loan_no = models.CharField(max_length=64)
    payment_no = models.CharField(max_length=160, blank=True)
    paid_on = models.DateField()
    amount = models.BigIntegerField(null=True)
    commission = models.BigIntegerField(null=True)
    our_amount = models.BigIntegerField(null=True)
    our_commission = models.BigIntegerField(null=True)
    verdict = models.CharField(max_length=8)
    told_payment_no = models.CharField(max_length=160, null=True)  # noqa: DJ001  see above
    told_paid_on = models.DateField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict="missing", row_no=None)
                | ~Q(verdict="missing") & Q(row_no__isnull=False),
                name="invoice_line_claimed_or_missing",
            )
        ]
        indexes = [models.Index(fields=["loan_no"], name="invoice_line_loan")]

    def __str__(self) -> str:
        return f"{self.verdict} of invoice {self.invoice_id}"


class InvoiceReject(models.Model):
    """A row of an invoice that could not be read: what was wrong, and the row, sealed."""

    SEALED_AS: ClassVar[str] = "invoice row"

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="rejects")
    row_no = models.IntegerField()
    errors = models.JSONField()  # [[field, why, what stands there], …]
    raw_sealed = models.BinaryField()

    class Meta:
        ordering = ["row_no"]

    def __str__(self) -> str:
        return f"row {self.row_no} of invoice {self.invoice_id}"
