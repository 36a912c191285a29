"""What a strategy's cadences name that there is not is told at save, with its line and field."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from django.test import Client
from factories import MOMENT, make_user

from carrears.outreach.template_book import words_of_house
from carrears.resources import shipped
from carrears.strategy.cadence_faults import find_cadence_faults
from carrears.strategy.drafts import DraftError, open_draft, submit_draft
from carrears.strategy.files import shipped_strategy
from carrears.strategy.models import Draft

pytestmark = pytest.mark.django_db
WAY = {"channel": "email", "template": "predue_reminder"}
GONE = [WAY | {"template": "gone"}]


def carrying(*steps: dict[str, Any], **terms: Any) -> dict[str, Any]:
    own = {"zh": "试", "en": "Trial", "treatments": ["reminder"], "steps": list(steps)} | terms
    return {**shipped_strategy().source, "cadences": {"own": own}}


def told(*steps: dict[str, Any], **terms: Any) -> list[tuple[int | None, str, str]]:
    found = find_cadence_faults(carrying(*steps, **terms), house=words_of_house())
    return [(one.place.row, one.place.column, one.reason) for one in found]


def test_the_shipped_cadences_have_no_fault() -> None:
    raw = yaml.safe_load((shipped("strategies") / "cadences.yaml").read_text(encoding="utf-8"))
    document = {**shipped_strategy().source, **raw}
    assert find_cadence_faults(document, house=words_of_house()) == []


@pytest.mark.parametrize(
    ("step", "terms", "fault"),
    [
        ({"by": [WAY, *GONE]}, {},
         (2, "template", "own T+3 by 2: there is no template 'gone'")),
        ({"by": [WAY | {"channel": "sms"}]}, {},
         (2, "channel", "own T+3 by 1: 'predue_reminder' is a template of email")),
        ({"by": [WAY | {"channel": "fax"}]}, {},
         (2, "channel",
          "own T+3 by 1: Input should be 'sms', 'email', 'letter', 'portal' or 'call'")),
        ({"by": [WAY], "language": "fr-FR"}, {},
         (2, "language", "own T+3 by 1: 'predue_reminder' has no words in 'fr-FR'")),
        ({"language": "fr-FR"}, {}, (2, "language", "own T+3: no template has words in 'fr-FR'")),
        ({"treatments": ["shout"]}, {},
         (2, "treatments", "own T+3: there is no treatment 'shout'")),
        ({}, {"treatments": ["shout"]},
         (None, "treatments", "own: there is no treatment 'shout'")),
    ],
)  # fmt: skip
def test_each_fault_has_its_line_and_field(
    step: dict[str, Any], terms: dict[str, Any], fault: tuple[int | None, str, str]
) -> None:
    assert told({"day": 1}, {"day": 3} | step, **terms) == [fault]


def test_all_of_them_are_told_at_once() -> None:
    assert [row for row, *_ in told({"day": 1, "by": GONE}, {"day": 3, "by": GONE})] == [1, 2]


def test_a_treatment_of_the_table_itself_is_known() -> None:
    text = json.dumps(carrying({"day": 1}, treatments=["house_call"]))
    document = json.loads(text.replace("\"'reminder'\"", "\"'house_call'\""))
    assert find_cadence_faults(document, house=words_of_house()) == []


def test_a_draft_with_a_fault_is_not_submitted() -> None:
    user = make_user(role="strategy_manager")
    draft = open_draft("treatment", title="x", by=user, at=MOMENT)
    Draft.objects.update(document=carrying({"day": 1, "by": GONE}))
    day = MOMENT.date()
    with pytest.raises(DraftError, match=r"rule 1, column 'template': own T\+1 by 1"):
        submit_draft(
            draft.pk, effective_on=day, reason="x", by=user, at=MOMENT, house=words_of_house()
        )
    draft.refresh_from_db()
    assert draft.state == "open"


def test_the_page_says_so_and_saves_nothing(client: Client) -> None:
    user = make_user(role="strategy_manager")
    client.force_login(user)
    draft = open_draft("treatment", title="x", by=user, at=MOMENT)
    text = yaml.safe_dump(carrying({"day": 1, "by": GONE})["cadences"])
    answer = client.post(
        f"/strategy/draft/{draft.pk}/cadences/",
        {"revision": draft.revision, "text": text},
    )
    assert answer.status_code == 422
    assert "第 1 行, template: own T+1 by 1：没有模板" in answer.content.decode()
    draft.refresh_from_db()
    assert "cadences" not in draft.document
