"""Figures, days and badges as readers of each language expect them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone, translation

from carrears.money import Money
from carrears.workbench.templatetags import workbench as tags
from carrears.workbench.view_models.chart import AxisChart, Link, Node, SankeyChart, Series

EVENING = datetime(2019, 11, 30, 16, 30, tzinfo=UTC)  # already 1 December in Shanghai


@pytest.mark.parametrize(
    ("language", "minor", "currency", "expected"),
    [
        ("zh-hans", 412_350, "CNY", "¥4,123.50"),
        ("en", 412_350, "CNY", "CN¥4,123.50"),
        ("en", -5, "USD", "-$0.05"),
        ("zh-hans", 1234, "JPY", "JP¥1,234"),
    ],
)
def test_money(language: str, minor: int, currency: str, expected: str) -> None:
    with translation.override(language):
        assert tags.money(Money(minor, currency)) == expected


@pytest.mark.parametrize(
    ("language", "minor", "expected"),
    [
        ("zh-hans", 178_882_000_000, "¥17.89亿"),
        ("zh-hans", 99_900, "¥999"),
        ("en", 178_882_000_000, "CN¥1.79B"),
    ],
)
def test_money_short_counts_as_the_reader_does(language: str, minor: int, expected: str) -> None:
    with translation.override(language):
        assert tags.money_short(Money(minor, "CNY")) == expected


def test_nothing_is_a_dash_and_never_a_zero() -> None:
    for show in (tags.money, tags.money_short, tags.count, tags.percent, tags.day, tags.moment):
        assert show(None) == "–"
    assert tags.count(0) == "0"


def test_a_moment_is_shown_in_the_readers_zone_or_the_one_named() -> None:
    with translation.override("zh-hans"), timezone.override("Asia/Shanghai"):
        assert tags.moment(EVENING) == "2019-12-01 00:30"
        assert tags.moment(EVENING, "America/New_York") == "2019-11-30 11:30"
        assert tags.clock(EVENING, "Asia/Urumqi") == "22:30"
        assert tags.day(EVENING) == "2019-12-01"
        assert tags.day(date(2019, 11, 30)) == "2019-11-30"


def test_distance_in_time_turns_into_a_day_after_a_week() -> None:
    now = timezone.now()

    with translation.override("en"):
        assert tags.ago(now - timedelta(hours=3)) == "3 hours ago"
        assert tags.ago(now - timedelta(days=30)) == tags.day(now - timedelta(days=30))


@pytest.mark.parametrize(("number", "name", "tone"), [(0, "M0", 0), (7, "M6+", 7), (40, "M6+", 7)])
def test_bucket_badge(number: int, name: str, tone: int) -> None:
    badge = tags.bucket(number)

    assert f">{name}<" in badge
    assert f"bucket-{tone}" in badge


def test_badge_escapes_what_it_does_not_know() -> None:
    assert "&lt;b&gt;" in tags.badge("<b>", "case_state")


@pytest.mark.parametrize(
    ("size", "expected"), [(0, "0 B"), (1023, "1,023 B"), (1024, "1 KB"), (8_123_904, "7.7 MB")]
)
def test_bytes_size(size: int, expected: str) -> None:
    assert tags.bytes_size(size) == expected


def test_figures_of_a_chart_follow_its_unit() -> None:
    chart = AxisChart(
        id="a",
        title="",
        unit="money",
        currency="CNY",
        kind="bars",
        categories=("M1", "M2"),
        series=(Series("x", (100, None)), Series("y", (3, 4))),
    )

    with translation.override("zh-hans"):
        shown = [[tags.figure(v, chart) for v in values] for _, values in chart.table]

    assert shown == [["¥1.00", "¥0.03"], ["–", "¥0.04"]]
    assert chart.as_json()["places"] == 2


def test_flows_are_read_as_from_and_to() -> None:
    nodes = (Node("a1", "M1"), Node("b2", "M2"))
    chart = SankeyChart(id="s", title="", unit="count", nodes=nodes, links=(Link("a1", "b2", 5),))

    assert chart.table == (("M1 → M2", (5,)),)


@pytest.mark.parametrize(
    ("number", "dialled"),
    [
        ("13900000001", "13900000001"),
        ("+86 139-0000 0001", "+8613900000001"),
        (" (010) 8888 8888 ", "01088888888"),
        ("", ""),
    ],
)
def test_a_number_is_dialled_by_its_digits(number: str, dialled: str) -> None:
    assert tags.tel(number) == dialled
