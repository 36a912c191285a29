"""What rules take back from collectors: the rules of today and what they would do now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext, ngettext

from carrears.access.models import User
from carrears.access.organisations import access_day
from carrears.casework.leading import led_by
from carrears.casework.pull_back_rules import (
    PullBackRule,
    PullBackRules,
    PullBackRulesError,
    load_pull_back_rules,
)
from carrears.casework.pulling_plans import PullBackPlan, Taken, plan_pull_back
from carrears.clock import now
from carrears.workbench.labels import label_of
from carrears.workbench.queries.formats import count
from carrears.workbench.queries.language import chosen
from carrears.workbench.view_models.pull_back import PullBackPage, PullBackRow

_SHOWN = 8  # paths from whom to whom


def pull_back_title(name: str) -> str:
    """A rule's name in the reader's language; one that is gone is called as it was."""
    try:
        title = _rules().titles().get(name)
    except PullBackRulesError:  # a timeline is read whatever is wrong with the lender's file
        return name
    return chosen(title.get("zh", ""), title.get("en", "")) if title else name


def pull_back_page(user: User, *, planned: bool) -> PullBackPage:
    """The rules, and what they would take from the reader's part of the house, if it is asked."""
    rules = _rules()
    plan = plan_pull_back(owners=led_by(user)) if planned else PullBackPlan()
    ends = {pk for one in plan.taken for pk in (one.owner, one.after) if pk is not None}
    names = {one.pk: str(one) for one in User.objects.filter(pk__in=ends)}
    return PullBackPage(
        rows=tuple(_row(rule, plan, names) for rule in rules.rules),
        cases=len(plan.taken),
        people=_people(plan.taken),
        promise_days=rules.promise_days,
        is_planned=planned,
    )


def _rules() -> PullBackRules:
    return load_pull_back_rules(Path(settings.CARREARS_HOME), on=access_day(now()))


def _row(rule: PullBackRule, plan: PullBackPlan, names: Mapping[int, str]) -> PullBackRow:
    taken = [one for one in plan.taken if one.rule.name == rule.name]
    why = str(label_of(rule.why, "pull_back_why").text)
    stays = [
        gettext("%(why)s: people %(many)s")
        % {"why": label_of(spared, "pull_back_spared").text, "many": count(many)}
        for (name, spared), many in plan.spared.items()
        if name == rule.name
    ]
    return PullBackRow(
        title=pull_back_title(rule.name),
        why=why % {"days": rule.days} if rule.days else why,
        to=str(label_of(rule.to, "pull_back_to").text),
        only=_only(rule),
        cases=len(taken),
        people=_people(taken),
        goes=_goes(taken, names),
        stays=tuple(stays),
    )


def _only(rule: PullBackRule) -> str:
    """What the rule asks of a case, as the file says it."""
    asked = rule.when.model_dump(mode="json", exclude_defaults=True)
    shown = (
        f"{name}: {', '.join(sorted(map(str, value))) if isinstance(value, list) else value}"
        for name, value in asked.items()
    )
    return "; ".join(shown)


def _goes(taken: Sequence[Taken], names: Mapping[int, str]) -> tuple[str, ...]:
    ways = Counter((one.owner, one.after) for one in taken)
    lines = []
    for (owner, after), many in ways.most_common(_SHOWN):
        to = gettext("the pool") if after is None else names[after]
        cases = ngettext("%(many)s case", "%(many)s cases", many) % {"many": count(many)}
        lines.append(f"{names[owner]} → {to}: {cases}")
    return (*lines, "…") if len(ways) > _SHOWN else tuple(lines)


def _people(taken: Sequence[Taken]) -> int:
    return len({(one.owner, one.found.case.debtor) for one in taken})
