"""Rows of cases that Python writes: whatever is in a cell is its words, and never markup."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from carrears.money import Money
from carrears.workbench.templatetags.case_rows import case_rows
from carrears.workbench.view_models.common import Sensitive
from carrears.workbench.view_models.queue import QueueRow

_ROW = QueueRow(
    loan_no="L-1", name=Sensitive("王某"), state="open", bucket=1, dpd=15,
    arrears=Money(110_000, "CNY"), balance=Money(700_000, "CNY"), priority=7, band="A",
    treatment="Remind",
)  # fmt: skip
_WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)


class _Read(HTMLParser):
    """The tags of some HTML, what stands in each cell, and where links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.cells: list[str] = []
        self.links: list[str] = []
        self.labels: list[str | None] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        told = dict(attrs)
        if tag == "td":
            self.cells.append("")
            self.labels.append(told.get("data-label"))
        if tag == "a":
            self.links.append(told["href"] or "")

    def handle_data(self, data: str) -> None:
        if self.cells:
            self.cells[-1] += data


def read(*rows: QueueRow) -> _Read:
    return _Read(case_rows(rows))


@given(st.tuples(*[_WORDS] * 6))
def test_words_stay_words(told: tuple[str, ...]) -> None:
    loan_no, name, treatment, step, assignee, why = told
    row = replace(
        _ROW,
        loan_no=loan_no,
        name=Sensitive(name),
        treatment=treatment,
        step=step,
        assignee=assignee,
        why=(why, "second"),
        found_by=(why,),
    )

    found, plain = read(row), read(replace(_ROW, step="s", why=("a",), found_by=("b",)))

    assert found.tags == plain.tags
    assert found.cells[0] == f"{name} {loan_no}{why}"
    assert found.cells[5] == f"{treatment} {step}{why} · second"
    assert found.cells[8] == assignee
    assert found.links == [reverse("workbench:case", args=[loan_no])]


@pytest.mark.parametrize(
    ("changed", "cell", "said"),
    [
        ({"dpd": 1234}, 2, "1,234"),
        ({}, 3, "¥1,100.00"),
        ({}, 5, "Remind"),
        ({"treatment": ""}, 5, "–"),
        ({"treatment": "", "flags": ("hold",)}, 5, " 停催"),
        ({"plan": "today"}, 5, "Remind 今日计划"),
        ({}, 6, "–"),
        ({"promise_on": date(2026, 7, 5)}, 6, "承诺 2026-07-05 前还款"),
        ({"next_channel": "sms", "next_at": datetime(2026, 7, 1, 2, tzinfo=UTC)}, 6,
         "短信2026-07-01 10:00"),
        ({"last_contact_at": datetime(2020, 7, 1, tzinfo=UTC)}, 7, "2020-07-01"),
        ({}, 7, "–"),
        ({}, 8, "–"),
        ({}, 9, "7"),
    ],
)  # fmt: skip
def test_what_stands_in_a_cell(changed: dict[str, Any], cell: int, said: str) -> None:
    assert read(replace(_ROW, **changed)).cells[cell] == said


def test_a_closed_case_says_so_instead_of_its_bucket() -> None:
    assert read(_ROW).cells[1] == "M1"
    assert read(replace(_ROW, state="closed")).cells[1] != "M1"


def test_who_may_not_know_a_priority_gets_no_cell_of_it() -> None:
    found = read(_ROW, replace(_ROW, priority=None))
    assert len(found.cells) == 10 + 9


def test_cells_are_named_in_the_readers_language() -> None:
    def named() -> list[str]:
        return [one for one in read(_ROW).labels if one]

    assert named() == ["天数", "下一动作", "最近联系", "优先级"]
    with translation.override("en"):
        assert named() == ["Days", "Next action", "Last contact", "Priority"]
