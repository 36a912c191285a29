"""A visit of a book of these days, and what its phone tells of it."""

from __future__ import annotations

import io
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from factories import make_case, make_user

from carrears.access.models import User
from carrears.access.organisations import access_day
from carrears.casework.case_product import product_of
from carrears.casework.models import Case
from carrears.clock import now
from carrears.outreach.models import FieldVisit
from carrears.outreach.visit_steps import Picture
from carrears.outreach.visit_told import ToldStep
from carrears.outreach.visits import VisitOrder, order_visit

ZONE = ZoneInfo("Asia/Shanghai")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(2000)
HERE = {"lat": 31.2304, "lon": 121.4737, "accuracy_m": 12.5}


def day(days: int, hour: int = 10, minute: int = 0) -> datetime:
    """So many days ago by the debtor's clock."""
    on = access_day(now()) - timedelta(days=days)
    return datetime(on.year, on.month, on.day, hour, minute, tzinfo=ZONE)


@pytest.fixture(autouse=True)
def vault(settings: Any, tmp_path: Path) -> None:
    settings.VAULT_DIR = tmp_path / "vault"


@pytest.fixture
def case() -> Case:
    today = access_day(now())
    return make_case(as_of=today, opened_on=today - timedelta(days=60), dpd=60)


@pytest.fixture
def pair() -> tuple[User, User]:
    return (
        make_user(role="collector", username="li"),
        make_user(role="collector", username="wang"),
    )


@pytest.fixture
def visit(case: Case, pair: tuple[User, User]) -> FieldVisit:
    """Ordered for yesterday between ten and twelve, as the phone that comes back has it."""
    made = order_visit(
        VisitOrder(
            key="v-1",
            case=case,
            party=case.party,  # type: ignore[arg-type]
            from_at=day(-1),
            until_at=day(-1, 12),
            visitors=pair,
            by=pair[0],
        ),
        product_of(case),
    )
    assert made.state == "ordered"
    FieldVisit.objects.update(from_at=day(1), until_at=day(1, 12))
    return FieldVisit.objects.get(pk=made.pk)


def told(kind: str, at: datetime, **more: Any) -> ToldStep:
    usual = {"no_position": "denied"} if kind == "check_in" and "position" not in more else {}
    given: dict[str, Any] = {"id": uuid.uuid4(), "kind": kind, "claimed_at": at}
    return ToldStep.model_validate(given | usual | more)


def photo(content: bytes = PNG, media_type: str = "image/png") -> Picture:
    return Picture(io.BytesIO(content), media_type)
