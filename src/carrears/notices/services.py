"""Tell people of what asks for them; in the transaction of what happened."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q

from carrears.access.models import User
from carrears.database.wall import as_house
from carrears.notices.models import Notice, NoticeKind, Preference

_KEPT = timedelta(days=90)
_BACKEND = "django.contrib.auth.backends.ModelBackend"  # roles are groups, which it knows


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Whom to tell of what; see ``Notice`` for the fields."""

    user: int
    kind: NoticeKind
    key: str
    loan_no: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    many: int = 1


# A matter is told once: again where there is more of what is counted, or somebody who has looked
# is asked to decide anew.
_NOTIFY = """
insert into notices_notice as n (user_id, kind, key, loan_no, by_id, data, many, at)
select t."user", t.kind, t.key, t.loan_no, %(by)s, t.data, t.many, %(at)s
from json_to_recordset(%(told)s) as t ("user" integer, kind text, key text, loan_no text,
  data jsonb, many integer)
join access_user u on u.id = t."user" and u.is_active and u.id is distinct from %(by)s
order by t."user", t.key
on conflict (user_id, key) do update set many = excluded.many, at = excluded.at,
  data = excluded.data, read_at = null
where excluded.many > n.many or n.kind = 'approval' and n.read_at is not null
"""


@as_house()
def notify(told: Iterable[Told], *, at: datetime, by: User | None = None) -> int:
    """Tell people, but nobody of what he did himself; how many are told anew.

    The same key is told to the same person once, however often this runs.
    """
    rows = [
        {
            "user": one.user,
            "kind": one.kind.value,
            "key": one.key,
            "loan_no": one.loan_no,
            "data": one.data,
            "many": one.many,
        }
        for one in told
    ]
    if not rows:
        return 0
    values: dict[str, Any] = {"told": json.dumps(rows), "at": at, "by": by.pk if by else None}
    with connection.cursor() as cursor:
        cursor.execute(_NOTIFY, values)
        return int(cursor.rowcount)


def ask_second(
    permission: str,
    *,
    key: str,
    data: dict[str, Any],
    at: datetime,
    by: User | None,
    apart_from: Iterable[int] = (),
) -> int:
    """Tell everybody who may decide as a second person that something waits for him."""
    left_out = set(apart_from)
    return notify(
        [
            Told(user=one.pk, kind=NoticeKind.APPROVAL, key=key, data=data)
            for one in holders(permission)
            if one.pk not in left_out
        ],
        at=at,
        by=by,
    )


def holders(permission: str) -> list[User]:
    """The active people who may do something, by their roles."""
    found = User.objects.with_perm(permission, backend=_BACKEND)
    return list(found.order_by("pk"))


@as_house()
def settle(key: str, *, at: datetime) -> None:
    """The matter is done with: whoever was told of it and has not looked need not any more."""
    Notice.objects.filter(key=key, read_at=None).update(read_at=at)


@as_house()
def settle_kind(kind: NoticeKind, *, at: datetime) -> None:
    """Nothing of this kind is left to be done: nobody need look at it any more."""
    Notice.objects.filter(kind=kind, read_at=None).update(read_at=at)


@as_house()
def counted_of(kind: NoticeKind, *, key: str) -> list[Notice]:
    """The notices of a kind that wait to be looked at, and those of ``key``, with their users."""
    found = Notice.objects.filter(Q(read_at=None) | Q(key=key), kind=kind, many__gt=0)
    return list(found.select_related("user").order_by("pk"))


@as_house()
def count_down(notice: Notice, many: int, *, at: datetime) -> None:
    """Less is left of what was counted, or nothing: then nobody need look at it any more.

    Of one that was read as well, so that more than are left now are told anew.
    """
    mine = Notice.objects.filter(pk=notice.pk, many__gt=many)
    mine.update(many=many)
    if many == 0:
        Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=at)


def muted_of(user: User) -> frozenset[str]:
    """The kinds of which he wants no message in WeCom."""
    found = Preference.objects.filter(user=user).values_list("muted", flat=True).first()
    return frozenset(found or ())


def mute(user: User, kinds: Iterable[str]) -> None:
    """He wants no message in WeCom of these, and of all others again."""
    muted = sorted(set(kinds) & set(NoticeKind.values))
    Preference.objects.update_or_create(user=user, defaults={"muted": muted})


def mark_read(user: User, *, at: datetime, pk: int | None = None) -> int:
    """He has read one of his notices, or all; how many."""
    mine = Notice.objects.filter(user=user, read_at=None)
    return (mine if pk is None else mine.filter(pk=pk)).update(read_at=at)


def sweep(*, at: datetime) -> None:
    """Delete what is older than ninety days, read or not."""
    Notice.objects.filter(at__lt=at - _KEPT).delete()
