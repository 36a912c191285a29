"""A night's run leaves the processors to events and screens."""

from __future__ import annotations

import os

import pytest
from django.db import connection

from carrears.database.priority import give_way

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("was", "then"), [(0, 15), (19, 19)])
def test_the_process_and_its_server_process_give_way(
    monkeypatch: pytest.MonkeyPatch, was: int, then: int
) -> None:
    lowered: dict[int, int] = {}
    monkeypatch.setattr(os, "getpriority", lambda _which, _pid: was)
    monkeypatch.setattr(os, "setpriority", lambda _which, pid, to: lowered.update({pid: to}))
    monkeypatch.setitem(connection.settings_dict, "ENGINE", "carrears.database")
    give_way()
    assert lowered == {0: then, connection.connection.info.backend_pid: then}


def test_a_server_elsewhere_is_not_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    lowered: list[int] = []
    monkeypatch.setattr(os, "setpriority", lambda _which, pid, _to: lowered.append(pid))
    monkeypatch.setitem(connection.settings_dict, "ENGINE", "django.db.backends.postgresql")
    give_way()
    assert lowered == [0]


def test_what_may_not_be_done_is_left_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", refuse)
    give_way()
