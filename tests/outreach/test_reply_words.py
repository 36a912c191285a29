"""How replies are read: what promises, disputes or tells of hardship, and what is none of it."""

from __future__ import annotations

import re
from datetime import date

import pytest

from carrears.outreach.reply_words import KNOWN, Pattern, fold, meanings_of, wording_on

TODAY = date(2026, 11, 29)
WORDS = wording_on(TODAY)
PATTERNS = [one for meaning in KNOWN for one in WORDS.meanings[meaning]]


@pytest.mark.parametrize("one", PATTERNS, ids=lambda one: one.why[:30])
def test_a_pattern_finds_its_own_examples_and_passes_by_what_only_looks_like_them(
    one: Pattern,
) -> None:
    found = [said for said in (*one.like, *one.unlike) if re.search(one.pattern, fold(said, WORDS))]
    assert found == list(one.like)


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("明天还", ("promise",)),
        ("明 天 還", ("promise",)),
        ("失业了，下个月还", ("hardship", "promise")),
        ("金额不对，而且我失业了", ("dispute", "hardship")),
        ("I'll pay on Friday", ("promise",)),
        ("I’ll pay on Friday", ("promise",)),
        ("明天还不了", ("hardship",)),
        ("I will not pay", ("other",)),
        ("不还", ("other",)),
        ("这个车质量有问题，我不认", ("other",)),  # no word of the list: still to be read
        ("请问怎么还款", ("other",)),
    ],
)
def test_the_most_urgent_is_told_first_and_what_is_not_known_is_to_be_read(
    said: str, means: tuple[str, ...]
) -> None:
    assert meanings_of(said, on=TODAY) == means


@pytest.mark.parametrize(
    "said", ["好的", "收到，谢谢！", "OK thanks", "嗯嗯", "👍", "退订", "STOP", "TD"]
)
def test_polite_words_alone_and_stop_words_wait_for_nobody(said: str) -> None:
    assert meanings_of(said, on=TODAY) == ()
