"""The gate's verdicts, just given or kept, as the screens show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.utils.translation import gettext, ngettext

from carrears.conduct import verdict as answers
from carrears.conduct.models import VerdictRecord
from carrears.workbench.queries.language import chosen
from carrears.workbench.queries.rule_cases import explained, facts_in_words
from carrears.workbench.view_models.contact import Finding, Verdict

# What stands in the way comes first.
_ORDER = {"block": 0, "review": 1, "allow": 2}


def _told(finding: answers.Finding) -> dict[str, Any]:
    return finding._asdict() | {"room": asdict(finding.room) if finding.room else None}


def given_verdict(verdict: answers.Verdict, *, at: datetime, zone: str) -> Verdict:
    """A verdict that was just given for the moment ``at``; ``zone`` is the person's."""
    return Verdict(
        outcome=verdict.gate_action,
        pack=verdict.pack,
        pack_version=verdict.pack_version,
        judged_for=at,
        debtor_time=at,
        time_zone=zone,
        findings=_findings([_told(one) for one in verdict.findings]),
        next_allowed_at=verdict.next_allowed_at,
    )


def stored_verdict(record: VerdictRecord, *, zone: str) -> Verdict:
    """A verdict as it was kept."""
    outcome: Any = record.gate_action
    return Verdict(
        outcome=outcome,
        pack=record.pack,
        pack_version=record.pack_version,
        judged_for=record.attempt_at,
        debtor_time=record.attempt_at,
        time_zone=zone,
        findings=_findings(record.findings),
        next_allowed_at=record.next_allowed_at,
    )


def reasons_of(record: VerdictRecord) -> tuple[str, ...]:
    """The titles of the rules that stood in the way."""
    return tuple(
        one.title for one in _findings(record.findings) if one.outcome == record.gate_action
    )


def _findings(given: list[Mapping[str, Any]] | list[dict[str, Any]]) -> tuple[Finding, ...]:
    found = [_finding(one) for one in given]
    return tuple(sorted(found, key=lambda one: _ORDER[one.outcome]))


def _finding(given: Mapping[str, Any]) -> Finding:
    return Finding(
        rule_id=given["rule_id"],
        outcome=given["gate_action"],
        title=chosen(given["title_zh"], given["title_en"]),
        explanation=explained(given["explanation_zh"], given["explanation_en"]),
        citation=given["citation"],
        url=given["url"] or "",
        used=facts_in_words(given["used"]),
        room=_room(given.get("room") or {}),
        near_miss=bool((given.get("room") or {}).get("near_miss")),
    )


def _room(told: Mapping[str, Any]) -> str:
    if told.get("of") is not None:
        return gettext("Contact %(used)s of %(of)s permitted") % {
            "used": told["used"],
            "of": told["of"],
        }
    if (left := told.get("minutes_left")) is not None:
        return ngettext(
            "%(left)s minute before the hours end", "%(left)s minutes before the hours end", left
        ) % {"left": left}
    return ""
