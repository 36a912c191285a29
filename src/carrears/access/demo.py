"""The demo's own people, teams and agency. They exist only where somebody asked for them."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import Group
from django.db import transaction

from carrears.access.models import Kind, Organisation, User
from carrears.access.organisations import access_day, lender, open_organisation
from carrears.access.people import move_home

DEMO_PASSWORD = "carrears-demo"  # noqa: S105  published in the README on purpose
DEMO_USERS = {
    "collector": ("collector", "李催收"),
    "collector2": ("collector", "王催收"),
    "lead": ("team_lead", "组长"),
    "strategy": ("strategy_manager", "策略经理"),
    "compliance": ("compliance_officer", "合规官"),
    "operator": ("operator", "运维"),
    "auditor": ("auditor", "审计"),
    "admin": ("administrator", "系统管理员"),
    "agency": ("agency_user", "委外甲"),
    "agency2": ("agency_user", "委外乙"),
}
DEMO_AGENCY = "HENGXIN"
# Key, name, kind, and below which: the lead sees two teams of a branch, the agency has its own.
_HOUSE = (
    ("EAST", "华东分公司", Kind.BRANCH, "LENDER"),
    ("EAST-1", "电催一组", Kind.TEAM, "EAST"),
    ("EAST-2", "电催二组", Kind.TEAM, "EAST"),
    (DEMO_AGENCY, "恒信委外机构", Kind.AGENCY, ""),
    ("HENGXIN-1", "恒信一组", Kind.TEAM, DEMO_AGENCY),
)
_PLACES = {
    "collector": "EAST-1",
    "collector2": "EAST-2",
    "lead": "EAST",
    "agency": "HENGXIN-1",
    "agency2": DEMO_AGENCY,
}


@transaction.atomic
def ensure_demo_users(*, at: datetime) -> list[User]:
    """The demo's users, at least one a role of its staff, each in his place of the house."""
    house = _ensure_house(at)
    users = []
    for username, (role, display_name) in DEMO_USERS.items():
        user, created = User.objects.get_or_create(
            username=username, defaults={"display_name": display_name}
        )
        if created:
            user.set_password(DEMO_PASSWORD)
            user.save()
        user.groups.add(Group.objects.get(name=role))
        if not user.memberships.exists():
            place = house[_PLACES.get(username, "LENDER")]
            move_home(user, place, from_on=access_day(at), by=None, at=at)
        users.append(user)
    return users


def _ensure_house(at: datetime) -> dict[str, Organisation]:
    house = {"LENDER": lender()}
    for key, name, kind, above in _HOUSE:
        known = Organisation.objects.filter(key=key).first()
        house[key] = known or open_organisation(
            key, name=name, kind=kind, parent=house.get(above), by=None, at=at
        )
    return house
