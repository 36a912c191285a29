"""The tables of the log. All but the queue only grow; triggers refuse anything else.

A writer adds an entry and queues it, in the transaction of what it records. The sequencer
gives queued entries their place, writes the tiles, and signs. docs/evidence.md tells the
whole story.
"""

from __future__ import annotations

from django.db import models


class Entry(models.Model):
    """One record, as ``record.Leaf`` hashes it. ``id`` is the order of writing."""

    key = models.TextField()
    kind = models.TextField()
    subject = models.TextField()
    actor = models.TextField()
    occurred_at = models.DateTimeField()
    payload = models.TextField()  # canonical JSON; text, because jsonb would rewrite it
    leaf_hash = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key"], name="evidence_entry_key_once")]
        indexes = [models.Index(fields=["subject", "id"], name="evidence_entry_subject")]
        permissions = [("make_bundle", "Can hand out the proof bundle of a case")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class QueuedEntry(models.Model):
    """An entry that has no place in the log yet."""

    # Without a foreign key: it would cost as much as the rest of the insert, and neither
    # table lets a row go that the other still needs.
    entry = models.OneToOneField(
        Entry, models.DO_NOTHING, primary_key=True, related_name="queued", db_constraint=False
    )

    def __str__(self) -> str:
        return str(self.entry_id)


class Position(models.Model):
    """The place of an entry in the log, from 0, without gaps."""

    index = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(
        Entry, models.DO_NOTHING, related_name="position", db_constraint=False
    )

    def __str__(self) -> str:
        return str(self.index)


class StoredTile(models.Model):
    """256 hashes of the Merkle tree, fewer at its right edge (``tiles.py``)."""

    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["level", "index"], name="evidence_tile_place")
        ]

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class StoredCheckpoint(models.Model):
    """What the log signed about itself when it had ``size`` entries."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.TextField()
    signed_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.size)


class StoredCosignature(models.Model):
    """A witness's cosignature on a checkpoint; only grows, as the checkpoints do."""

    # Without an index of its own: the unique one begins with it.
    checkpoint = models.ForeignKey(
        StoredCheckpoint,
        models.DO_NOTHING,
        related_name="cosignatures",
        db_index=False,
        db_constraint=False,
    )
    name = models.TextField()  # of the key
    key_id = models.BinaryField()
    line = models.TextField()  # as it stands in the note, with its end
    cosigned_at = models.DateTimeField(null=True)  # by the witness's clock
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["checkpoint", "name", "key_id"], name="evidence_cosignature_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} on {self.checkpoint_id}"


class StoredTimestamp(models.Model):
    """An authority's time-stamp of a checkpoint, RFC 3161; only grows."""

    checkpoint = models.ForeignKey(
        StoredCheckpoint, models.DO_NOTHING, related_name="timestamps", db_constraint=False
    )
    authority = models.TextField()  # its address
    response = models.BinaryField()  # DER
    stamped_at = models.DateTimeField()  # by the authority's clock
    received_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.checkpoint_id} at {self.stamped_at:%Y-%m-%d %H:%M}"


class StoredAnchor(models.Model):
    """That an EVM chain keeps a checkpoint's size and root; only grows. The chain is the proof."""

    checkpoint = models.ForeignKey(
        StoredCheckpoint,
        models.DO_NOTHING,
        related_name="anchors",
        db_index=False,
        db_constraint=False,
    )
    chain_id = models.BigIntegerField()
    contract = models.TextField()  # its address
    owner = models.TextField()  # the account that sent it
    transaction = models.TextField(blank=True)  # empty where it was found on the chain
    block = models.BigIntegerField()
    anchored_at = models.DateTimeField()  # by the chain's clock
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["checkpoint", "chain_id", "contract", "owner"], name="evidence_anchor_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.checkpoint_id} in {self.chain_id}:{self.contract}"


class WitnessState(models.Model):
    """What a witness last did; ``refusal`` says that it holds another history (see policy)."""

    vkey = models.TextField(primary_key=True)
    name = models.TextField()  # in the policy
    url = models.TextField()
    size = models.BigIntegerField(default=0)  # what it last cosigned for us
    cosigned_at = models.DateTimeField(null=True)  # by its clock
    asked_at = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0)  # in a row
    silent_since = models.DateTimeField(null=True)  # the first of the failures
    error = models.TextField(blank=True)
    refusal = models.TextField(blank=True)  # witness_client.Refusal
    refused_at = models.DateTimeField(null=True)  # since when

    def __str__(self) -> str:
        return f"{self.name}: {self.refusal or self.error or self.size}"


class VerificationRun(models.Model):
    """The outcome of one check of the whole log."""

    finished_at = models.DateTimeField()
    ok = models.BooleanField()
    size = models.BigIntegerField()
    root = models.BinaryField()
    first_altered = models.BigIntegerField(null=True)
    reason = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.finished_at:%Y-%m-%d %H:%M} {'sound' if self.ok else 'altered'}"
