"""Recordings, their chunks, and the contacts that they belong to."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Kind(models.TextChoices):
    """What was recorded."""

    SCREEN = "screen"
    AUDIO = "audio"


class RecordingState(models.TextChoices):
    """OPEN → ENDED | BROKEN_OFF; REFUSED never began.

    BROKEN_OFF goes on when the browser comes back with what it still has.
    """

    OPEN = "open"
    ENDED = "ended"
    BROKEN_OFF = "broken_off"
    REFUSED = "refused"


class Recording(models.Model):
    """One visit of a case page, or the sound of one call.

    ``token`` was made by the browser, so that recording begins without a word from the server.
    ``head`` is the newest link of its chain; ``told_count`` chunks are vouched for by the
    evidence log so far.
    """

    token = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=6, choices=Kind.choices)
    case = models.ForeignKey("casework.Case", on_delete=models.PROTECT, related_name="recordings")
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="recordings"
    )
    contacts = models.ManyToManyField(
        "outreach.Attempt", through="RecordedContact", related_name="recordings"
    )
    page = models.CharField(max_length=40, blank=True)
    masked = models.BooleanField(default=True)  # a screen without the personal data on it
    mime = models.CharField(max_length=60, blank=True)
    state = models.CharField(
        max_length=10, choices=RecordingState.choices, default=RecordingState.OPEN
    )
    reason = models.CharField(max_length=16, blank=True)
    started_at = models.DateTimeField()  # by the browser's clock, never later than ours
    received_at = models.DateTimeField()
    last_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    duration_ms = models.IntegerField(default=0)
    chunk_count = models.IntegerField(default=0)
    byte_count = models.BigIntegerField(default=0)
    head = models.BinaryField(max_length=32)
    told_count = models.IntegerField(default=0)
    told_at = models.DateTimeField()
    key_party = models.ForeignKey(
        "parties.Party", null=True, on_delete=models.PROTECT, related_name="+"
    )
    sealed_key = models.BinaryField()

    class Meta:
        ordering = ["-started_at", "token"]
        constraints = [
            models.CheckConstraint(
                condition=Q(told_count__lte=F("chunk_count")), name="recording_told_what_it_has"
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | Q(chunk_count=0), name="recording_refused_is_empty"
            ),
        ]
        indexes = [
            models.Index(fields=["case", "-started_at"], name="recording_case"),
            models.Index(fields=["last_at"], condition=Q(state="open"), name="recording_open"),
        ]
        permissions = [
            ("play_recording", "Can play a recording, for a reason"),
            ("unmask_recording", "Can see a recorded screen with the personal data on it"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.token}"


class Chunk(models.Model):
    """One frame, sealed. ``sha256`` is of the frame before, ``link`` chains it (``chain.py``)."""

    recording = models.ForeignKey(
        Recording, on_delete=models.PROTECT, related_name="chunks", db_index=False
    )
    seq = models.IntegerField()
    size = models.IntegerField()
    sha256 = models.BinaryField(max_length=32)
    link = models.BinaryField(max_length=32)
    from_ms = models.IntegerField()
    to_ms = models.IntegerField()
    peaks = models.BinaryField(default=b"")
    sealed = models.BinaryField()
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["recording", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["recording", "seq"], name="chunk_has_its_place"),
        ]

    def __str__(self) -> str:
        return f"{self.recording_id} {self.seq}"


class Why(models.TextChoices):
    """For what a recording is played."""

    QUALITY = "quality"
    COMPLAINT = "complaint"
    DISPUTE = "dispute"
    SUPERVISION = "supervision"
    TRAINING = "training"


class Playback(models.Model):
    """That somebody played a recording, when and why."""

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="playbacks")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    why = models.CharField(max_length=12, choices=Why.choices)
    note = models.TextField()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [models.CheckConstraint(condition=~Q(note=""), name="playback_has_note")]

    def __str__(self) -> str:
        return f"{self.recording_id} {self.by_id}"


class RecordedContact(models.Model):
    """A contact that was made while this was recorded."""

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="ties")
    attempt = models.ForeignKey(
        "outreach.Attempt", on_delete=models.PROTECT, related_name="recording_ties"
    )
    at_ms = models.IntegerField()  # milliseconds since the recording began

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recording", "attempt"], name="contact_tied_once")
        ]

    def __str__(self) -> str:
        return f"{self.recording_id} {self.attempt_id}"
