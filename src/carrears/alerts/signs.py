"""What is amiss in the house now: one check a kind, each in figures that say nothing of anybody."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import Count, Min, Q

from carrears.access.models import User
from carrears.alerts import evidence_signs
from carrears.alerts.kinds import AlertKind
from carrears.alerts.models import AlertMessage, MessageState
from carrears.alerts.night_signs import evidence_check, person_keys
from carrears.alerts.terms import Limits
from carrears.casework.pool import pool_of
from carrears.clock import at_local, is_replay, local_day
from carrears.conduct.packs import Packs
from carrears.conduct.validity import overdue_terms, overdue_values
from carrears.database.wall import as_house
from carrears.dayrun.models import DayRun, RunState
from carrears.evidence.models import QueuedEntry
from carrears.outreach.delivery_models import DEAD, Delivery, DeliveryState
from carrears.outreach.gateways import PRINT, PRINT_REPLAYED
from carrears.outreach.models import Attempt, AttemptState
from carrears.outreach.service_levels import service_levels
from carrears.outreach.service_terms import load_service_terms
from carrears.outreach.team_day import today_of_book
from carrears.portfolio.products import load_products

_log = logging.getLogger(__name__)
_MAIL_JOB = "carrears.outreach.jobs.read_mail_in"
_OLDEST_ENTRY = "alerts.oldest_entry"

Figures = dict[str, int]
Check = Callable[[Limits, datetime], Figures | None]


@dataclass(frozen=True, slots=True)
class Found:
    """What is amiss, and of what nobody knows as its check failed."""

    signs: Mapping[AlertKind, Figures]
    unknown: frozenset[AlertKind]


def find_signs(limits: Limits, *, at: datetime) -> Found:
    """Make every check; one that fails stops no other, and is amiss itself."""
    signs: dict[AlertKind, Figures] = {}
    failed: set[AlertKind] = set()
    with as_house():
        for kind, check in CHECKS.items():
            try:
                with transaction.atomic():
                    figures = check(limits, at)
            except Exception:  # noqa: BLE001  whatever it is, the other checks are to be made
                _log.exception("the check of %s failed", kind)
                failed.add(kind)
            else:
                if figures is not None:
                    signs[kind] = figures
    if failed:
        signs[AlertKind.CHECK] = {"checks": len(failed)}
    return Found(signs, frozenset(failed))


def _house() -> User:
    """Who sees every case: asked for by what counts as somebody sees it. It is no row."""
    return User(pk=0, username="", is_active=True, is_superuser=True)


def _one(statement: str, values: list[Any]) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row: tuple[Any, ...] = cursor.fetchone()
        return row


def _minutes(since: datetime | None, at: datetime) -> int:
    return 0 if since is None else max(0, int((at - since).total_seconds() // 60))


# A job is due when it was put in, or at the hour that it waits for.
_OVERDUE = """
select count(*), min(due) from (
  select coalesce(j.scheduled_at, max(e.at)) as due
  from procrastinate_jobs j join procrastinate_events e on e.job_id = j.id
  where j.status = 'todo' group by j.id) as waiting
where due < %s
"""
_ALIVE = "select count(*) from procrastinate_workers where last_heartbeat > %s"


def _worker(limits: Limits, at: datetime) -> Figures | None:
    until = at - timedelta(minutes=limits.jobs_minutes)
    jobs, oldest = _one(_OVERDUE, [until])
    (alive,) = _one(_ALIVE, [until])
    if not jobs and alive:
        return None
    return {"jobs": jobs, "minutes": _minutes(oldest, at), "workers": alive}


def _sender(limits: Limits, at: datetime) -> Figures | None:
    until = at - timedelta(minutes=limits.sender_minutes)
    late = Delivery.objects.filter(state=DeliveryState.WAITING, due_at__lt=until)
    told = late.exclude(gateway__in=(PRINT, PRINT_REPLAYED)).aggregate(
        number=Count("pk"), oldest=Min("due_at")
    )
    if not told["number"]:
        return None
    return {"messages": told["number"], "minutes": _minutes(told["oldest"], at)}


def _day_run(limits: Limits, at: datetime) -> Figures | None:
    """A book that is replayed is not late; a run that a later one replaced does no harm.

    It is a replay that was history already when it was run: a book of today stays one, however
    long its runs are missing.
    """
    zone = settings.TIME_ZONE
    today = local_day(at, zone)
    done = DayRun.objects.filter(state=RunState.DONE).order_by("-as_of", "-pk").first()
    if done is None or is_replay(done.as_of, today=local_day(done.started_at, zone)):
        return None
    stuck = DayRun.objects.filter(
        state=RunState.RUNNING,
        pk__gt=done.pk,
        started_at__lt=at - timedelta(hours=limits.day_run_hours),
    ).count()
    days = (today - done.as_of).days
    by = at_local(today, time.fromisoformat(limits.day_run_by), zone)
    late = days - limits.day_run_days > (0 if at >= by else 1)
    return {"days": days, "running": stuck} if late or stuck else None


def _sequencer(limits: Limits, at: datetime) -> Figures | None:
    """Entries bear no hour of writing: how long the oldest waits is seen from look to look."""
    oldest = QueuedEntry.objects.aggregate(pk=Min("entry_id"))["pk"]
    if oldest is None:
        cache.delete(_OLDEST_ENTRY)
        return None
    seen = cache.get(_OLDEST_ENTRY)
    if seen is None or seen[0] != oldest:
        seen = (oldest, at)
        cache.set(_OLDEST_ENTRY, seen, timeout=None)
    minutes = _minutes(seen[1], at)
    if minutes < limits.entries_minutes:
        return None
    return {"entries": QueuedEntry.objects.count(), "minutes": minutes}


_LOOKS = """
select status::text from procrastinate_jobs
where task_name = %s and status in ('succeeded', 'failed') order by id desc limit 1000
"""


def _mailbox(limits: Limits, _at: datetime) -> Figures | None:
    if not settings.IMAP_URL:
        return None
    failures = 0
    with connection.cursor() as cursor:
        cursor.execute(_LOOKS, [_MAIL_JOB])
        for (status,) in cursor:
            if status != "failed":
                break
            failures += 1
    return {"failures": failures} if failures >= limits.mailbox_failures else None


def _dead_letters(limits: Limits, _at: datetime) -> Figures | None:
    number = Delivery.objects.filter(state__in=DEAD, closing="").count()
    return {"messages": number} if number >= limits.dead_letters else None


def _gate(limits: Limits, at: datetime) -> Figures | None:
    hour = at - timedelta(hours=1)
    blocked = Q(state=AttemptState.BLOCKED)
    booked = Attempt.objects.filter(reported=False)
    now = booked.filter(booked_at__gt=hour, booked_at__lte=at).aggregate(
        all=Count("pk"), blocked=Count("pk", filter=blocked)
    )
    if now["blocked"] < limits.gate_blocked:
        return None
    before = booked.filter(booked_at__gt=at - timedelta(days=7), booked_at__lte=hour).aggregate(
        all=Count("pk"), blocked=Count("pk", filter=blocked)
    )
    share = now["blocked"] / now["all"]
    usual = before["blocked"] / before["all"] if before["all"] else 0.0
    if share < usual * limits.gate_times:
        return None
    return {"blocked": now["blocked"], "percent": round(100 * share), "usual": round(100 * usual)}


def _service_level(_limits: Limits, at: datetime) -> Figures | None:
    today = today_of_book()
    terms = load_service_terms(Path(settings.CARREARS_HOME), on=today.day)
    levels = service_levels(_house(), terms, today=today, moment=at)
    missed = [one.share for one in levels if one.is_reached is False and one.share is not None]
    return {"levels": len(missed), "percent": int(100 * min(missed))} if missed else None


def _pool(limits: Limits, _at: datetime) -> Figures | None:
    number = pool_of(_house()).count()
    return {"cases": number} if number >= limits.pool_cases else None


def _rules(limits: Limits, at: datetime) -> Figures | None:
    """Of the jurisdictions of the lender's products only."""
    day, packs = local_day(at, settings.TIME_ZONE), Packs()
    number = sum(
        len(overdue_values(packs.of(name.upper()), day)) + len(overdue_terms(name, day))
        for name in load_products(Path(settings.CARREARS_HOME)).jurisdictions
    )
    return {"values": number} if number >= limits.rules_values else None


def _untold(_limits: Limits, at: datetime) -> Figures | None:
    failed = AlertMessage.objects.filter(
        state=MessageState.FAILED, is_test=False, made_at__gt=at - timedelta(days=1)
    ).count()
    return {"messages": failed} if failed else None


CHECKS: Mapping[AlertKind, Check] = {
    AlertKind.WORKER: _worker,
    AlertKind.SENDER: _sender,
    AlertKind.DAY_RUN: _day_run,
    AlertKind.SEQUENCER: _sequencer,
    AlertKind.WITNESS_REFUSES: evidence_signs.witness_refuses,
    AlertKind.WITNESS_SILENT: evidence_signs.witness_silent,
    AlertKind.WITNESS_POLICY: evidence_signs.witness_policy,
    AlertKind.TIME_STAMPS: evidence_signs.time_stamps,
    AlertKind.ANCHORS: evidence_signs.anchors,
    AlertKind.LOG_CHECK: evidence_signs.log_check,
    AlertKind.EVIDENCE_CHECK: evidence_check,
    AlertKind.PERSON_KEYS: person_keys,
    AlertKind.MAILBOX: _mailbox,
    AlertKind.DEAD_LETTERS: _dead_letters,
    AlertKind.GATE: _gate,
    AlertKind.SERVICE_LEVEL: _service_level,
    AlertKind.POOL: _pool,
    AlertKind.RULES: _rules,
    AlertKind.UNTOLD: _untold,
}
