"""See what is amiss, and write down who is to be told of it and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from carrears.access.models import User
from carrears.alerts.kinds import AlertKind, Language, say
from carrears.alerts.models import Alert, AlertMessage, Step, Telling
from carrears.alerts.signs import find_signs
from carrears.alerts.terms import AlertTerms, Route, due_at, load_alert_terms
from carrears.clock import local_day, zone

_KEPT = timedelta(days=90)
_LOCK = 0x616C6572  # so that two looks at once do not tell of one thing twice
_HEAD = {"zh-CN": "【催收系统告警】", "en-US": "[Carrears alert]"}
_OVER = {"zh-CN": "已恢复：", "en-US": "Over: "}
_TIMES = {"zh-CN": "（其间 {n} 次）", "en-US": " ({n} times since)"}
_SINCE = {"zh-CN": "，自 {when} 起", "en-US": ", since {when}"}
_TEST = {
    "zh-CN": "这是一条测试告警，无需处理。",
    "en-US": "This is a test; nothing is amiss.",
}


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look found: how many alerts began, go on and ended."""

    raised: int
    last: int
    over: int


def terms_now(at: datetime) -> AlertTerms:
    """What holds now.

    Raises:
        AlertTermsError: the house's file cannot be used.
    """
    day = local_day(at, settings.TIME_ZONE)
    return load_alert_terms(Path(settings.CARREARS_HOME), on=day)


def look(*, at: datetime) -> Looked:
    """Make every check, and plan who is told of what began, goes on or ended. Bears a second start.

    What a check that failed is about stays as it was.

    Raises:
        AlertTermsError: the house's file cannot be used.
    """
    terms = terms_now(at)
    found = find_signs(terms.limits, at=at)
    told: Counter[Step] = Counter()
    with transaction.atomic():
        _one_at_a_time()
        standing = {AlertKind(one.kind): one for one in Alert.objects.filter(over_at=None)}
        for kind, figures in found.signs.items():
            alert = standing.pop(kind, None)
            step = Step.RAISED if alert is None else Step.LASTS
            if alert is None:
                alert = Alert(kind=kind, since=at)
            alert.figures, alert.seen_at = figures, at
            alert.save()
            _plan(terms, alert, step, at=at)
            told[step] += 1
        for kind, alert in standing.items():
            if kind not in found.unknown:
                alert.over_at = at
                alert.save(update_fields=["over_at"])
                _plan(terms, alert, Step.OVER, at=at)
                told[Step.OVER] += 1
    return Looked(told[Step.RAISED], told[Step.LASTS], told[Step.OVER])


def write_messages(*, at: datetime) -> int:
    """One message to each target of all that it is to be told of by now; how many were written.

    Raises:
        AlertTermsError: the house's file cannot be used.
    """
    terms = terms_now(at)
    with transaction.atomic():
        _one_at_a_time()
        due: dict[str, list[Telling]] = {}
        for one in Telling.objects.filter(message=None, due_at__lte=at).select_related("alert"):
            due.setdefault(one.target, []).append(one)
        for name, tellings in due.items():
            pks = [one.pk for one in tellings]
            if name not in terms.targets:  # taken out of the file since
                Telling.objects.filter(pk__in=pks).delete()
                continue
            text = compose(tellings, language=terms.targets[name].language)
            message = AlertMessage.objects.create(target=name, text=text, made_at=at, next_at=at)
            Telling.objects.filter(pk__in=pks).update(message=message)
    return len(due.keys() & terms.targets.keys())


def write_test(name: str, *, at: datetime, by: User | None) -> AlertMessage:
    """A message to one target that says that it is a test.

    Raises:
        KeyError: there is no such target.
        AlertTermsError: the house's file cannot be used.
    """
    language = terms_now(at).targets[name].language
    return AlertMessage.objects.create(
        target=name,
        text=f"{_HEAD[language]}\n{_TEST[language]}",
        made_at=at,
        next_at=at,
        made_by=by,
        is_test=True,
    )


def compose(tellings: Iterable[Telling], *, language: Language) -> str:
    """One line a kind, the newest of it, in the order of ``AlertKind``; then where to look."""
    newest: dict[AlertKind, Alert] = {}
    times: Counter[AlertKind] = Counter()
    for alert in {one.alert.pk: one.alert for one in tellings}.values():
        kind = AlertKind(alert.kind)
        times[kind] += 1
        if kind not in newest or alert.pk > newest[kind].pk:
            newest[kind] = alert
    lines = [_line(newest[kind], times[kind], language) for kind in AlertKind if kind in newest]
    return "\n".join([_HEAD[language], *lines, f"{settings.PUBLIC_URL}/alerts/"])


def sweep(*, at: datetime) -> None:
    """Forget what was over, and what was sent, long ago."""
    Alert.objects.filter(over_at__lt=at - _KEPT).delete()
    AlertMessage.objects.filter(made_at__lt=at - _KEPT).delete()


def _line(alert: Alert, times: int, language: Language) -> str:
    said = say(AlertKind(alert.kind), alert.figures, language)
    when = alert.since.astimezone(zone(settings.TIME_ZONE)).strftime("%m-%d %H:%M")
    said += _SINCE[language].format(when=when)
    if times > 1:
        said += _TIMES[language].format(n=times)
    return f"{_OVER[language]}{said}" if alert.over_at else said


def _plan(terms: AlertTerms, alert: Alert, step: Step, *, at: datetime) -> None:
    routes = terms.routes_of(AlertKind(alert.kind))
    if step == Step.LASTS:
        routes = {name: one for name, one in routes.items() if _reminds(alert, name, one, at=at)}
    rows = Telling.objects.filter(alert__kind=alert.kind, target__in=routes)
    last = dict(rows.values_list("target").annotate(at=Max("message__made_at")))
    Telling.objects.bulk_create(
        Telling(
            alert=alert,
            target=name,
            step=step,
            due_at=due_at(route, at=at, last=last.get(name), zone=settings.TIME_ZONE),
        )
        for name, route in routes.items()
    )


def _reminds(alert: Alert, name: str, route: Route, *, at: datetime) -> bool:
    """Whether a target is to be told once more of what lasts; not while it waits to be told."""
    if not route.remind_hours:
        return False
    told = Telling.objects.filter(alert=alert, target=name)
    if told.filter(message=None).exists():
        return False
    last = told.aggregate(at=Max("message__made_at"))["at"] or alert.since
    return bool(last + timedelta(hours=route.remind_hours) <= at)


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
