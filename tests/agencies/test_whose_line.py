"""Lines that were there before it was told whose they are: filled as they are written today."""

from __future__ import annotations

from importlib import import_module

import pytest
from access.outsiders import go_abroad
from django.db import connection
from factories import make_user

from carrears.access.organisations import access_day
from carrears.casework.models import CaseEvent, Placement
from carrears.casework.placements import place_debtors
from carrears.clock import now
from carrears.conduct.notes import keep_note

pytestmark = pytest.mark.django_db


def fill() -> None:
    migration = import_module("carrears.agencies.migrations.0010_after_whose_line").Migration
    with connection.cursor() as cursor:
        for step in migration.operations:
            cursor.execute(step.sql)


def whose() -> dict[str, str]:
    return dict(CaseEvent.objects.values_list("key", "agency"))


def test_lines_are_filled_as_they_are_written_today() -> None:
    abroad = go_abroad()
    Placement.objects.all().delete()
    house, on = make_user(role="team_lead"), access_day(now())
    place_debtors(
        [abroad.placed.obligor_no],
        agency=abroad.agency,
        from_on=on,
        until_on=None,
        by=house,
        at=now(),
    )
    for case, user in ((abroad.placed, abroad.user), (abroad.placed, house), (abroad.other, house)):
        keep_note(case, text="x", by=user, at=now())
    written = whose()
    assert sorted(written.values()) == ["", "", "HENGXIN", "HENGXIN"]

    CaseEvent.objects.update(agency="")
    fill()
    assert whose() == written
    fill()
    assert whose() == written
