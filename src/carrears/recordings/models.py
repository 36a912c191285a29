"""Recordings, their chunks, and the contacts that they belong to."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from carrears.recordings.absent_models import DueRecording

__all__ = [
    "Chunk",
    "DueRecording",
    "Kind",
    "Part",
    "Playback",
    "RecordedContact",
    "Recording",
    "RecordingState",
    "Why",
]


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
    archived_count = models.IntegerField(default=0)  # the first so many chunks are in the vault
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
                condition=Q(archived_count__lte=F("chunk_count")),
                name="recording_archived_what_it_has",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | Q(chunk_count=0), name="recording_refused_is_empty"
            ),
        ]
        indexes = [
            models.Index(fields=["case", "-started_at"], name="recording_case"),
            models.Index(fields=["last_at"], condition=Q(state="open"), name="recording_open"),
            models.Index(
                fields=["last_at"],
                condition=Q(state__in=("ended", "broken_off"), archived_count__lt=F("chunk_count")),
                name="recording_to_archive",
            ),
        ]
        permissions = [
            ("play_recording", "Can play a recording, for a reason"),
            ("unmask_recording", "Can see a recorded screen with the personal data on it"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.token}"


class Chunk(models.Model):
    """One frame. ``sha256`` is of the frame as it came, ``link`` chains it (``chain.py``).

    ``sealed`` is the frame until it is in the vault; what chains it stays.
    """

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
    sealed = models.BinaryField(null=True)
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["recording", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["recording", "seq"], name="chunk_has_its_place"),
        ]

    def __str__(self) -> str:
        return f"{self.recording_id} {self.seq}"


class Part(models.Model):
    """Chunks ``first`` to ``first + count - 1``, which are one object of the vault.

    ``previous`` is the link before them, ``head`` the one that the last of them makes. ``stored``
    is empty until the object was stored, read again and found to hold them.
    """

    recording = models.ForeignKey(
        Recording, on_delete=models.PROTECT, related_name="parts", db_index=False
    )
    first = models.IntegerField()
    count = models.IntegerField()
    previous = models.BinaryField(max_length=32)
    head = models.BinaryField(max_length=32)
    stored = models.OneToOneField(
        "vault.StoredObject", null=True, on_delete=models.PROTECT, related_name="recording_part"
    )
    planned_at = models.DateTimeField()
    stored_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["recording", "first"]
        constraints = [
            models.UniqueConstraint(fields=["recording", "first"], name="part_begins_once"),
            models.UniqueConstraint(
                fields=["recording"], condition=Q(stored=None), name="part_planned_one_by_one"
            ),
            models.CheckConstraint(condition=Q(count__gt=0), name="part_is_not_empty"),
            models.CheckConstraint(
                condition=Q(stored=None, stored_at=None)
                | Q(stored__isnull=False, stored_at__isnull=False),
                name="part_stored_with_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recording_id} {self.first}+{self.count}"


class Why(models.TextChoices):
    """For what a recording is played."""

    QUALITY = "quality"
    COMPLAINT = "complaint"
    DISPUTE = "dispute"
    SUPERVISION = "supervision"
    TRAINING = "training"


class Playback(models.Model):
    """That somebody played a recording, when and why.

    His words lie sealed beside its evidence (``playing.notes_of``); ``note`` holds what an older
    release wrote, until it is sealed.
    """

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="playbacks")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    why = models.CharField(max_length=12, choices=Why.choices)
    note = models.TextField(blank=True, default="", db_default="")

    class Meta:
        ordering = ["-at", "-pk"]

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
