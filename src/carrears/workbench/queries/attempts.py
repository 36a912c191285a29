"""The attempts behind a number of the compliance dashboard, each with its verdict."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate
from django.http import Http404, QueryDict

from carrears.access.models import Membership
from carrears.clock import zone
from carrears.conduct.facts import ContactEvent
from carrears.outreach.models import Attempt
from carrears.workbench.queries.compliance_asked import (
    AGENCY,
    MACHINE,
    NEAR,
    OWN,
    PEOPLE,
    STAFF,
    TEAM,
    Asked,
    actions_shown,
    actor_of,
    actor_titles,
    parse_asked,
    period_shown,
)
from carrears.workbench.queries.evidence import entry_numbers
from carrears.workbench.queries.language import chosen
from carrears.workbench.queries.listing import Listing
from carrears.workbench.queries.mail import evidence_key, zone_of
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.queries.rule_cases import told_history, told_lines
from carrears.workbench.queries.template_choice import choice_part
from carrears.workbench.queries.verdicts import stored_verdict
from carrears.workbench.view_models.compliance import AttemptRow, AttemptShown, AttemptsPage

_HEAD = (
    "attempt", "at", "loan_no", "channel", "agency", "made_by", "template", "gate_action",
    "state", "result", "pack", "pack_version", "rules", "next_allowed_at", "near_misses",
)  # fmt: skip
_CHUNK = 2_000
_CALLED = Q(channel="call", state="made")
# The groups of the scorecard, as ``compliance_asked`` has them in SQL.
GROUPS = {
    "left": Q(state__in=["booked", "sent", "made"]),
    "called": _CALLED,
    "effective": _CALLED & Q(effective=True),
    "asked": Q(asked_override__isnull=False),
    "refused": Q(asked_override__state="refused"),
    "breach": Q(breach__isnull=False),
}


def attempts_page(params: QueryDict) -> AttemptsPage:
    """The attempts asked for, newest first."""
    asked = parse_asked(params)
    found = _found(asked)
    pager = make_pager(params, total=found.count())
    rows = list(found.select_related("case", "verdict", "breach")[rows_of(pager)])
    actors = actor_titles([actor_of(one.agency, one.made_by_id) for one in rows])
    return AttemptsPage(
        period=period_shown(
            asked,
            channels=sorted({one.channel for one in rows} | set(filter(None, [asked.channel]))),
            actors=sorted(set(actors) | set(filter(None, [asked.actor]))),
        ),
        actions=actions_shown(asked),
        rule=asked.rule,
        rows=tuple(_row(one, actors) for one in rows),
        pager=pager,
    )


def attempt_page(pk: int) -> AttemptShown:
    """One attempt with all that the gate was told.

    Raises:
        Http404: there is none.
    """
    found = Attempt.objects.select_related("case", "party", "verdict", "made_by", "breach")
    attempt = found.filter(pk=pk).first()
    if attempt is None:
        raise Http404
    told = attempt.verdict.facts
    facts = dict(told.get("facts", {}))
    history = [ContactEvent.model_validate(one) for one in facts.pop("history", ())]
    key = evidence_key(attempt)
    actor = actor_of(attempt.agency, attempt.made_by_id)
    return AttemptShown(
        row=_row(attempt, actor_titles([actor])),
        verdict=stored_verdict(attempt.verdict, zone=zone_of(attempt)),
        judged_at=attempt.verdict.judged_at,
        law_on=str(told.get("law_on") or ""),
        facts=told_lines(facts),
        attempt=told_lines(told.get("attempt", {})),
        history=told_history(tuple(history)),
        entry_no=entry_numbers([key]).get(key),
        choice=choice_part(attempt.choice),
    )


def attempts_list(params: QueryDict) -> Listing:
    """All attempts asked for, however many; no names are in them."""
    rows = _found(parse_asked(params)).select_related("case", "verdict", "made_by")
    rows = rows.defer("verdict__facts", "verdict__findings", "subject_sealed", "body_sealed")
    return Listing("attempts", _HEAD, map(_values, rows.iterator(chunk_size=_CHUNK)))


def _values(one: Attempt) -> tuple[Any, ...]:
    verdict, later = one.verdict, one.verdict.next_allowed_at
    return (
        one.pk, one.at, one.case.loan_no, one.channel, one.agency,
        one.made_by.get_username() if one.made_by else "", one.template, one.gate_action,
        one.state, one.result, verdict.pack, verdict.pack_version, " ".join(verdict.against),
        later, " ".join(verdict.near),
    )  # fmt: skip


def _found(asked: Asked) -> QuerySet[Attempt]:
    start, end = asked.moments
    found = Attempt.objects.filter(at__gte=start, at__lt=end)
    if asked.channel:
        found = found.filter(channel=asked.channel)
    if asked.action == NEAR:
        near = {"verdict__near__has_key": asked.rule} if asked.rule else {}
        found = found.filter(
            ~Q(verdict__near=[]),
            gate_action="allow",
            verdict__gate_action="allow",
            verdict__attempt_at__gte=start,
            verdict__attempt_at__lt=end,
            **near,
        )
    elif asked.action in GROUPS:
        found = found.filter(GROUPS[asked.action])
    elif asked.action:
        found = found.filter(gate_action=asked.action)
    if asked.rule and asked.action != NEAR:
        found = found.filter(
            ~Q(gate_action="allow"),
            verdict__attempt_at__gte=start,
            verdict__attempt_at__lt=end,
            verdict__against__has_key=asked.rule,
        )
    return _by(asked.actor, found)


def _by(actor: str, found: QuerySet[Attempt]) -> QuerySet[Attempt]:
    """Those of one who acted, as ``compliance_asked`` has them in SQL."""
    if actor in {OWN, PEOPLE}:
        people = {"made_by__isnull": False} if actor == PEOPLE else {}
        return found.filter(agency="", **people)
    if actor == MACHINE:
        return found.filter(agency="", made_by=None)
    if actor.startswith(AGENCY):
        return found.filter(agency=actor.removeprefix(AGENCY))
    if actor.startswith(STAFF):
        return found.filter(agency="", made_by=int(actor.removeprefix(STAFF)))
    if actor.startswith(TEAM):
        return _of_team(found, int(actor.removeprefix(TEAM)))
    return found


def _of_team(found: QuerySet[Attempt], team: int) -> QuerySet[Attempt]:
    """What people made on days on which they were at home there."""
    day = OuterRef("day")
    home = Membership.objects.filter(
        Q(until_on=None) | Q(until_on__gte=day),
        user=OuterRef("made_by"),
        organisation=team,
        is_home=True,
        from_on__lte=day,
    )
    dated = found.alias(day=TruncDate("at", tzinfo=zone(settings.TIME_ZONE)))
    return dated.filter(Exists(home), agency="")


def _row(attempt: Attempt, actors: dict[str, str]) -> AttemptRow:
    verdict = attempt.verdict
    return AttemptRow(
        pk=attempt.pk,
        at=attempt.at,
        loan_no=attempt.case.loan_no,
        channel=attempt.channel,
        actor=actors[actor_of(attempt.agency, attempt.made_by_id)],
        action=attempt.gate_action,
        state=attempt.state,
        against=_titles(one for one in verdict.findings if one["gate_action"] != "allow"),
        near=_titles(one for one in verdict.findings if one["rule_id"] in verdict.near),
        next_allowed_at=verdict.next_allowed_at,
        breach=breach_of(attempt),
    )


def breach_of(attempt: Attempt) -> str:
    """What the gate would have said to a contact made without it; empty: no breach."""
    breach = getattr(attempt, "breach", None)
    return "" if breach is None else "late" if breach.late else "breach"


def _titles(findings: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(chosen(one["title_zh"], one["title_en"]) for one in findings)
