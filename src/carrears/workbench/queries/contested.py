"""A decision that a person contests, as the screens show it, and what may be decided instead."""

from __future__ import annotations

from carrears.access.models import User
from carrears.clock import now
from carrears.rights.appeals import REVIEW, choosable, may_review, standing
from carrears.rights.explaining import Explanation, Told, explain_decision
from carrears.rights.models import CLOSED, RequestKind, RightsRequest
from carrears.workbench.queries.catalogue import treatment_title
from carrears.workbench.queries.language import is_english
from carrears.workbench.view_models.rights import ContestedShown, FiredRow


def contested_shown(request: RightsRequest, user: User) -> ContestedShown:
    """The decision, the rows that fired, what came of it, and what stands now."""
    one, told = request.contested, explain_decision(request, at=now())
    is_open = request.kind == RequestKind.APPEAL and request.state not in CLOSED
    may_judge = is_open and may_review(request, user)
    language = "en" if is_english() else "zh"
    return ContestedShown(
        treatment=treatment_title(one.treatment),
        decided_on=one.decided_on,
        strategy=one.strategy.name,
        version=one.strategy.version[:12],
        rows=_rows(told, language),
        facts=tuple((fact.title.of(language), fact.value.of(language)) for fact in told.facts),
        outcome=one.outcome,
        treatment_after=treatment_title(one.treatment_after) if one.treatment_after else "",
        until_on=one.until_on,
        standing=tuple(standing(request).values_list("kind", flat=True)),
        in_force=treatment_title(one.case.treatment) if one.case else "",
        may_judge=may_judge,
        waits_for_other=is_open and not may_judge and user.has_perm(REVIEW),
    )


def treatments_to_choose(request: RightsRequest) -> list[tuple[str, str]]:
    """The treatments that a reviewer may decide, by name."""
    return [(code, treatment_title(code)) for code in choosable(request)]


def _rows(told: Explanation, language: str) -> tuple[FiredRow, ...]:
    def condition(one: Told) -> tuple[str, str, str]:
        wanted = one.wanted.of(language) if one.wanted else ""
        return one.title.of(language), one.value.of(language), wanted

    return tuple(
        FiredRow(
            rule=row.rule,
            about=row.about.of(language),
            conditions=tuple(map(condition, row.conditions)),
        )
        for row in told.rows
    )
