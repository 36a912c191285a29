"""Which attempts a compliance officer asks about: days, channel, who acted, answer, rule."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Max
from django.http import QueryDict
from django.utils.translation import gettext

from carrears.access.models import Organisation, User
from carrears.clock import at_local, local_day, now
from carrears.outreach.models import Attempt
from carrears.workbench.labels import label_of
from carrears.workbench.queries.choices import options_of
from carrears.workbench.view_models.common import Option
from carrears.workbench.view_models.compliance import PeriodShown

_SPANS = (7, 30, 90, 365)
_USUAL = 30
_LONGEST = 366
_ACTIONS = ("allow", "block", "review")
# Let go, but as the last permitted or shortly before the end of the hours.
NEAR = "near"
_NEAR_MISS = "select 1 from conduct_verdictrecord n where n.near <> '[]'"
# Groups of attempts that a scorecard counts, each as SQL on attempts ``a``.
_ON_ATTEMPTS = {
    "left": "a.state in ('booked', 'sent', 'made')",
    "called": "a.channel = 'call' and a.state = 'made'",
    "effective": "a.channel = 'call' and a.state = 'made' and a.effective",
    "asked": "exists (select 1 from outreach_override o where o.stopped_id = a.id)",
    "refused": "exists (select 1 from outreach_override o where o.stopped_id = a.id "
    "and o.state = 'refused')",
    "breach": "exists (select 1 from outreach_breach b where b.attempt_id = a.id)",
}
# The lender's own, and of them those by people.
OWN, PEOPLE = "own", "people"
MACHINE, AGENCY, STAFF, TEAM = "auto", "agency:", "staff:", "team:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The question; an empty text leaves its filter out. Days are of the lender's clock."""

    first: date
    last: date
    channel: str = ""
    actor: str = ""
    action: str = ""
    rule: str = ""

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """From when, and until when (outside)."""
        end = self.last + timedelta(days=1)
        zone = settings.TIME_ZONE
        return at_local(self.first, time.min, zone), at_local(end, time.min, zone)

    def query(self, **changes: Any) -> str:
        """The address that asks this, or this with ``changes``."""
        asked = replace(self, **changes)
        names = ("channel", "actor", "action", "rule")
        told = {"from": asked.first.isoformat(), "to": asked.last.isoformat()}
        return urlencode(told | {n: v for n in names if (v := getattr(asked, n))})

    def conditions(self, *, moment: str = "a.at", table: str = "a") -> tuple[str, list[Any]]:
        """As SQL, but for the rule: on attempts, or on verdicts where no actor is asked for."""
        texts = [f"{moment} >= %s and {moment} < %s"]
        values: list[Any] = [*self.moments]
        action = "allow" if self.action == NEAR else self.action
        if grouped := _ON_ATTEMPTS.get(action):
            action = ""
            whole = "exists (select 1 from outreach_attempt a where a.verdict_id = v.id and "
            texts.append(f"{whole}{grouped})" if table == "v" else grouped)
        for column, wanted in (("channel", self.channel), ("gate_action", action)):
            if wanted:
                texts.append(f"{table}.{column} = %s")
                values.append(wanted)
        if self.action == NEAR:
            key = "v.id" if table == "v" else "a.verdict_id"
            texts.append(f"exists ({_NEAR_MISS} and n.id = {key})")
        if self.actor:
            text, of_actor = _acted(self.actor)
            texts.append(text)
            values += of_actor
        return " and ".join(texts), values


def _acted(actor: str) -> tuple[str, list[Any]]:
    """Who acted, as SQL on attempts ``a``."""
    whose, _, name = actor.partition(":")
    match f"{whose}:":
        case "agency:":
            return "a.agency = %s", [name]
        case "staff:":
            return "a.agency = '' and a.made_by_id = %s", [int(name)]
        case "team:":
            home = at_home("a.made_by_id", "a.at")
            return f"a.agency = '' and exists ({home})", [settings.TIME_ZONE, int(name)]
    made = {MACHINE: " and a.made_by_id is null", PEOPLE: " and a.made_by_id is not null", OWN: ""}
    return f"a.agency = ''{made[actor]}", []


def at_home(who: str, moment: str) -> str:
    """SQL: where somebody was at home on the day; asks for the time zone and an organisation."""
    return (
        f"select 1 from access_membership m where {home_on(who, moment)} and m.organisation_id = %s"  # noqa: S608  column names alone
    )


def home_on(who: str, moment: str) -> str:
    """SQL: whether a membership ``m`` is somebody's home on the day; asks for the time zone."""
    day = f"({moment} at time zone %s)::date"
    return f"m.user_id = {who} and m.is_home and daterange(m.from_on, m.until_on, '[]') @> {day}"


def parse_asked(params: QueryDict) -> Asked:
    """The question of an address; what makes no sense in it is left out.

    Without days it is about the thirty days up to the newest attempt: a replayed book's
    attempts lie in the past.
    """
    newest = Attempt.objects.aggregate(last=Max("at"))["last"] or now()
    last = _day(params.get("to", "")) or local_day(newest, settings.TIME_ZONE)
    span = params.get("days", "")
    days = int(span) if span in {str(one) for one in _SPANS} else _USUAL
    first = _day(params.get("from", "")) or last - timedelta(days=days - 1)
    first = min(max(first, last - timedelta(days=_LONGEST - 1)), last)
    action = params.get("action", "")
    return Asked(
        first=first,
        last=last,
        channel=_plain(params.get("channel", "")),
        actor=_actor(_plain(params.get("actor", ""))),
        action=action if action in {*_ACTIONS, NEAR, *_ON_ATTEMPTS} else "",
        rule=_plain(params.get("rule", "")),
    )


def period_shown(asked: Asked, *, channels: list[str], actors: list[str]) -> PeriodShown:
    """The filters as a form shows them."""
    length = (asked.last - asked.first).days + 1
    names = actor_titles(actors)
    return PeriodShown(
        first=asked.first,
        last=asked.last,
        spans=tuple(
            Option(str(n), gettext("%(days)s days") % {"days": n}, n == length) for n in _SPANS
        ),
        channels=options_of([(c, channel_title(c)) for c in channels], asked.channel, keep=True),
        actors=options_of([(one, names[one]) for one in actors], asked.actor, keep=True),
        query=asked.query(),
        active=bool(asked.channel or asked.actor or asked.action or asked.rule),
    )


def actions_shown(asked: Asked) -> tuple[Option, ...]:
    """The gate's answers as a filter."""
    told = [(a, str(label_of(a, "outcome").text)) for a in _ACTIONS]
    more = [
        (NEAR, gettext("Near miss")),
        ("left", gettext("Contact made")),
        ("called", gettext("Call made")),
        ("effective", gettext("Effective call")),
        ("asked", gettext("Override asked")),
        ("refused", gettext("Override refused")),
        ("breach", gettext("Breach")),
    ]
    return options_of([*told, *more], asked.action, keep=True)


def channel_title(code: str) -> str:
    """A channel's name."""
    return str(label_of(code, "word").text)


def actor_of(agency: str, made_by: int | None) -> str:
    """Who acted, as an address names him."""
    if agency:
        return f"{AGENCY}{agency}"
    return MACHINE if made_by is None else f"{STAFF}{made_by}"


def actor_titles(actors: list[str]) -> dict[str, str]:
    """Those who acted by name: a collector, a team, an agency, or the strategy by itself."""
    staff = [int(one.removeprefix(STAFF)) for one in actors if one.startswith(STAFF)]
    names = {f"{STAFF}{user.pk}": str(user) for user in User.objects.filter(pk__in=staff)}
    teams = [int(one.removeprefix(TEAM)) for one in actors if one.startswith(TEAM)]
    names |= {f"{TEAM}{one.pk}": str(one) for one in Organisation.objects.filter(pk__in=teams)}
    names[MACHINE] = gettext("By the strategy")
    names[OWN], names[PEOPLE] = gettext("Lender's own"), gettext("Own staff")
    return {one: names.get(one) or one.removeprefix(AGENCY) for one in actors}


def _actor(text: str) -> str:
    if text.startswith((STAFF, TEAM)):
        number = text.partition(":")[2]
        return text if number.isascii() and number.isdigit() and len(number) < 10 else ""  # noqa: PLR2004  more is no user
    return text if text in {MACHINE, OWN, PEOPLE} or text.startswith(AGENCY) else ""


def _plain(text: str) -> str:
    return text.strip().replace("\0", "")[:80]


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2200 else None  # noqa: PLR2004  other days overflow the clock
