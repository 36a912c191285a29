"""What lies in the vault of recordings, who opened it, and what must not be destroyed.

A row outlives its object: after destruction it says what there was, until when, and why it went.
Triggers (migration 0002) refuse what would lose a row, alter what it says of its object, or
destroy a key that the law or a hold still keeps.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class Kind(models.TextChoices):
    """What an object is."""

    AUDIO = "audio"
    SCREEN = "screen"
    LETTER = "letter"
    PHOTO = "photo"
    DOCUMENT = "document"
    CONTRACT = "contract"  # and agreements of any kind
    STATEMENT = "statement"  # of account, as it was handed out


class Origin(models.TextChoices):
    """Whose it was before it was stored."""

    HOUSE = "house"
    DEBTOR = "debtor"
    AGENCY = "agency"
    OTHER = "other"


class StoredObject(models.Model):
    """One object: a recording or a piece of one, a letter, a photo, a document.

    ``wrapped_key`` is the object's own key, sealed under the data key of ``party`` (of the house
    where it belongs to nobody): without either the object can never be opened again.
    """

    token = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # What makes storing it happen once.
    key = models.CharField(max_length=160, null=True)  # noqa: DJ001  unique, and most have none
    kind = models.CharField(max_length=12, choices=Kind.choices)
    origin = models.CharField(
        max_length=8, choices=Origin.choices, default=Origin.HOUSE, db_default=Origin.HOUSE
    )
    loan_no = models.CharField(max_length=64, blank=True)
    case_id = models.BigIntegerField(null=True)
    party = models.ForeignKey(
        "parties.Party", null=True, on_delete=models.PROTECT, related_name="objects_in_vault"
    )
    jurisdiction = models.CharField(max_length=8, blank=True)

    address = models.CharField(max_length=64)  # SHA-256 of the sealed bytes
    sealed_size = models.BigIntegerField()
    size = models.BigIntegerField()  # bytes of content
    sha256 = models.BinaryField(null=True)  # of the content
    media_type = models.CharField(max_length=100)
    name_sealed = models.BinaryField(null=True)  # the file's name, which may name somebody
    seconds = models.IntegerField(null=True)  # how long a recording is
    wrapped_key = models.BinaryField(null=True)

    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    retained_until = models.DateField(null=True)  # at least, that day included; None: not known
    retained_by = models.CharField(max_length=200, blank=True)  # the duty's citation

    destroyed_at = models.DateTimeField(null=True)
    destroy_reason = models.CharField(max_length=200, blank=True)
    removed_at = models.DateTimeField(null=True)  # when its bytes were gone from the store

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["address"], name="vault_object_address"),
            models.UniqueConstraint(fields=["key"], name="vault_object_once"),
            models.CheckConstraint(
                condition=Q(destroyed_at=None, wrapped_key__isnull=False, sha256__isnull=False)
                | Q(destroyed_at__isnull=False, wrapped_key=None, sha256=None, name_sealed=None),
                name="vault_object_destroyed_has_no_key",
            ),
        ]
        indexes = [
            models.Index(fields=["loan_no", "-created_at"], name="vault_object_loan"),
            models.Index(fields=["case_id", "-created_at"], name="vault_object_case"),
            models.Index(
                fields=["retained_until"],
                condition=Q(destroyed_at=None),
                name="vault_object_expiry",
            ),
        ]
        permissions = [
            ("open_document", "Can open letters, photos and documents, for a reason"),
            ("open_recording", "Can play recordings, for a reason"),
            ("place_hold", "Can keep what is in the vault from being destroyed"),
            ("lift_hold", "Can ask for a hold to be lifted, or agree to it"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.token}"

    @property
    def subject(self) -> str:
        """By what the log finds what happens to it: its loan, else its person, else itself."""
        return self.loan_no or str(self.party_id or self.token)

    @property
    def bound_to(self) -> bytes:
        """What its sealed stream is bound to."""
        return f"carrears vault|{self.token}|{self.kind}".encode()


class Why(models.TextChoices):
    """For what an object is opened."""

    CASEWORK = "casework"
    COMPLAINT = "complaint"
    QUALITY = "quality"
    DISPUTE = "dispute"
    AUTHORITY = "authority"
    SUBJECT = "subject"
    OTHER = "other"


class Opening(models.Model):
    """Somebody opened objects for a reason; until ``until`` he may read them on it."""

    token = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    objects_opened = models.ManyToManyField(StoredObject, related_name="openings")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    why = models.CharField(max_length=10, choices=Why.choices)
    note_sealed = models.BinaryField(null=True)
    at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.why} {self.at:%Y-%m-%d %H:%M}"


class HoldWhy(models.TextChoices):
    """For what objects are kept beyond their time."""

    LITIGATION = "litigation"
    COMPLAINT = "complaint"
    AUTHORITY = "authority"
    OTHER = "other"


class LegalHold(models.Model):
    """One object, or all of a loan, is kept until a hold is lifted, which takes two people.

    PLACED → ASKED (to be lifted) → LIFTED; a refusal takes it back to PLACED.
    """

    stored = models.ForeignKey(
        StoredObject, null=True, on_delete=models.PROTECT, related_name="holds"
    )
    loan_no = models.CharField(max_length=64, blank=True)
    why = models.CharField(max_length=10, choices=HoldWhy.choices)
    note_sealed = models.BinaryField()
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    placed_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(null=True)
    ask_note_sealed = models.BinaryField(null=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["placed_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(stored=None) & ~Q(loan_no="") | Q(stored__isnull=False, loan_no=""),
                name="vault_hold_on_one_or_a_loan",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None)
                | Q(asked_by__isnull=False, lifted_by__isnull=False)
                & ~Q(asked_by=models.F("lifted_by")),
                name="vault_hold_lifted_by_two",
            ),
        ]
        indexes = [
            models.Index(fields=["loan_no"], condition=Q(lifted_at=None), name="vault_hold_loan")
        ]

    def __str__(self) -> str:
        return f"{self.why} on {self.loan_no or self.stored_id}"
