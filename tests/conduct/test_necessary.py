"""The letters that rule a pattern out: never one that fits."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrears.conduct.necessary import necessary_letters
from carrears.conduct.pack import load_pack
from carrears.conduct.word_lists import load_wording

_PACKS = ("cn", "us", "uk", "in")
_SHIPPED = sorted(
    {each.pattern.pattern for name in _PACKS for each in load_wording(load_pack(name)).forbidden}
)
# Pieces of which patterns are made, among them all that a reader of patterns could misread.
_PIECES = st.sampled_from(
    ["a", "b", "判", "刑", ".", "[ab判]", "[^a]", r"\d", r"\b", "(?:a|判刑)", "(?:|b)", "(?=a)",
     "(?!判)", "(a)", "(?<=a)", "a?", "判*", "b+",
     "(?:刑|a){2}", "(?:ab){0,2}", "a{1,3}?", "[a-c]", "$", "^"]
)  # fmt: skip
_PATTERNS = st.lists(st.lists(_PIECES, min_size=1, max_size=4).map("".join), min_size=1, max_size=3)


@given(_PATTERNS.map("|".join), st.text("abc判刑1 \n", max_size=8))
def test_a_text_that_fits_has_one_of_the_letters(pattern: str, text: str) -> None:
    letters = necessary_letters(pattern)
    if re.search(pattern, text):
        assert not letters or letters & set(text)


@given(st.sampled_from(_SHIPPED).flatmap(lambda one: st.tuples(st.just(one), st.from_regex(one))))
def test_what_a_shipped_pattern_fits_has_one_of_its_letters(drawn: tuple[str, str]) -> None:
    pattern, text = drawn
    assert not necessary_letters(pattern) or necessary_letters(pattern) & set(text)


@pytest.mark.parametrize(
    ("pattern", "letters"),
    [
        ("判.{0,3}[刑年]", "判"),
        ("牢底坐穿|吃牢饭", "牢吃坐底穿饭"),
        ("a?b", "b"),
        (r"\d+|x", ""),
        ("(?:a|)", ""),
        ("[^a]", ""),
    ],
)
def test_what_they_are(pattern: str, letters: str) -> None:
    found = necessary_letters(pattern)
    assert found <= set(letters)
    assert bool(found) == bool(letters)


def test_most_shipped_patterns_have_some() -> None:
    with_letters = [one for one in _SHIPPED if necessary_letters(one)]
    assert len(with_letters) > 0.9 * len(_SHIPPED)
