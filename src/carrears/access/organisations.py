"""The tree of organisations: open and close them, and who belongs where on a day."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from carrears.access.models import Kind, Membership, Organisation, User
from carrears.access.organisation_models import PARENTS
from carrears.clock import local_day
from carrears.evidence.services import Record, record_many

KEY = re.compile(r"[A-Za-z0-9_.-]{1,64}")
LENDER = "LENDER"  # the lender's own key, which no agency can have


class AccessError(ValueError):
    """What was asked cannot be done to the house or to somebody's place in it."""


@dataclass(frozen=True, slots=True)
class Tree:
    """All organisations, by number, and how they hang together."""

    by_id: dict[int, Organisation]

    @classmethod
    def load(cls) -> Tree:
        """The tree as it stands; some dozens of rows."""
        return cls({one.pk: one for one in Organisation.objects.order_by("pk")})

    def root(self, pk: int) -> Organisation:
        """The lender or the agency to which an organisation belongs."""
        found = self.by_id[pk]
        while found.parent_id is not None:
            found = self.by_id[found.parent_id]
        return found

    def within(self, roots: Iterable[int]) -> frozenset[int]:
        """These organisations and all below them."""
        found = set(roots)
        wave = set(found)
        while wave:
            wave = {one.pk for one in self.by_id.values() if one.parent_id in wave} - found
            found |= wave
        return frozenset(found)

    def up_to(self, pk: int, kind: str) -> int:
        """The nearest organisation of ``kind`` at or above; the topmost where there is none."""
        found = self.by_id[pk]
        while found.kind != kind and found.parent_id is not None:
            found = self.by_id[found.parent_id]
        return found.pk

    def in_order(self) -> list[tuple[int, Organisation]]:
        """Each with its depth, the lender first, what is below right after what is above."""

        def walk(parent: int | None, depth: int) -> Iterable[tuple[int, Organisation]]:
            here = [one for one in self.by_id.values() if one.parent_id == parent]
            for one in sorted(here, key=lambda one: (one.kind != Kind.LENDER, one.name, one.pk)):
                yield depth, one
                yield from walk(one.pk, depth + 1)

        return list(walk(None, 0))


def access_day(moment: datetime) -> date:
    """The day that counts for memberships and placements: that of the lender's clock."""
    return local_day(moment, settings.TIME_ZONE)


def lender() -> Organisation:
    """The lender itself, the root of its house."""
    found, _ = Organisation.objects.get_or_create(
        kind=Kind.LENDER, defaults={"key": LENDER, "name": settings.LENDER_NAME["zh-CN"]}
    )
    return found


@transaction.atomic
def open_organisation(
    key: str,
    *,
    name: str,
    kind: str,
    parent: Organisation | None,
    by: User | None,
    at: datetime,
) -> Organisation:
    """Put a branch, a team or an agency into the tree.

    Raises:
        AccessError: a key that is none or taken, no name, a second lender, a place where its kind
            cannot stand, or below one that is closed.
    """
    if not KEY.fullmatch(key) or key == LENDER:
        raise AccessError("an organisation is named by letters, digits and _ . -")
    if not name.strip():
        raise AccessError("an organisation needs a name")
    if kind not in Kind.values or kind == Kind.LENDER:
        raise AccessError("there is one lender; what is opened is a branch, a team or an agency")
    if (parent.kind if parent else None) not in (PARENTS.get(kind) or {None}):
        raise AccessError("an organisation of this kind cannot stand there")
    if parent is not None and parent.closed_at is not None:
        raise AccessError("this organisation is closed")
    try:
        with transaction.atomic():
            opened = Organisation.objects.create(
                key=key, name=name.strip()[:80], kind=kind, parent=parent
            )
    except IntegrityError as error:
        raise AccessError("an organisation of this key is there already") from error
    _tell("access.organisation.opened", opened, by=by, at=at)
    return opened


@transaction.atomic
def close_organisation(organisation: Organisation, *, by: User | None, at: datetime) -> None:
    """Close an organisation; it stays for the record and takes nobody in.

    Raises:
        AccessError: the lender, or one in which somebody is or that has others below it.
    """
    found = Organisation.objects.select_for_update().get(pk=organisation.pk)
    if found.closed_at is not None:
        return
    if found.kind == Kind.LENDER:
        raise AccessError("the lender cannot be closed")
    still = Q(until_on=None) | Q(until_on__gte=access_day(at))
    if found.memberships.filter(still).exists():
        raise AccessError("somebody still belongs to this organisation")
    if found.children.filter(closed_at=None).exists():
        raise AccessError("an organisation below it is still open")
    found.closed_at = at
    found.save(update_fields=["closed_at"])
    _tell("access.organisation.closed", found, by=by, at=at)


def memberships_on(day: date) -> QuerySet[Membership]:
    """The memberships in force on a day."""
    return Membership.objects.filter(in_force(day))


def in_force(day: date, at: str = "") -> Q:
    """That a membership is in force on a day; ``at``: the way to it, as ``memberships__``."""
    still = Q((f"{at}until_on__isnull", True)) | Q((f"{at}until_on__gte", day))
    return still & Q((f"{at}from_on__lte", day))


def _tell(kind: str, one: Organisation, *, by: User | None, at: datetime) -> None:
    record_many(
        [
            Record(
                kind=kind,
                subject=f"organisation:{one.key}",
                key=f"{kind}:{one.pk}",
                actor=by.get_username() if by else "",
                occurred_at=at,
                payload={
                    "organisation": one.pk,
                    "key": one.key,
                    "kind": one.kind,
                    "parent": one.parent.key if one.parent else None,
                },
            )
        ]
    )
