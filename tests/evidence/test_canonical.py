"""One byte form for each value."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.evidence.canonical import (
    LARGEST_INT,
    NotCanonicalError,
    canonical_bytes,
    canonical_moment,
    canonical_text,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST_INT, LARGEST_INT) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


class Colour(StrEnum):
    RED = "red"


@settings(deadline=None)
@given(VALUES)
def test_reading_gives_the_value_back_and_writing_it_the_same_bytes(value: Any) -> None:
    written = canonical_bytes(value)

    assert json.loads(written) == value
    assert canonical_bytes(json.loads(written)) == written


@settings(deadline=None)
@given(VALUES)
def test_it_is_what_the_standard_library_writes_in_that_order(value: Any) -> None:
    def ordered(one: Any) -> Any:
        if isinstance(one, dict):
            return {
                key: ordered(one[key]) for key in sorted(one, key=lambda k: k.encode("utf-16-be"))
            }
        return [ordered(each) for each in one] if isinstance(one, list) else one

    written = json.dumps(ordered(value), ensure_ascii=False, separators=(",", ":"))
    assert canonical_text(value) == written


@settings(deadline=None)
@given(st.dictionaries(st.text(), st.integers(0, 9), min_size=2), st.randoms())
def test_the_order_of_keys_does_not_matter(value: dict[str, int], random: Any) -> None:
    items = list(value.items())
    random.shuffle(items)

    assert canonical_bytes(dict(items)) == canonical_bytes(value)


def test_keys_sort_by_utf16_code_units() -> None:
    # RFC 8785, 3.2.3: the published example, expected order of the values.
    value = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }

    assert list(json.loads(canonical_text(value)).values()) == [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]


def test_text_is_escaped_as_little_as_possible() -> None:
    # RFC 8785, 3.2.2.2, and the string of its 3.2.4 example.
    value = "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/\x7f"

    assert canonical_text(value) == '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/\x7f"'


def test_choices_count_as_their_value() -> None:
    assert canonical_text([Colour.RED, True, 1, None, (2,)]) == '["red",true,1,null,[2]]'


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        Decimal("1.5"),
        date(2026, 1, 1),
        datetime(2026, 1, 1, tzinfo=UTC),
        b"bytes",
        {1: "key"},
        {"set"},
        LARGEST_INT + 1,
        "\ud800",
        {"\ud800": 1},
        object(),
    ],
)
def test_what_has_no_one_form_is_refused_with_its_place(value: Any) -> None:
    with pytest.raises(NotCanonicalError, match=r"^\$\.a\[1\]"):
        canonical_text({"a": [0, value]})


def test_moments_are_utc_with_microseconds() -> None:
    shanghai = timezone(timedelta(hours=8))

    moment = canonical_moment(datetime(2026, 11, 24, 10, 10, tzinfo=shanghai))

    assert moment == "2026-11-24T02:10:00.000000Z"
    with pytest.raises(NotCanonicalError, match="no time zone"):
        canonical_moment(datetime(2026, 11, 24, 10, 10))  # noqa: DTZ001  the point


@given(
    st.dictionaries(
        st.text(st.characters(max_codepoint=127), max_size=4),
        st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=6),
    )
)
def test_a_flat_object_written_at_sight_is_what_a_closer_look_gives(value: dict[str, Any]) -> None:
    def outcome(one: Any) -> str:
        try:
            return canonical_text(one)
        except NotCanonicalError as error:
            return f"{error.why} {error.place}"

    looked_at_closer = outcome([value])  # a list is not written at sight
    assert f"[{outcome(value)}]" == looked_at_closer or outcome(value) == looked_at_closer.replace(
        "[0]", "", 1
    )
