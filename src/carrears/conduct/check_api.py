"""One case judged over HTTP; nothing is kept of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from ninja import Router, Schema
from ninja.errors import ValidationError

from carrears.access.models import User
from carrears.conduct.case_lines import check_case
from carrears.conduct.check import Case
from carrears.conduct.faults import CaseError
from carrears.conduct.packs import Packs
from carrears.conduct.verdict import Finding
from carrears.conduct.vocabulary import GateAction, Outcome, Strength, TextStatus

router = Router(tags=["conduct"])


class ExplanationOut(Schema):
    """The same said in both languages."""

    zh: str
    en: str


class RoomOut(Schema):
    """How much a rule that permits left: this is contact ``used`` of ``of``, or minutes left."""

    near_miss: bool
    used: int | None
    of: int | None
    minutes_left: int | None


class FindingOut(Schema):
    """What one rule says, why, where it stands written, and by which facts."""

    rule: str
    title: ExplanationOut
    strength: Strength
    text_status: TextStatus
    outcome: Outcome
    gate_action: GateAction
    reason: str
    explanation: ExplanationOut
    citation: str
    url: str | None
    used: list[str]
    retry_at: datetime | None
    room: RoomOut | None


class VerdictOut(Schema):
    """The verdict as ``carrears conduct check`` prints it, with the findings behind it."""

    id: str
    verdict: Outcome
    gate_action: GateAction
    rules: list[str]
    citations: list[str]
    next_allowed: str | None
    pack: str
    pack_version: str
    law_on: date
    findings: list[FindingOut]


@router.post("/check", response=VerdictOut)
def check(request: HttpRequest, case: Case) -> dict[str, Any]:
    """May this contact be made, by which rules, and when? Told all facts; nothing is looked up."""
    user = request.user
    if not (isinstance(user, User) and user.has_perm("casework.view_case")):
        raise PermissionDenied("this user may not see cases")
    try:
        result = check_case(case, Packs())
    except CaseError as error:
        raise ValidationError(
            [
                {"loc": ("body", "case", *fault.field.split(".")), "msg": fault.reason}
                for fault in error.faults
            ]
        ) from error
    verdict = result.verdict
    return {
        **result.to_json(),
        "pack": verdict.pack,
        "pack_version": verdict.pack_version,
        "law_on": verdict.law_on,
        "findings": [_tell(finding) for finding in verdict.findings],
    }


def _tell(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule_id,
        "title": {"zh": finding.title_zh, "en": finding.title_en},
        "strength": finding.strength,
        "text_status": finding.text_status,
        "outcome": finding.outcome,
        "gate_action": finding.gate_action,
        "reason": finding.reason,
        "explanation": {"zh": finding.explanation_zh, "en": finding.explanation_en},
        "citation": finding.citation,
        "url": finding.url,
        "used": list(finding.used),
        "retry_at": finding.retry_at,
        "room": finding.room,
    }
