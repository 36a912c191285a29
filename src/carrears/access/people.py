"""Move people between organisations, and say what they may do. Every change is evidence."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction

from carrears.access.dangers import dangerous_roles, gives_all_cases, refuse_one_alone
from carrears.access.models import Kind, Membership, Organisation, User
from carrears.access.organisations import AccessError, Tree, access_day, memberships_on
from carrears.access.services import roles
from carrears.evidence.services import Record, record_many


@transaction.atomic
def move_home(
    user: User,
    organisation: Organisation,
    *,
    from_on: date,
    until_on: date | None = None,
    by: User | None,
    at: datetime,
    confirmed_by: User | None = None,
) -> Membership:
    """Make an organisation somebody's home from a day on; the home before ends the day before.

    What was planned for later is given up. His other memberships end with it where it is on the
    other side of the wall. Roles that nobody there may have are taken from him when he crosses it.

    Raises:
        AccessError: a closed organisation, a day that is over, an end before the beginning, or
            one who may not move people there.
        NeedsSecondError: it would show him every case, and nobody else confirmed it.
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    tree = Tree.load()
    _refuse(organisation, from_on, until_on, today=access_day(at))
    _refuse_mover(by, [organisation.pk, *_homes(locked, from_on)], tree, at=at)
    if gives_all_cases(locked, organisation):
        refuse_one_alone(by, confirmed_by)
    for old in locked.memberships.filter(is_home=True):
        _end_by(old, from_on - timedelta(days=1), by=by, at=at)
    root = tree.root(organisation.pk)
    for old in locked.memberships.filter(is_home=False):
        if tree.root(old.organisation_id) != root:
            _end_by(old, from_on - timedelta(days=1), by=by, at=at)
    made = _join(locked, organisation, (from_on, until_on), is_home=True, by=by, at=at)
    kept = {name for name in _roles_of(locked) if _is_open_to(name, root.kind)}
    if from_on <= access_day(at) and kept != _roles_of(locked):
        _put_roles(locked, kept, by=by, at=at)
    return made


@transaction.atomic
def join(
    user: User,
    organisation: Organisation,
    *,
    from_on: date,
    until_on: date | None = None,
    by: User | None,
    at: datetime,
    confirmed_by: User | None = None,
) -> Membership:
    """Let somebody belong to a further organisation of his own house.

    Raises:
        AccessError: as ``move_home``, or on the other side of the wall from his home.
        NeedsSecondError: as ``move_home``.
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    tree = Tree.load()
    _refuse(organisation, from_on, until_on, today=access_day(at))
    _refuse_mover(by, [organisation.pk], tree, at=at)
    if gives_all_cases(locked, organisation):
        refuse_one_alone(by, confirmed_by)
    homes = {tree.root(pk).pk for pk in _homes(locked, from_on)}
    if homes != {tree.root(organisation.pk).pk}:
        raise AccessError("this person's home is on the other side of the wall")
    return _join(locked, organisation, (from_on, until_on), is_home=False, by=by, at=at)


@transaction.atomic
def leave(membership: Membership, *, last_on: date, by: User | None, at: datetime) -> None:
    """Let a membership end with a day; yesterday ends it at once.

    Raises:
        AccessError: an earlier day, a later one than it has, or one who may not.
    """
    found = Membership.objects.select_for_update().get(pk=membership.pk)
    _refuse_mover(by, [found.organisation_id], Tree.load(), at=at)
    if last_on < access_day(at) - timedelta(days=1):
        raise AccessError("a membership cannot end before yesterday")
    if found.until_on is not None and last_on >= found.until_on:
        raise AccessError("this membership ends by itself on that day or before")
    _end_by(found, last_on, by=by, at=at)


@transaction.atomic
def set_roles(
    user: User,
    names: Collection[str],
    *,
    by: User | None,
    at: datetime,
    confirmed_by: User | None = None,
) -> None:
    """Say which roles somebody has; those he has besides are taken.

    Raises:
        AccessError: an unknown role, one that nobody on his side of the wall may have, or his own
            roles: nobody gives himself what he may do.
        NeedsSecondError: one of them is dangerous and new to him, and nobody else confirmed it.
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    if by is not None and by.pk == locked.pk:
        raise AccessError("nobody sets his own roles")
    if unknown := set(names) - set(roles()):
        raise AccessError(f"unknown role {min(unknown)!r}")
    tree = Tree.load()
    sides = {tree.root(pk).kind for pk in _homes(locked, access_day(at))}
    for name in names:
        if not all(_is_open_to(name, side) for side in sides):
            raise AccessError("this role is not for people of that side of the wall")
    if dangerous_roles(set(names) - _roles_of(locked)):
        refuse_one_alone(by, confirmed_by)
    if set(names) != _roles_of(locked):
        _put_roles(locked, set(names), by=by, at=at)


def _refuse(
    organisation: Organisation, from_on: date, until_on: date | None, *, today: date
) -> None:
    if organisation.closed_at is not None:
        raise AccessError("this organisation is closed")
    if from_on < today:
        raise AccessError("a membership cannot begin in the past")
    if until_on is not None and until_on < from_on:
        raise AccessError("a membership cannot end before it begins")


def _refuse_mover(
    by: User | None, organisations: Collection[int], tree: Tree, *, at: datetime
) -> None:
    """Who may say what people may do moves everybody; others, within their own organisation."""
    if by is None or by.has_perm("access.assign_role"):
        return
    own = memberships_on(access_day(at)).filter(user=by).values_list("organisation", flat=True)
    if not set(organisations) <= tree.within(own):
        raise AccessError("people are moved within one's own organisation only")


def _homes(user: User, day: date) -> list[int]:
    found = memberships_on(day).filter(user=user, is_home=True)
    return list(found.values_list("organisation", flat=True))


def _is_open_to(role: str, side: str) -> bool:
    """Whether somebody of the lender, or of an agency, may have a role."""
    told = roles().get(role, {}).get("side", Kind.LENDER)
    return told in {"both", side}


def _roles_of(user: User) -> set[str]:
    return set(user.groups.values_list("name", flat=True))


def _join(
    user: User,
    organisation: Organisation,
    days: tuple[date, date | None],
    *,
    is_home: bool,
    by: User | None,
    at: datetime,
) -> Membership:
    made = Membership.objects.create(
        user=user,
        organisation=organisation,
        is_home=is_home,
        from_on=days[0],
        until_on=days[1],
        added_by=by,
    )
    _tell("access.member.joined", made, f"{made.pk}", by=by, at=at)
    return made


def _end_by(old: Membership, last_on: date, *, by: User | None, at: datetime) -> None:
    """Let a membership end on a day at the latest; before its beginning, it never was."""
    if old.until_on is not None and old.until_on <= last_on:
        return
    if last_on < old.from_on:
        _tell("access.member.left", old, f"{old.pk}:never", by=by, at=at, until_on=None)
        old.delete()
        return
    old.until_on, old.ended_by, old.ended_at = last_on, by, at
    old.save(update_fields=["until_on", "ended_by", "ended_at"])
    _tell("access.member.left", old, f"{old.pk}:{last_on}", by=by, at=at)


def _put_roles(user: User, names: set[str], *, by: User | None, at: datetime) -> None:
    before = _roles_of(user)
    user.groups.set(Group.objects.filter(name__in=names))
    _record(
        "access.roles.set",
        user,
        str(uuid.uuid4()),
        {"roles": sorted(names), "before": sorted(before)},
        by=by,
        at=at,
    )


def _tell(
    kind: str, one: Membership, key: str, *, by: User | None, at: datetime, **changes: Any
) -> None:
    payload = {
        "organisation": one.organisation.key,
        "home": one.is_home,
        "from_on": one.from_on.isoformat(),
        "until_on": one.until_on.isoformat() if one.until_on else None,
    }
    _record(kind, one.user, key, payload | changes, by=by, at=at)


def _record(
    kind: str, user: User, key: str, payload: Mapping[str, Any], *, by: User | None, at: datetime
) -> None:
    record_many(
        [
            Record(
                kind=kind,
                subject=f"user:{user.get_username()}",
                key=f"{kind}:{key}",
                actor=by.get_username() if by else "",
                occurred_at=at,
                payload=payload,
            )
        ]
    )
