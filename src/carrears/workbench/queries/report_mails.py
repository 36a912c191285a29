"""Reports written for one reader: the figures of the screens, as he may see them, as a mail."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.http import QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from carrears.access.models import User
from carrears.analytics.sheets import write_workbook
from carrears.casework.hold_queries import book_day
from carrears.clock import local_day, now, zone
from carrears.outreach.messages import lender_name
from carrears.reports.content import FigureLine, NotReadyYetError, Report, ReportFile, Written
from carrears.reports.models import ReportKind, ReportSchedule
from carrears.workbench.labels import label_of
from carrears.workbench.queries.cohorts import cohort_definitions, cohort_list, cohort_rows
from carrears.workbench.queries.dashboard import dashboard
from carrears.workbench.queries.dashboard_csv import dashboard_list
from carrears.workbench.queries.formats import count, money
from carrears.workbench.queries.key_figures import key_figures
from carrears.workbench.queries.listing import Listing
from carrears.workbench.queries.part import part_of
from carrears.workbench.queries.promise_quality import promise_quality_list, promise_quality_page
from carrears.workbench.queries.scorecard import scorecard_list, scorecard_page
from carrears.workbench.queries.team import collectors_list, definitions, team_levels, team_now
from carrears.workbench.templatetags.workbench import percent
from carrears.workbench.view_models.analytics import KeyFigure
from carrears.workbench.view_models.scorecard import Score

_LANGUAGES = {"zh-CN": "zh-hans", "en-US": "en"}


def write_report(schedule: ReportSchedule, reader: User, at: datetime) -> Written:
    """The mail of a report, of what ``reader`` may see at ``at``, in the schedule's language.

    Raises:
        NotReadyYetError: figures of the book are being worked out.
    """
    language = _LANGUAGES[schedule.language]
    with translation.override(language), timezone.override(zone(schedule.time_zone)):
        report = make_report(ReportKind(schedule.report), reader, at, schedule.narrowed)
        day = local_day(at, schedule.time_zone)
        context = {
            "report": report,
            "at": at,
            "lender": lender_name(schedule.language),
            "reader": str(reader),
            "language": language,
            "manage_url": settings.PUBLIC_URL + reverse("workbench:reports"),
        }
        return Written(
            subject=f"{report.title} · {day.isoformat()}",
            text=render_to_string("workbench/mail/report.txt", context),
            html=render_to_string("workbench/mail/report.html", context),
            files=report.files,
        )


def make_report(
    kind: ReportKind, reader: User, at: datetime, narrowed: Mapping[str, str] | None = None
) -> Report:
    """The report in the language that is spoken; that of the book of the part ``narrowed`` names.

    Raises:
        NotReadyYetError: figures of the book are being worked out.
    """
    if kind == ReportKind.BOOK:
        return _book(reader, at, narrowed or {})
    return _MAKERS[kind](reader, at)


def _team(reader: User, at: datetime) -> Report:
    del at
    found, levels = team_now(reader), team_levels(reader)
    told = {one.key: one.about for one in definitions()}
    lines = [
        FigureLine(one.title, one.value, one.hint, told[one.key])
        for one in (*found.tiles, *found.sums)
    ]
    in_time = gettext("%(in_time)s of %(due)s; target %(target)s")
    lines += [
        FigureLine(
            one.title,
            percent(one.share),
            in_time
            % {
                "in_time": count(one.in_time),
                "due": count(one.due),
                "target": percent(one.target),
            },
            told[one.key],
        )
        for one in levels.rows
    ]
    about = gettext("Book of %(day)s; the figures are of your part of the house.")
    return _report(
        ReportKind.TEAM,
        about % {"day": found.day.isoformat()},
        lines,
        lists=(replace(collectors_list(reader), name="team-collectors"),),
        view="team",
    )


def _promises(reader: User, at: datetime) -> Report:
    del at
    page = promise_quality_page(reader, QueryDict())
    lines: list[FigureLine] = []
    if (all_of := page.all) is not None:
        lines = [
            FigureLine(title, count(number), money(sums.minor, sums.currency), about)
            for title, number, sums, about in (
                (
                    gettext("Promises due"),
                    all_of.made,
                    all_of.amount,
                    gettext("by the day of the last part"),
                ),
                (gettext("Kept"), all_of.kept, all_of.kept_amount, gettext("all there in time")),
                (
                    gettext("Partly kept"),
                    all_of.partly,
                    all_of.partly_amount,
                    gettext("something came, not all in time"),
                ),
                (
                    gettext("Broken"),
                    all_of.broken,
                    all_of.broken_amount,
                    gettext("nothing came in time"),
                ),
                (gettext("Open"), all_of.open, all_of.open_amount, gettext("not judged yet")),
            )
        ]
        lines += [
            FigureLine(
                gettext("Kept rate"),
                percent(all_of.kept_rate),
                "",
                gettext("kept ÷ (kept + partly kept + broken)"),
            ),
            FigureLine(
                gettext("Kept rate by amount"),
                percent(all_of.met_rate),
                "",
                gettext("what came in ÷ what was promised, of these"),
            ),
        ]
    days = {"first": page.first.isoformat(), "last": page.last.isoformat()}
    return _report(
        ReportKind.PROMISES,
        gettext("Promises due from %(first)s to %(last)s, of the cases that you see.") % days,
        lines,
        lists=(promise_quality_list(reader, QueryDict()),),
        view="promise-quality",
    )


def _agencies(reader: User, at: datetime) -> Report:
    del reader, at
    params = QueryDict()
    page = scorecard_page(params)
    lines = [_score(one) for one in page.rows if not one.part]
    lines += [
        FigureLine(
            f"{one.told.agency} {one.told.month:%Y-%m}",
            percent(one.told.recovery_rate),
            gettext("debtors placed %(placed)s, recovered %(recovered)s, cure rate %(cured)s")
            % {
                "placed": count(one.told.placed),
                "recovered": money(one.recovered.minor, one.recovered.currency),
                "cured": percent(one.told.cure_rate),
            },
            gettext("payments that count for commission over the arrears when placed"),
        )
        for one in cohort_rows(params)
    ]
    days = {"first": page.period.first.isoformat(), "last": page.period.last.isoformat()}
    return _report(
        ReportKind.AGENCIES,
        gettext("Attempts and complaints from %(first)s to %(last)s.") % days,
        lines,
        definitions=cohort_definitions(),
        lists=(scorecard_list(params), cohort_list(params)),
        view="scorecard",
    )


def _score(one: Score) -> FigureLine:
    told = gettext(
        "blocked %(blocked)s, breaches %(breaches)s, effective calls %(effective)s, complaints"
        " %(complaints)s"
    )
    return FigureLine(
        one.title,
        count(one.attempts),
        told
        % {
            "blocked": count(one.blocked),
            "breaches": count(one.breaches),
            "effective": count(one.effective),
            "complaints": count(one.complaints),
        },
        gettext("attempts of the period, by the gate's verdict"),
    )


def _book(reader: User, at: datetime, narrowed: Mapping[str, str]) -> Report:
    params = QueryDict(mutable=True)
    params.update(narrowed)
    day = book_day() or local_day(at, settings.TIME_ZONE)
    part = part_of(params, reader)
    key = key_figures(day, params, part, may_begin=True)
    if key is not None and not key.figures and not key.failed:
        raise NotReadyYetError
    page = dashboard(day, params, reader=reader)
    shown = (*(key.figures if key else ()), *page.house)
    lines = [_counted(one) for one in shown]
    about = gettext("The last whole month of the book: %(month)s.") % {
        "month": key.month if key else "–"
    }
    if page.narrowed:
        about += " " + gettext("Narrowed to %(part)s.") % {"part": page.narrowed}
    return _report(
        ReportKind.BOOK,
        about,
        lines,
        lists=(dashboard_list(page, key),),
        view="dashboard",
        address=page.address,
    )


def _counted(one: KeyFigure) -> FigureLine:
    """A figure of the dashboard with what it is, the days it covers and what it counted."""
    told = one.told
    if told is None:
        return FigureLine(one.title, percent(one.value, 2), one.hint)
    parts = [told.formula, told.days]
    if told.first and told.last:
        parts.append(f"{told.first.isoformat()} – {told.last.isoformat()}")
    if told.above_text and told.below_text:
        parts.append(f"{told.above_text} ÷ {told.below_text}")
    return FigureLine(one.title, percent(one.value, 2), one.hint, " · ".join(parts))


def _report(
    kind: ReportKind,
    about: str,
    lines: list[FigureLine],
    *,
    definitions: tuple[tuple[str, str], ...] = (),
    lists: tuple[Listing, ...] = (),
    view: str,
    address: str = "",
) -> Report:
    return Report(
        title=str(label_of(kind.value, "report").text),
        about=about,
        figures=tuple(lines),
        definitions=definitions,
        files=_files(kind, lines, lists),
        url=settings.PUBLIC_URL + reverse(f"workbench:{view}") + (f"?{address}" if address else ""),
    )


def _files(
    kind: ReportKind, lines: Iterable[FigureLine], lists: Iterable[Listing]
) -> tuple[ReportFile, ...]:
    """Its figures and its lists as CSV, and all of them as one workbook."""
    head = ("figure", "value", "note", "definition")
    rows = [(one.title, one.value, one.note, one.about) for one in lines]
    held = [Listing(f"{kind.value}-figures", head, rows), *(one.held() for one in lists)]
    book = write_workbook([one.sheet() for one in held], made_at=now())
    as_text = (ReportFile(f"{one.name}.csv", "".join(one.csv_lines())) for one in held)
    return (*as_text, ReportFile(f"{kind.value}.xlsx", base64=b64encode(book).decode()))


_MAKERS: Mapping[ReportKind, Callable[[User, datetime], Report]] = {
    ReportKind.TEAM: _team,
    ReportKind.PROMISES: _promises,
    ReportKind.AGENCIES: _agencies,
}
