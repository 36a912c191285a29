"""Why a case is to be come back to on its day, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext, ngettext

from carrears.access.models import User
from carrears.casework.follow_up_rules import FollowUpRulesError, load_follow_up_rules
from carrears.casework.models import Case, CaseEvent
from carrears.casework.words import text_of
from carrears.workbench.queries.language import chosen
from carrears.workbench.queries.outcomes import code_title
from carrears.workbench.templatetags.workbench import day


def why_then(case: Case) -> str:
    """By which rule or by whom, counted from when; empty where nothing is known of it."""
    why: Mapping[str, Any] = case.follow_up_why
    if case.follow_up_on is None or not why:
        return ""
    if "by" in why:
        return _by_hand(why)
    parts = [_rule_title(why["rule"], case.as_of)] if "rule" in why else [gettext("Result")]
    if "code" in why:
        parts.append(code_title(why["code"]))
    if why.get("attempts", 0) > 1:
        parts.append(gettext("not reached %(many)d times in a row") % {"many": why["attempts"]})
    text = ngettext(
        "%(days)d working day after %(day)s", "%(days)d working days after %(day)s", why["days"]
    )
    parts.append(text % {"days": why["days"], "day": day(date.fromisoformat(why["from"]))})
    return " · ".join(parts)


def _by_hand(why: Mapping[str, Any]) -> str:
    user = User.objects.filter(username=why["by"]).first()
    parts = [gettext("set by %(who)s") % {"who": str(user or why["by"])}]
    if "code" in why:
        parts.append(code_title(why["code"]))
    return " · ".join(filter(None, (*parts, _reason(why))))


def _reason(why: Mapping[str, Any]) -> str:
    """What he said why; one that an older release wrote stands there itself."""
    line = CaseEvent.objects.filter(key=why["line"]).first() if "line" in why else None
    return text_of(line) if line else why.get("reason", "")


def _rule_title(name: str, on: date) -> str:
    try:
        rules = load_follow_up_rules(Path(settings.CARREARS_HOME), on=on).rules
    except FollowUpRulesError:  # a case is read whatever is wrong with the lender's file
        return name
    found = {rule.name: rule.title for rule in rules}.get(name)
    return chosen(found.get("zh", ""), found.get("en", "")) if found else name
