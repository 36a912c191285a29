"""The team's screen: who works on what now, what was done today, what waits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from carrears.access.models import User
from carrears.casework.day_plans import PlanToday, plans_today
from carrears.casework.models import Desk
from carrears.casework.pool import pool_of
from carrears.clock import now, zone
from carrears.money import Money
from carrears.outreach.contact_rates import ContactRate, contact_rates
from carrears.outreach.service_levels import Measured, service_levels
from carrears.outreach.service_terms import ServiceTerms, load_service_terms
from carrears.outreach.team_day import (
    Doing,
    Done,
    Today,
    Waits,
    doing_now,
    done_today,
    follow_ups_overdue,
    promised_today,
    promises_due_today,
    replies_waiting,
    stopped_today,
    tasks_waiting,
    today_of_book,
    worked_today,
)
from carrears.workbench.queries.allocation import desk_rows
from carrears.workbench.queries.day_plan import NO_PLAN, day_line, lasting
from carrears.workbench.queries.formats import count, money, percent
from carrears.workbench.queries.listing import Listing
from carrears.workbench.team_labels import FIGURES, LEVELS
from carrears.workbench.templatetags.workbench import ago, day
from carrears.workbench.view_models.allocation import DeskRow
from carrears.workbench.view_models.team import (
    CollectorRow,
    Definition,
    LevelRow,
    Levels,
    OpenNow,
    TeamNow,
    Tile,
)

# Plans that one look makes or follows: a night makes all, and each collector's pages follow his.
_PLANS_AT_ONCE = 10
_HEAD = (
    "day", "collector", "teams", "state", "people", "room", "cases_worked", "calls_and_visits",
    "right_party", "promises", "promised", "blocked", "review", "minutes", "planned",
    "planned_minutes", "planned_done", "over", "over_minutes", "came_in", "went_unworked",
    "stopped_and_let_go",
)  # fmt: skip
_FIGURE_HEAD = ("day", "figure", "title", "value", "note", "definition")


def team_now(user: User) -> TeamNow:
    """All that changes by the minute, of the reader's part of the house."""
    today, moment = today_of_book(), now()
    rates = contact_rates(user, first=today.first, until=today.until)
    rows = _rows(user, today, moment, rates)
    return TeamNow(
        at=moment,
        day=today.day,
        tiles=_tiles(user, today, rows, rates),
        rows=rows,
        sums=tuple(_plan_sums(rows)),
    )


def team_levels(user: User) -> Levels:
    """The service levels, of the cases that the reader sees."""
    today = today_of_book()
    terms = _terms(today)
    measured = service_levels(user, terms, today=today, moment=now())
    return Levels(days=terms.days, rows=tuple(map(_level, measured)))


def definitions() -> tuple[Definition, ...]:
    """What each figure of the screen is."""
    terms = _terms(today_of_book())
    known = terms.model_dump(include={"days", "first_action_days", "reply_hours"})
    figures = [
        Definition(key=key, title=str(one.title), about=str(one.about))
        for key, one in FIGURES.items()
    ]
    levels = [
        Definition(key=key, title=str(one.title), about=str(one.about) % known)
        for key, one in LEVELS.items()
    ]
    return (*figures, *levels)


def collectors_list(user: User) -> Listing:
    """The collectors' day; what was promised in several currencies is one text of minor units."""
    return Listing("team", _HEAD, _days(user))


def _days(user: User) -> Iterator[tuple[Any, ...]]:
    found = team_now(user)
    for one in found.rows:
        promised = " ".join(f"{each.minor} {each.currency}" for each in one.promised)
        yield (
            found.day, one.name, ", ".join(one.teams), one.state, one.people, one.room,
            one.done, one.contacts, one.right_party, one.promises, promised, one.blocked,
            one.review, one.plan.has_minutes, one.plan.planned, one.plan.takes_minutes,
            one.plan.done, one.plan.rest, one.plan.rest_minutes, one.plan.entered_many,
            one.plan.left_many, one.plan.paused,
        )  # fmt: skip


def figures_list(user: User) -> Listing:
    """Every figure of the screen, each with what it is."""
    found, levels = team_now(user), team_levels(user)
    told = {one.key: one.about for one in definitions()}
    lines = [(one.key, one.title, one.value, one.hint) for one in (*found.tiles, *found.sums)]
    lines += [
        (
            one.key,
            one.title,
            "" if one.share is None else percent(one.share),
            f"{one.in_time}/{one.due}",
        )
        for one in levels.rows
    ]
    rows = [(found.day, *line, told[line[0]]) for line in lines]
    return Listing("team-figures", _FIGURE_HEAD, rows)


def _terms(today: Today) -> ServiceTerms:
    return load_service_terms(Path(settings.CARREARS_HOME), on=today.day)


def _rows(
    user: User, today: Today, moment: datetime, rates: Iterable[ContactRate]
) -> tuple[CollectorRow, ...]:
    desks = desk_rows(user)
    people = [one.pk for one in desks]
    doing, done = doing_now(user, people), done_today(user, people, today)
    plans = plans_today(User.objects.filter(pk__in=people), at_once=_PLANS_AT_ONCE)
    made, right = _contacts(rates)
    shifts = {
        pk: (begins, ends)
        for pk, begins, ends in Desk.objects.filter(pk__in=people).values_list(
            "pk", "begins_at", "ends_at"
        )
    }
    local = moment.astimezone(zone(settings.TIME_ZONE)).time()
    return tuple(
        _row(
            one,
            is_off=_is_off(shifts.get(one.pk), local),
            doing=doing.get(one.pk, []),
            done=done.get(one.pk, Done()),
            contacts=(made.get(one.pk, 0), right.get(one.pk, 0)),
            plan=plans.get(one.pk),
        )
        for one in desks
    )


def _contacts(rates: Iterable[ContactRate]) -> tuple[Mapping[int, int], Mapping[int, int]]:
    """Calls and visits made, and those that reached the right party, by who made them."""
    made: dict[int, int] = {}
    right: dict[int, int] = {}
    for one in rates:
        if one.made_by is not None:
            made[one.made_by] = made.get(one.made_by, 0) + one.made
            right[one.made_by] = right.get(one.made_by, 0) + one.right_party
    return made, right


def _is_off(shift: tuple[Any, Any] | None, local: Any) -> bool:
    begins, ends = shift or (None, None)
    return begins is not None and not begins <= local < ends


def _row(
    desk: DeskRow,
    *,
    is_off: bool,
    doing: Iterable[Doing],
    done: Done,
    contacts: tuple[int, int],
    plan: PlanToday | None,
) -> CollectorRow:
    return CollectorRow(
        pk=desk.pk,
        name=desk.name,
        teams=desk.teams,
        state="off" if is_off and desk.state != "away" else desk.state,
        back_on=desk.back_on,
        back_at=desk.back_at,
        doing=tuple(
            OpenNow(loan_no=one.loan_no, since=one.since, call_since=one.call_since)
            for one in doing
        ),
        people=desk.people,
        room=desk.room,
        done=done.cases,
        contacts=contacts[0],
        right_party=contacts[1],
        promises=done.promises,
        promised=_sums(done.promised or {}),
        blocked=done.blocked,
        review=done.review,
        plan=day_line(plan) if plan else NO_PLAN,
    )


def _sums(amounts: Mapping[str, int]) -> tuple[Money, ...]:
    """Sums of several currencies, the largest first; they are never added up."""
    return tuple(
        Money(minor, currency)
        for currency, minor in sorted(amounts.items(), key=lambda one: -one[1])
    )


def _tiles(
    user: User, today: Today, rows: tuple[CollectorRow, ...], rates: Sequence[ContactRate]
) -> tuple[Tile, ...]:
    here = sum(one.state in ("here", "full") for one in rows)
    busy = [one for one in rows if one.doing]
    calls = sum(each.call_since is not None for one in rows for each in one.doing)
    made, right = sum(one.made for one in rates), sum(one.right_party for one in rates)
    promises, promised = promised_today(user, today)
    return (
        _tile("here", f"{count(here)} / {count(len(rows))}"),
        _tile("open", count(len(busy)), gettext("calls not told of: %s") % count(calls)),
        *_waiting_tiles(user, today),
        _tile("done", count(worked_today(user, today))),
        _tile("contacts", count(made)),
        _tile("right", count(right), percent(right / made) if made else ""),
        _tile("promises", count(promises), _in_sums(promised)),
        _stopped_tile(user, today),
    )


def _waiting_tiles(user: User, today: Today) -> Iterator[Tile]:
    """What waits for somebody, each with since when."""
    waiting, overdue, replies = (
        tasks_waiting(user, today), follow_ups_overdue(user, today), replies_waiting(user)
    )  # fmt: skip
    pool = pool_of(user).order_by("opened_on").values_list("opened_on", flat=True)
    in_pool = Waits(pool.count(), pool.first())
    yield _tile("waiting", count(waiting.number), _oldest(waiting))
    yield _tile(
        "pool",
        count(in_pool.number),
        _oldest(in_pool),
        url=reverse("workbench:pool"),
        is_bad=in_pool.number > 0,
    )
    due = promises_due_today(user, today)
    hint = gettext("%(sums)s; met: %(met)s")
    sums = " · ".join(money(one.minor, one.currency) for one in _sums(due.amounts))
    yield _tile(
        "due", count(due.number), hint % {"sums": sums, "met": count(due.met)} if due.number else ""
    )
    yield _tile("overdue", count(overdue.number), _oldest(overdue), is_bad=overdue.number > 0)
    yield _tile("replies", count(replies.number), _oldest(replies), is_bad=replies.number > 0)


def _plan_sums(rows: tuple[CollectorRow, ...]) -> Iterator[Tile]:
    """What fits into the day of the collectors together, and what does not."""
    done, planned = sum(one.plan.done for one in rows), sum(one.plan.planned for one in rows)
    yield _tile(
        "plan",
        f"{count(done)} / {count(planned)}",
        gettext("%(takes)s of %(has)s")
        % {
            "takes": lasting(sum(one.plan.takes_minutes for one in rows)),
            "has": lasting(sum(one.plan.has_minutes for one in rows)),
        },
    )
    came, left = (
        sum(one.plan.entered_many for one in rows), sum(one.plan.left_many for one in rows)
    )  # fmt: skip
    yield _tile("followed", f"{count(came)} / {count(left)}")
    rest = sum(one.plan.rest for one in rows)
    takes = lasting(sum(one.plan.rest_minutes for one in rows)) if rest else ""
    yield _tile("over", count(rest), takes, is_bad=rest > 0)


def _stopped_tile(user: User, today: Today) -> Tile:
    found = stopped_today(user, today)
    url = ""
    if user.has_perm("conduct.view_verdictrecord"):
        days = {"from": today.day.isoformat(), "to": today.day.isoformat()}
        url = f"{reverse('workbench:compliance')}?{urlencode(days)}"
    review = gettext("needs review: %s") % count(found.get("review", 0))
    return _tile("stopped", count(found.get("block", 0)), review, url=url)


def _in_sums(amounts: Mapping[str, int]) -> str:
    return " · ".join(money(one.minor, one.currency) for one in _sums(amounts))


def _oldest(waits: Waits) -> str:
    if waits.oldest is None:
        return ""
    oldest = waits.oldest
    return gettext("oldest: %s") % (ago(oldest) if isinstance(oldest, datetime) else day(oldest))


def _tile(key: str, value: str, hint: str = "", *, url: str = "", is_bad: bool = False) -> Tile:
    title = str(FIGURES[key].title)
    return Tile(key=key, title=title, value=value, hint=hint, url=url, is_bad=is_bad)


def _level(one: Measured) -> LevelRow:
    return LevelRow(
        key=one.level,
        title=str(LEVELS[one.level].title),
        due=one.due,
        in_time=one.in_time,
        share=one.share,
        target=one.target,
        is_reached=one.is_reached,
    )
