"""Recordings as a browser sends them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from factories import MOMENT, make_case, make_user
from recordings.sending import Tape, begin

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.evidence.models import Entry
from carrears.recordings.checking import Checked, check_recording
from carrears.recordings.models import Recording
from carrears.recordings.services import append


@pytest.fixture
def me() -> User:
    return make_user(role="collector")


@pytest.fixture
def case(me: User) -> Case:
    return make_case(assignee=me)


def seconds(number: float) -> Any:
    return MOMENT + timedelta(seconds=number)


def entries(kind: str) -> list[dict[str, Any]]:
    found = Entry.objects.filter(kind=f"recording.{kind}").order_by("pk")
    return [json.loads(entry.payload) for entry in found]


def recorded(tape: Tape, case: Case, me: User, *texts: str) -> Recording:
    begin(tape, case, me)
    for number, text in enumerate(texts):
        append(tape.token, tape.add(text), by=me, at=seconds(number))
    return Recording.objects.get(pk=tape.token)


def checked(tape: Tape) -> Checked:
    return check_recording(Recording.objects.get(pk=tape.token))
