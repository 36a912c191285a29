"""People of the house: who they are, where they belong, what they may do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet
from django.http import Http404, QueryDict

from carrears.access.dangers import is_dangerous
from carrears.access.models import ApiToken, Membership, User
from carrears.access.organisations import Tree, access_day, memberships_on
from carrears.access.services import roles
from carrears.clock import now
from carrears.signin.models import Invitation, StaffSession
from carrears.signin.sessions import sessions_of
from carrears.workbench.labels import label_of
from carrears.workbench.queries.choices import options_of
from carrears.workbench.queries.language import chosen
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.queries.proposals import proposals_of, proposals_waiting
from carrears.workbench.view_models.access import SessionRow
from carrears.workbench.view_models.people import (
    MembershipRow,
    PeoplePage,
    PersonPage,
    PersonRow,
)

_STATES = ("active", "invited", "locked", "inactive")
# Who has one of these sees everybody; others, the people of their own organisation.
_SEES_ALL = ("access.assign_role", "casework.view_every_team")


def people_seen_by(reader: User) -> QuerySet[User]:
    """The accounts that somebody may look at: all, or those of his part of the house."""
    found = User.objects.order_by("-is_active", "username")
    if any(reader.has_perm(one) for one in _SEES_ALL):
        return found
    today = memberships_on(access_day(now()))
    own = today.filter(user=reader).values_list("organisation", flat=True)
    below = Tree.load().within(own)
    return found.filter(pk__in=today.filter(organisation__in=below).values("user"))


def person_of(reader: User, pk: int) -> User:
    """One of those that somebody may look at.

    Raises:
        Http404: there is none.
    """
    found = people_seen_by(reader).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def people_page(reader: User, params: QueryDict) -> PeoplePage:
    """The people who fit the filters, those first who are active."""
    text = params.get("q", "").strip().replace("\0", "")[:80]
    role, place, state = (params.get(name, "") for name in ("role", "organisation", "state"))
    found = people_seen_by(reader)
    if text:
        found = found.filter(Q(username__icontains=text) | Q(display_name__icontains=text))
    if role in roles():
        found = found.filter(groups__name=role)
    tree = Tree.load()
    by_key = {one.key: one.pk for one in tree.by_id.values()}
    if place in by_key:
        here = memberships_on(access_day(now())).filter(
            organisation__in=tree.within([by_key[place]])
        )
        found = found.filter(pk__in=here.values("user"))
    found = _in_state(found, state)
    pager = make_pager(params, total=found.count())
    names = {code: str(label_of(code, "account_state").text) for code in _STATES}
    places = [(one.key, "　" * depth + one.name) for depth, one in tree.in_order()]
    return PeoplePage(
        rows=person_rows(found[rows_of(pager)]),
        pager=pager,
        text=text,
        roles=options_of(list(role_titles().items()), role),
        organisations=options_of(places, place),
        states=options_of(list(names.items()), state),
        active=bool(text or role in roles() or place in by_key or state in names),
        waiting=proposals_waiting(reader),
    )


def person_page(reader: User, user: User) -> PersonPage:
    """One account with all that is known of how it is used."""
    today = access_day(now())
    others = reader.pk != user.pk
    may_move = others and reader.has_perm("access.change_membership")
    links = Invitation.objects.filter(user=user, used_at=None, withdrawn_at=None)
    link = links.first()
    moved = Membership.objects.filter(user=user).select_related("organisation", "added_by")
    return PersonPage(
        row=person_rows([user])[0],
        email=user.email,
        since=user.date_joined,
        link_until=link.expires_at if link else None,
        memberships=tuple(
            MembershipRow(
                pk=one.pk,
                organisation=one.organisation.name,
                kind=one.organisation.kind,
                is_home=one.is_home,
                from_on=one.from_on,
                until_on=one.until_on,
                added_by=str(one.added_by or ""),
                may_end=may_move and (one.until_on is None or one.until_on >= today),
            )
            for one in moved.order_by("-from_on", "-pk")
        ),
        sessions=tuple(
            SessionRow(
                pk=one.pk,
                agent=one.agent,
                network=one.network,
                since=one.since,
                seen_at=one.seen_at,
                is_this=False,
            )
            for one in sessions_of(user)
        ),
        tokens=ApiToken.objects.filter(user=user, revoked_at=None).count(),
        proposals=proposals_of(reader, user),
        earliest_end=today - timedelta(days=1),
        may_move=may_move,
        may_set_roles=others and reader.has_perm("access.assign_role"),
        may_change=others and reader.has_perm("access.change_user"),
        is_dangerous=is_dangerous(user),
    )


def person_rows(found: Iterable[User]) -> tuple[PersonRow, ...]:
    """Rows of these accounts; a handful of statements for all of them."""
    people = list(found)
    keys = [one.pk for one in people]
    titles, held, places = role_titles(), _roles_of(keys), _places_of(keys)
    factors = set(
        Authenticator.objects.filter(user__in=keys)
        .exclude(type=Authenticator.Type.RECOVERY_CODES)
        .values_list("user", flat=True)
    )
    live = Session.objects.filter(expire_date__gt=now()).values("session_key")
    sessions = Counter(
        StaffSession.objects.filter(user__in=keys, session_key__in=live).values_list(
            "user", flat=True
        )
    )
    states = _states_of(people)
    return tuple(
        PersonRow(
            pk=one.pk,
            name=str(one),
            username=one.get_username(),
            state=states[one.pk],
            roles=tuple(titles.get(name, name) for name in held.get(one.pk, ())),
            places=tuple(places.get(one.pk, ())),
            last_login=one.last_login,
            has_factor=one.pk in factors,
            sessions=sessions[one.pk],
        )
        for one in people
    )


def role_titles() -> dict[str, str]:
    """The roles by name, in the reader's language."""
    return {name: chosen(one["title"]["zh"], one["title"]["en"]) for name, one in roles().items()}


def locked_names() -> Any:
    """Attempts by which a name is locked out from some address now."""
    since = now() - settings.AXES_COOLOFF_TIME
    return AccessAttempt.objects.filter(
        attempt_time__gte=since, failures_since_start__gte=settings.AXES_FAILURE_LIMIT
    )


def _in_state(found: QuerySet[User], state: str) -> QuerySet[User]:
    open_links = Invitation.objects.filter(used_at=None, withdrawn_at=None).values("user")
    locked = locked_names().values("username")
    if state == "inactive":
        return found.filter(is_active=False)
    if state == "invited":
        return found.filter(is_active=True, pk__in=open_links)
    if state == "locked":
        return found.filter(is_active=True, username__in=locked)
    if state == "active":
        return found.filter(is_active=True).exclude(pk__in=open_links)
    return found


def _states_of(people: Sequence[User]) -> dict[int, str]:
    locked = set(locked_names().values_list("username", flat=True))
    links = Invitation.objects.filter(user__in=people, used_at=None, withdrawn_at=None)
    until = dict(links.values_list("user", "expires_at"))
    moment = now()

    def state_of(one: User) -> str:
        if not one.is_active:
            return "inactive"
        if one.get_username() in locked:
            return "locked"
        if one.pk in until:
            return "invited" if until[one.pk] > moment else "expired"
        return "active"

    return {one.pk: state_of(one) for one in people}


def _roles_of(keys: Sequence[int]) -> Mapping[int, list[str]]:
    found: dict[int, list[str]] = {}
    pairs = User.groups.through.objects.filter(user__in=keys).order_by("group__name")
    for user, name in pairs.values_list("user", "group__name"):
        found.setdefault(user, []).append(name)
    return found


def _places_of(keys: Sequence[int]) -> Mapping[int, list[str]]:
    found: dict[int, list[str]] = {}
    held = memberships_on(access_day(now())).filter(user__in=keys).order_by("-is_home", "pk")
    for user, name in held.values_list("user", "organisation__name"):
        found.setdefault(user, []).append(name)
    return found
