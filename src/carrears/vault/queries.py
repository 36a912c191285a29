"""Which objects there are, and who may see and open which."""

from __future__ import annotations

from django.db.models import QuerySet

from carrears.access.models import Membership, User
from carrears.access.seeing import acts_for, reach_of
from carrears.vault.models import Kind, Origin, StoredObject

_RECORDINGS = frozenset({Kind.AUDIO, Kind.SCREEN})
# What another room opens, by its own permissions and reasons.
OPENED_ELSEWHERE = frozenset({"application/vnd.carrears.recording"})


def objects_of_loan(user: User, loan_no: str) -> QuerySet[StoredObject]:
    """All that is and was in the vault of a loan and ``user`` may see, the newest first."""
    found = StoredObject.objects.filter(loan_no=loan_no).select_related("created_by", "party")
    return seen_by(user, found).order_by("-created_at", "pk")


def seen_by(user: User, found: QuerySet[StoredObject]) -> QuerySet[StoredObject]:
    """What of these he may see; people of an agency see what its own people brought."""
    if not acts_for(user):
        return found
    people = Membership.objects.filter(organisation__in=reach_of(user).agencies)
    return found.filter(origin=Origin.AGENCY, created_by__in=people.values("user"))


def may_open(user: User, stored: StoredObject) -> bool:
    """Whether a user may open objects of this kind; whether he may see it is asked apart.

    What was recorded on the workbench is played on its own page, and never opened as a file.
    """
    if stored.media_type in OPENED_ELSEWHERE:
        return False
    needed = "open_recording" if stored.kind in _RECORDINGS else "open_document"
    return user.has_perm(f"vault.{needed}")
