"""What people typed beside something that was done, sealed."""

from __future__ import annotations

from django.db import models


class SealedWords(models.Model):
    """Words that an entry of the evidence log commits to, by the entry's key and the word's name.

    Sealed under the key of the ``party`` whom they concern; without one under the house's. None
    where nothing was kept, as of somebody who was erased.
    """

    key = models.CharField(max_length=200)
    name = models.CharField(max_length=16)
    party = models.ForeignKey(
        "parties.Party", null=True, on_delete=models.PROTECT, related_name="words"
    )
    text_sealed = models.BinaryField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "name"], name="sealed_words_once")]

    def __str__(self) -> str:
        return f"{self.name} of {self.key}"
