"""The account by which a person reads his inbox in the lender's app or on its portal.

A person has one at a time, as one of his contact points; who signs somebody in there is the app's
business, which tells us of whom the account is.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from carrears.access.models import User
from carrears.evidence.services import record
from carrears.parties.blind import Kind, blind_index, blind_indexes
from carrears.parties.models import ContactPoint, Party
from carrears.parties.services import keyring
from carrears.parties.vault import open_subject_key

# He signed up for it himself.
SOURCE = "debtor"
_KIND = Kind.PORTAL.value


class AccountError(ValueError):
    """An account that cannot be this person's; the message says why."""


@transaction.atomic
def open_account(party: Party, account: str, *, by: User | None, at: datetime) -> bool:
    """Let ``account`` be where this person reads his inbox, in place of any before.

    Returns False where it was already.

    Raises:
        AccountError: it says nothing, is another person's, or the person was erased.
    """
    held = Party.objects.select_for_update(no_key=True).get(pk=party.pk)
    if held.wrapped_key is None:
        raise AccountError("this person was erased")
    ring = keyring()
    index = blind_index(ring, Kind.PORTAL, account)
    if index is None:
        raise AccountError("the account says nothing")
    known = blind_indexes(ring, Kind.PORTAL, account)
    points = ContactPoint.objects.filter(kind=_KIND)
    if points.filter(value_index__in=known, valid=True).exclude(party=held).exists():
        raise AccountError("this account is another person's")
    mine = points.filter(party=held)
    mine.exclude(value_index__in=known).update(valid=False)
    point = mine.filter(value_index__in=known).first()
    if point is not None and point.valid:
        return False
    if point is None:
        key = open_subject_key(ring, str(held.token), held.wrapped_key)
        sealed = key.seal(_KIND, account.strip())
        point = ContactPoint(party=held, kind=_KIND, value_sealed=sealed, value_index=index)
    point.valid, point.source, point.unusable, point.unusable_at = True, SOURCE, "", None
    point.save()
    _tell("portal.account_opened", point, by=by, at=at)
    return True


@transaction.atomic
def close_account(party: Party, *, by: User | None, at: datetime) -> bool:
    """Send this person nothing to his inbox any more; False where he had none."""
    found = ContactPoint.objects.select_for_update().filter(party=party, kind=_KIND, valid=True)
    points = list(found)
    for point in points:
        point.valid = False
        point.save(update_fields=["valid"])
        _tell("portal.account_closed", point, by=by, at=at)
    return bool(points)


def account_of(party: Party) -> ContactPoint | None:
    """The account in use, if there is one."""
    return ContactPoint.objects.filter(party=party, kind=_KIND, valid=True).first()


def _tell(kind: str, point: ContactPoint, *, by: User | None, at: datetime) -> None:
    record(
        kind,
        subject=str(point.party_id),
        payload={"party": str(point.party_id), "contact_point": point.pk},
        actor=by.get_username() if by else "",
        key=f"{kind}:{point.pk}:{at.isoformat()}",
        occurred_at=at,
    )
