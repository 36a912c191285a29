"""People whose data key does not open, set aside by what goes over everybody."""

from __future__ import annotations

from django.db import models


class DamagedKey(models.Model):
    """A person whose data key did not open when it was last tried.

    Altered, of somebody else, or wrapped by a master key that is not on the ring. What he has is
    left as it is until the key opens again or he is erased.
    """

    party = models.OneToOneField(
        "parties.Party", primary_key=True, on_delete=models.PROTECT, related_name="damaged_key"
    )
    found_at = models.DateTimeField()
    tried_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.party_id)
