"""Forms filled in well, by whom they are for and by whom they are not, and with one value spoilt.

The probe of all addresses seldom gets past the first refusal of a form. Here the forms that pages
show are filled in and sent, so that what lies behind a form is what answers.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from access.hostile import Draw
from access.probing import Answered, Ask, Probe, make_probe
from access.shown_forms import ShownForm, forms_on
from factories import DAY

pytestmark = pytest.mark.django_db
TURNS = int(os.environ.get("CARREARS_PROBE_TURNS", "2"))
_OF_A_CASE = ("", "contact/", "files/", "consents/new/", "bundle/", "dispute/", "visit/")
# What is taken and leaves no entry of the log: it only shows, or what it wants is refused behind.
_QUIET = {
    "/case/_/left/",
    "/organisations/_/close/",
    "/people/",
    "/people/_/roles/",
    "/search/",
}
_PEOPLE = ("everything", "everything", "agency", "collector", "officer")


@pytest.fixture
def probe(settings: Any, tmp_path: Path) -> Probe:
    return make_probe(settings, tmp_path)


@pytest.fixture
def forms(probe: Probe) -> list[ShownForm]:
    """Those of two cases, of the search, and of who may do what."""
    found: list[ShownForm] = []
    for page in _pages(probe):
        answer = probe.people["everything"].get(page)
        assert answer.status_code == HTTPStatus.OK, page
        found += forms_on(page, answer, known=_known(probe))
    return found


def _pages(probe: Probe) -> Iterator[str]:
    for loan in ("PLACED-1", "OTHERS-9"):
        yield from (f"/case/{loan}/{page}" for page in _OF_A_CASE)
    yield from ("/search/", "/people/", "/people/new/", "/organisations/")
    yield from ("/account/", "/account/tokens/", "/account/password/")
    yield from (f"/people/{probe.keys[0]}/", f"/organisations/{probe.keys[1]}/")


def _known(probe: Probe) -> dict[tuple[str, str], str]:
    """What nobody can guess from a field, or has to fit another."""
    password = {
        "oldpassword": "x" * 12,
        "password1": "a long word 77",
        "password2": "a long word 77",
    }
    known = {("/account/password/", name): value for name, value in password.items()}
    known[f"/people/{probe.keys[0]}/place/", "until_on"] = ""
    tomorrow = DAY + timedelta(days=1)  # of the book
    for loan in ("PLACED-1", "OTHERS-9"):
        known[f"/case/{loan}/visit/", "until_time"] = "11:00"
        known[f"/case/{loan}/visit/", "day"] = tomorrow.isoformat()
    return known


def send(probe: Probe, form: ShownForm, who: str, **changes: str) -> Answered:
    kind, told = form.body(**changes)
    return probe.ask(Ask(who, "POST", form.action, kind, told))


def route(form: ShownForm) -> str:
    return re.sub(r"/(\d+|PLACED-1|OTHERS-9)(?=/)", "/_", form.action)


def test_a_form_that_is_filled_in_is_taken(probe: Probe, forms: list[ShownForm]) -> None:
    answers = {form: send(probe, form, "everything") for form in forms}

    assert probe.faults == []
    refused = {form.action: said for form, said in answers.items() if said.status >= 400}
    assert refused == {}
    assert not any(said.location.startswith("/sign-in") for said in answers.values())
    assert {route(form) for form, said in answers.items() if not said.evidence} == _QUIET
    assert len({route(form) for form in forms}) >= 30


@pytest.mark.parametrize("who", ["agency", "stranger"])
def test_a_wall_stands_behind_the_forms_of_a_case(
    probe: Probe, forms: list[ShownForm], who: str
) -> None:
    """The agency's user has every permission there is, and the case is not the agency's."""
    others = [form for form in forms if form.action.startswith("/case/OTHERS-9/")]
    answers = {form.action: send(probe, form, who) for form in others}

    assert probe.faults == []
    for action, said in answers.items():
        assert said.status in {302, 403, 404}, action
        assert said.status != 302 or said.location.startswith("/sign-in/"), action
        assert {kind for kind in said.evidence if not kind.startswith("access.")} == set(), action


def test_one_value_among_good_ones_breaks_nothing(probe: Probe, forms: list[ShownForm]) -> None:
    taken: Counter[str] = Counter()
    for form in forms:
        for name in form.told:
            for turn in range(TURNS):
                draw = Draw(f"{route(form)} {name}", turn)
                who, value = draw.one(_PEOPLE), probe.value(draw)
                taken[who] += bool(send(probe, form, who, **{name: value}).evidence)
    assert probe.faults == [], "\n".join(probe.faults)
    assert set(probe.tried) == set(_PEOPLE)
    assert all(taken[who] for who in ("everything", "agency"))
