"""A filled page of figures, drawn by the page's own code."""

from __future__ import annotations

from workbench.samples import text
from workbench.samples_dashboard import MONTHS, ROLLS

from carrears.workbench.queries.plots import columns_plot, lines_plot
from carrears.workbench.view_models.analytics import (
    AnalyticsPage,
    Choice,
    FigureTab,
    FigureTable,
    Told,
    Waiting,
)
from carrears.workbench.view_models.chart import Series
from carrears.workbench.view_models.common import Option, Pager
from carrears.workbench.view_models.drawing import (
    Drawing,
    HeatCell,
    HeatTable,
    Ranking,
    RankRow,
)


def drawings(*, zh: bool) -> tuple[Drawing, ...]:
    cells = [
        tuple(HeatCell(f"{rate:.1%}", round(rate * 10), "same") for rate in row) for row in ROLLS
    ]
    named = text(zh, "回正率", "Cure rate")
    values = tuple(0.4 + place % 4 / 60 for place in range(len(MONTHS)))
    return (
        HeatTable(
            id="matrix-0",
            title=text(zh, "所选月份合计", "All months together"),
            columns=(0, 1, 2, 3),
            rows=tuple((place, "1,203", row) for place, row in enumerate(cells)),
        ),
        lines_plot("cure", named, categories=MONTHS, series=[Series(named, values, "good")]),
        columns_plot(
            "stock",
            text(zh, "逾期，按账期", "Behind, by bucket"),
            categories=MONTHS,
            series=[Series("M1", values, "bucket-1"), Series("M2", values, "bucket-2")],
        ),
        Ranking(
            id="ranking",
            title=text(zh, "地区 · 2019-11", "Region · 2019-11"),
            name=text(zh, "地区", "Region"),
            columns=(text(zh, "贷款", "Loans"),),
            rows=(RankRow("A", "100%", "61.0%", ("1,203",)), RankRow("B", "12%", "7.0%", ("9",))),
        ),
    )


def analytics_page(*, zh: bool, is_waiting: bool = False) -> AnalyticsPage:
    title = text(zh, "迁徙率", "Roll rates")
    everything = (Option("", text(zh, "全部", "All")), Option("A", "A", selected=True))
    shared = {
        "tabs": (FigureTab(title, "/analytics/?figure=roll-average", is_current=True),),
        "figure": "roll-average",
        "told": Told(title, "a ÷ b", text(zh, "贷款", "loans"), text(zh, "月末", "month-ends")),
        "choices": (
            Choice(name="region", title=text(zh, "地区", "Region"), options=everything),
            Choice(
                name="dealer",
                title=text(zh, "经销商", "Dealer"),
                options=(Option("–", text(zh, "未填写", "not stated")), Option("B", "B")),
                is_open=True,
                value="B",
            ),
        ),
        "is_narrowed": True,
    }
    if is_waiting:
        return AnalyticsPage(**shared, waiting=Waiting(3, 12, 25, "/analytics/?waiting"))  # type: ignore[arg-type]
    return AnalyticsPage(
        **shared,  # type: ignore[arg-type]
        drawings=drawings(zh=zh),
        table=FigureTable(
            columns=((text(zh, "币种", "Currency"), False), (text(zh, "贷款", "Loans"), True)),
            rows=(("CNY", "1,203"), ("CNY", "41")),
            pager=Pager(1, 1, 2, 1, 2),
        ),
        csv_url="/analytics/file/?format=csv",
        xlsx_url="/analytics/file/?format=xlsx",
        parquet_url="/analytics/file/?format=parquet",
    )
