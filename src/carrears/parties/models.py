"""Who it is and how they may be reached. Personal data is stored sealed, never in clear.

Every ``*_sealed`` field is encrypted under the party's own data key, which is itself wrapped
by the master key; every ``*_index`` is a keyed blind index for exact look-up. Dropping
``wrapped_key`` erases the person and leaves the tokens that the rest of the system holds.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from carrears.parties.blind import TOKENS_VERSION
from carrears.parties.damaged_models import DamagedKey
from carrears.parties.unmasking_models import Unmasking
from carrears.parties.words_models import SealedWords

__all__ = [
    "Consent",
    "ContactKind",
    "ContactPoint",
    "Correction",
    "DamagedKey",
    "LoanParty",
    "Party",
    "RetiredKey",
    "Role",
    "SealedWords",
    "Unmasking",
]


class Role(models.TextChoices):
    """What a person is to a loan."""

    OBLIGOR = "obligor"
    CO_OBLIGOR = "co_obligor"
    GUARANTOR = "guarantor"
    CONTACT = "contact"


class ContactKind(models.TextChoices):
    """By what a person is reached."""

    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    PORTAL = "portal"


class Party(models.Model):
    """A person, known outside the vault by ``token`` only."""

    token = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    party_no = models.CharField(max_length=64, unique=True)
    language = models.CharField(max_length=10, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    region = models.CharField(max_length=80, blank=True)
    # Where the person may be, by all that is known; empty when nothing is.
    zones = ArrayField(models.CharField(max_length=64), default=list)
    synthetic = models.BooleanField(default=False)
    wrapped_key = models.BinaryField(null=True)
    name_sealed = models.BinaryField(null=True)
    name_tokens = ArrayField(models.BinaryField(), default=list)
    # By which rule of ``blind`` the tokens were made; older ones are made anew by the worker.
    tokens_version = models.SmallIntegerField(db_default=0, default=TOKENS_VERSION)
    id_no_sealed = models.BinaryField(null=True)
    id_no_index = models.BinaryField(null=True)
    # The id of the key of all that finds this person; none: an older release made it.
    index_key = models.BinaryField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    erased_at = models.DateTimeField(null=True)
    erased_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    erase_reason = models.CharField(max_length=120, blank=True, db_default="")
    # When a tape last told of a person who was erased; nothing of it was kept.
    told_again_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(erased_at=None)
                | Q(wrapped_key=None, name_sealed=None, id_no_sealed=None, id_no_index=None),
                name="party_erased_has_nothing",
            )
        ]
        indexes = [
            GinIndex(fields=["name_tokens"], name="party_name_tokens"),
            models.Index(fields=["id_no_index"], name="party_id_no"),
            models.Index(fields=["tokens_version"], name="party_tokens_version"),
            models.Index(fields=["time_zone"], name="party_time_zone"),
        ]

    def __str__(self) -> str:
        return str(self.token)


class RetiredKey(models.Model):
    """A master key that wraps nothing any more; the database refuses what is wrapped by it.

    Whoever had read the keyring before a key was taken away would otherwise wrap by it after.
    """

    key_id = models.BinaryField(primary_key=True)
    retired_at = models.DateTimeField()

    def __str__(self) -> str:
        return bytes(self.key_id).hex()


class LoanParty(models.Model):
    """A person's role in a loan; the obligor's row carries the car's identity."""

    loan_no = models.CharField(max_length=64)
    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="loans")
    role = models.CharField(max_length=12, choices=Role.choices)
    plate_sealed = models.BinaryField(null=True)
    plate_index = models.BinaryField(null=True)
    vin_sealed = models.BinaryField(null=True)
    vin_index = models.BinaryField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["loan_no", "party", "role"], name="loan_party_once")
        ]
        indexes = [
            models.Index(fields=["plate_index"], name="loan_party_plate"),
            models.Index(fields=["vin_index"], name="loan_party_vin"),
        ]

    def __str__(self) -> str:
        return f"{self.loan_no} {self.role}"


class ContactPoint(models.Model):
    """One number or address of a person, and where it came from."""

    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="contact_points")
    kind = models.CharField(max_length=8, choices=ContactKind.choices)
    value_sealed = models.BinaryField()
    value_index = models.BinaryField()
    place_sealed = models.BinaryField(null=True)  # of an address: lat, lon, crs (``coordinates``)
    source = models.CharField(max_length=32, default="contract")
    valid = models.BooleanField(default=True)
    # Why not, where a call found that out.
    unusable = models.CharField(max_length=16, blank=True, default="", db_default="")
    unusable_at = models.DateTimeField(null=True)
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["party", "kind", "value_index"], name="contact_point_once"
            ),
            models.CheckConstraint(
                condition=models.Q(unusable="", unusable_at__isnull=True)
                | models.Q(valid=False, unusable_at__isnull=False) & ~models.Q(unusable=""),
                name="contact_point_unusable_not_valid",
            ),
        ]
        indexes = [models.Index(fields=["value_index"], name="contact_point_value")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Correction(models.Model):
    """What was held wrongly of a person, and what it was corrected to; both sealed.

    How it is known lies sealed beside the evidence (``words``); ``reason`` holds what an older
    release wrote, until it is sealed.
    """

    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="corrections")
    kind = models.CharField(max_length=8)
    before_sealed = models.BinaryField()
    after_sealed = models.BinaryField()
    reason = models.CharField(max_length=200, blank=True, default="", db_default="")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Consent(models.Model):
    """What a person allowed or refused, for a purpose and a channel; the newest word holds.

    Never changed nor taken away: the database refuses it. ``text_version`` is what was agreed to
    (``consent_texts``), ``source`` by what the word came in.
    """

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="consents")
    purpose = models.CharField(max_length=32, default="contact", db_default="contact")
    channel = models.CharField(max_length=12, blank=True)
    granted = models.BooleanField()
    given_at = models.DateTimeField()
    source = models.CharField(max_length=32)
    text_version = models.CharField(max_length=64, blank=True, default="", db_default="")
    language = models.CharField(max_length=10, blank=True, default="", db_default="")
    key = models.CharField(max_length=160, blank=True, default="", db_default="")
    recorded_at = models.DateTimeField(null=True, db_default=Now())
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["party", "purpose", "channel", "given_at"], name="consent_word_once"
            ),
            models.UniqueConstraint(fields=["key"], condition=~Q(key=""), name="consent_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.channel} {'yes' if self.granted else 'no'}"
