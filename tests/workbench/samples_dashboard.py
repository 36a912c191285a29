"""A filled dashboard."""

from __future__ import annotations

from datetime import date, timedelta

from workbench.samples import NOW, TODAY, text, yuan

from carrears.money import Money
from carrears.workbench.view_models import analytics, chart
from carrears.workbench.view_models import dashboard as model
from carrears.workbench.view_models.common import Option
from carrears.workbench.view_models.figure_told import FigureTold

SCHEME = ("M0", "M1", "M2", "M3", "M4", "M5", "M6", "M6+")
LOANS = (18_744, 812, 241, 97, 40, 22, 14, 30)
BALANCES = tuple(loans * 8_944_100 for loans in LOANS)
ROLLS = (
    (0.962, 0.038, 0, 0, 0),
    (0.51, 0.24, 0.25, 0, 0),
    (0.11, 0.09, 0.28, 0.52, 0),
    (0.04, 0.01, 0.06, 0.2, 0.69),
)
MONTHS = tuple(f"2019-{month:02d}" for month in range(1, 12))


def money_chart(identity: str, title: str, **rest: object) -> chart.AxisChart:
    return chart.AxisChart(id=identity, title=title, unit="money", currency="CNY", **rest)  # type: ignore[arg-type]


def flows(*, zh: bool) -> chart.SankeyChart:
    ends = ("M0", "M1", "M2", "M3", "M4+")
    before = tuple(chart.Node(f"a{i}", name, f"bucket-{i}") for i, name in enumerate(ends[1:], 1))
    after = tuple(chart.Node(f"b{i}", name, f"bucket-{i}") for i, name in enumerate(ends))
    amounts = ((1, 0, 51), (1, 1, 24), (1, 2, 25), (2, 0, 5), (2, 2, 12), (2, 3, 22), (3, 0, 2))
    links = (*amounts, (3, 3, 4), (3, 4, 11), (4, 4, 20))
    return chart.SankeyChart(
        id="flows",
        title=text(zh, "余额去向", "Where balances went"),
        unit="money",
        currency="CNY",
        nodes=(*before, *after),
        links=tuple(chart.Link(f"a{a}", f"b{b}", value * 120_000_000) for a, b, value in links),
    )


def tiles(*, zh: bool) -> tuple[model.Tile, ...]:
    vs = text(zh, "较上月", "vs month before")
    return (
        model.Tile(
            title=text(zh, "在贷余额", "Balance of the book"),
            money=Money(178_882_000_000, "CNY"),
            hint=text(zh, "20,000 笔贷款", "20,000 loans"),
        ),
        model.Tile(
            title=text(zh, "逾期贷款", "Loans behind"),
            count=1256,
            hint=text(zh, "占 6.28%", "6.28% of loans"),
            trend=model.Trend(f"+0.3 % {vs}", "up", "bad"),
        ),
        model.Tile(title=text(zh, "逾期金额", "Arrears"), money=yuan(1_922_334_411)),
        model.Tile(
            title=text(zh, "回正率", "Cure rate"),
            share=0.417,
            trend=model.Trend(f"+1.9 % {vs}", "up", "good"),
        ),
        model.Tile(title=text(zh, "已发送", "Messages sent"), count=744),
        model.Tile(
            title=text(zh, "被拦截", "Blocked"),
            count=41,
            trend=model.Trend(f"±0 {vs}", "flat", "flat"),
        ),
    )


def key_figures(*, zh: bool) -> analytics.KeyFigures:
    rolls = (("M0 → M1", 0.041), ("M1 → M2", 0.138), ("M2 → M3", 0.284), ("M3 → M4", 0.401))
    balance = text(zh, "按余额", "by balance")
    return analytics.KeyFigures(
        month="2019-11",
        figures=(
            *(analytics.KeyFigure(name, rate, balance, "/analytics/") for name, rate in rolls),
            analytics.KeyFigure(text(zh, "回正率", "Cure rate"), None, balance, "/analytics/"),
        ),
    )


def recovery(*, zh: bool) -> analytics.KeyFigure:
    title = text(zh, "回收率", "Recovery rate")
    told = FigureTold(
        key="recovery",
        title=title,
        formula=text(zh, "期内还款 ÷ 期初欠款", "collected ÷ owed at the beginning"),
        above_name=text(zh, "期内还款", "collected"),
        below_name=text(zh, "期初欠款", "owed at the beginning"),
        days=text(zh, "当日含在内", "the day included"),
        above=100_00,
        below=1_520_00,
        above_text="¥100.00",
        below_text="¥1,520.00",
        currency="CNY",
        first=date(2019, 11, 1),
        last=TODAY,
    )
    return analytics.KeyFigure(title, told.share, text(zh, "期内", "of these"), "", told)


def trend(*, zh: bool) -> chart.AxisChart:
    share = text(zh, "占余额", "Share of balance")
    return chart.AxisChart(
        id="trend",
        title=text(zh, "逾期率走势", "Delinquency over time"),
        unit="percent",
        kind="lines",
        categories=MONTHS,
        series=(
            chart.Series(f"{share} 30+", tuple(0.02 + i / 900 for i in range(11)), "bucket-2"),
            chart.Series(f"{share} 60+", tuple(0.012 + i / 1500 for i in range(11)), "bucket-4"),
            chart.Series(f"{share} 90+", tuple(0.007 + i / 2500 for i in range(11)), "bucket-6"),
        ),
    )


def cure_rate(*, zh: bool) -> chart.AxisChart:
    return chart.AxisChart(
        id="cure-rate",
        title=text(zh, "回正率", "Cure rate"),
        unit="percent",
        kind="lines",
        categories=MONTHS,
        series=(
            chart.Series(
                text(zh, "回正率", "Cure rate"), (None, *(0.4 + i % 4 / 60 for i in range(10)))
            ),
        ),
    )


def actions(*, zh: bool) -> chart.AxisChart:
    return chart.AxisChart(
        id="actions",
        title=text(zh, "联系与拦截", "Contacts and blocks"),
        unit="count",
        kind="stacked",
        categories=MONTHS,
        series=(
            chart.Series(
                text(zh, "已发送", "Sent"), tuple(620 + i * 11 for i in range(11)), "series-0"
            ),
            chart.Series(
                text(zh, "被拦截", "Blocked"), tuple(30 + i % 5 for i in range(11)), "bad"
            ),
        ),
    )


def dashboard(*, zh: bool) -> model.Dashboard:
    steps = (("snapshot", 0.61), ("delinquency", 0.42), ("risk", 0.2), ("strategy", 0.1))
    return model.Dashboard(
        as_of=TODAY,
        compared_with=date(2019, 10, 31),
        days=(
            Option("2019-11-30", "2019-11-30", selected=True),
            Option("2019-10-31", "2019-10-31"),
        ),
        tiles=tiles(zh=zh),
        house=(recovery(zh=zh),),
        buckets=tuple(
            model.BucketRow(
                bucket=i,
                loans=loans,
                share=loans / sum(LOANS),
                balance=yuan(BALANCES[i]),
                arrears=yuan(loans * 381_200 if i else 0),
                loans_before=loans - 7,
            )
            for i, loans in enumerate(LOANS)
        ),
        balance_by_bucket=money_chart(
            "balance-by-bucket",
            text(zh, "各账期逾期余额", "Balance behind, by bucket"),
            kind="bars",
            categories=SCHEME[1:],
            tones=tuple(f"bucket-{i}" for i in range(1, 8)),
            series=(chart.Series(text(zh, "余额", "Balance"), BALANCES[1:]),),
        ),
        roll_rates=chart.HeatmapChart(
            id="roll-rates",
            title=text(zh, "迁徙率", "Roll rates"),
            unit="percent",
            scale="roll",
            rows=SCHEME[:4],
            columns=SCHEME[:5],
            cells=ROLLS,
        ),
        trend=trend(zh=zh),
        cure_rate=cure_rate(zh=zh),
        actions=actions(zh=zh),
        flows=flows(zh=zh),
        blocks=(
            model.BlockReason("CN-09", text(zh, "夜间不得催收", "No collection at night"), 28),
            model.BlockReason("CN-DNC", text(zh, "停止联系名单", "Do-not-contact list"), 13),
        ),
        run=model.DayRunSummary(
            as_of=TODAY,
            state="done",
            started_at=NOW - timedelta(hours=2),
            seconds=3.91,
            steps=tuple(
                model.RunStep(name, seconds, text(zh, "20,000 笔贷款", "20,000 loans"))
                for name, seconds in steps
            ),
        ),
    )
