"""Which objects there are, and who may open which."""

from __future__ import annotations

from carrears.access.models import User
from carrears.vault.models import Kind, StoredObject

_RECORDINGS = frozenset({Kind.AUDIO, Kind.SCREEN})
# What another room opens, by its own permissions and reasons.
_OPENED_ELSEWHERE = frozenset({"application/vnd.carrears.recording"})


def objects_of_loan(loan_no: str) -> list[StoredObject]:
    """All that is and was in the vault of a loan, the newest first."""
    found = StoredObject.objects.filter(loan_no=loan_no).select_related("created_by", "party")
    return list(found.order_by("-created_at", "pk"))


def may_open(user: User, stored: StoredObject) -> bool:
    """Whether a user may open objects of this kind; whether he may see the case is asked apart.

    What was recorded on the workbench is played on its own page, and never opened as a file.
    """
    if stored.media_type in _OPENED_ELSEWHERE:
        return False
    needed = "open_recording" if stored.kind in _RECORDINGS else "open_document"
    return user.has_perm(f"vault.{needed}")
