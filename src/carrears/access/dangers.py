"""What may be given by two people only: as data, in dangers.yaml."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from carrears.access.models import Kind, Organisation, User
from carrears.access.organisations import AccessError
from carrears.access.services import roles
from carrears.yamls import load_yaml

_FILE = Path(__file__).with_name("dangers.yaml")


class NeedsSecondError(AccessError):
    """This is dangerous: a second person has to confirm it."""

    def __init__(self) -> None:
        super().__init__("a second person has to confirm this")


@dataclass(frozen=True, slots=True)
class Dangers:
    """Permissions and scopes that are given by two people; and those that show all cases."""

    permissions: frozenset[str]
    scopes: frozenset[str]
    all_cases: frozenset[str]


@cache
def dangers() -> Dangers:
    """What dangers.yaml says."""
    found = load_yaml(_FILE.read_text(encoding="utf-8"))
    return Dangers(**{name: frozenset(listed) for name, listed in found.items()})


def dangerous_roles(names: Collection[str]) -> frozenset[str]:
    """Those of these roles that carry something dangerous."""
    known = roles()
    return frozenset(
        name for name in names if not dangers().permissions.isdisjoint(known[name]["permissions"])
    )


def is_dangerous(user: User) -> bool:
    """Whether somebody may do something dangerous, by a role or by himself; if he is active."""
    return user.is_superuser or not dangers().permissions.isdisjoint(_permissions_of(user))


def gives_all_cases(user: User, organisation: Organisation) -> bool:
    """Whether belonging there shows every case to somebody who sees those of others."""
    if organisation.kind != Kind.LENDER:
        return False
    return not dangers().all_cases.isdisjoint(_permissions_of(user))


def is_wide(scopes: Collection[str]) -> bool:
    """Whether a token of these scopes could do nearly everything."""
    return not dangers().scopes.isdisjoint(scopes)


def refuse_one_alone(by: User | None, confirmed_by: User | None) -> None:
    """Let a dangerous change be made by two people, or by the house itself.

    Raises:
        NeedsSecondError: nobody else confirmed it.
    """
    if by is not None and (confirmed_by is None or confirmed_by.pk == by.pk):
        raise NeedsSecondError


def _permissions_of(user: User) -> frozenset[str]:
    """Also of somebody who is deactivated, whom Django grants none."""
    own = user.user_permissions.values_list("content_type__app_label", "codename")
    by_role = user.groups.values_list(
        "permissions__content_type__app_label", "permissions__codename"
    )
    return frozenset(f"{app}.{code}" for app, code in (*own, *by_role))
