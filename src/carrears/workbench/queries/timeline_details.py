"""What a line of a timeline says beyond its name, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext

from carrears.conduct.spoken import title_of
from carrears.money import Money
from carrears.workbench.labels import label_of
from carrears.workbench.queries.allocation import rule_title
from carrears.workbench.queries.catalogue import treatment_title
from carrears.workbench.queries.disputes import kind_title
from carrears.workbench.queries.language import chosen
from carrears.workbench.queries.outcomes import outcome_detail
from carrears.workbench.queries.promises import promise_detail
from carrears.workbench.queries.pull_back import pull_back_title
from carrears.workbench.templatetags.workbench import bucket_name, day, money

# Kinds that a code says more of: in which field it lies, and to which group it belongs.
_CODES = {
    "closed": ("reason", "close_reason"),
    "device_alarm": ("alarm", "alarm"),
    "complaint_step": ("step", "complaint_step"),
    "dispute_step": ("step", "dispute_step"),
    "rights_request": ("what", "request_kind"),
}
_HANDED = {
    "assigned",
    "placed",
    "recalled",
    "placement_held",
    "placement_resumed",
    "placement_kept",
    "placement_extended",
    "placement_returned",
}


def detail_of(kind: str, data: dict[str, Any]) -> str:
    """Of a line of this kind, with the data that its reader sees."""
    if kind == "opened":
        known = {"bucket": bucket_name(data["bucket"]), "days": data["dpd"]}
        return gettext("%(bucket)s, %(days)s days past due") % known
    if kind in {"bucket", "treatment"}:
        return _moved(data)
    if kind in _CODES:
        field, group = _CODES[kind]
        return str(label_of(data[field], group).text)
    if kind in _TOLD:
        return _TOLD[kind](data)
    detail = ""
    if kind == "complaint" and "category" in data:
        detail = str(label_of(data["category"], "complaint_category").text)
    elif kind == "bureau_change":
        detail = gettext("new score %(score)s") % {"score": data["bureau_score"]}
    elif kind.startswith("promise"):
        detail = promise_detail(data)
    elif kind in _HANDED:
        detail = _handed(kind, data)
    elif kind in {"payment", "reversal"}:
        detail = gettext("paid on %(day)s") % {"day": day(date.fromisoformat(data["paid_on"]))}
    return detail


def _call_left(data: dict[str, Any]) -> str:
    told = {"minutes": data["minutes"], "who": data["collector"] or data["agency"] or "–"}
    return gettext("booked by %(who)s, no result after %(minutes)s minutes") % told


def _note(data: dict[str, Any]) -> str:
    parts = [_flagged(data.get("words", ()))]
    if names := data.get("mentions"):
        parts.append(gettext("told: %(names)s") % {"names": ", ".join(names)})
    return " · ".join(part for part in parts if part)


def _ruling(data: dict[str, Any]) -> str:
    """What somebody ruled about the treatment, and until when."""
    parts = [str(label_of(data["kind"], "ruling_kind").text)]
    if data["what"] != "placed":
        parts.append(str(label_of(data["what"], "ruling").text))
    if data.get("treatment"):
        parts.append(treatment_title(data["treatment"]))
    if until := data.get("until_on"):
        parts.append(gettext("until %(day)s") % {"day": day(date.fromisoformat(until))})
    return " · ".join(parts)


def _outcome(data: dict[str, Any]) -> str:
    """What came of a contact that was not booked."""
    return outcome_detail(data | {"way": f"{data['direction']}-{data['channel']}"})


def _disputed(data: dict[str, Any]) -> str:
    return kind_title(data["kind"])


def _held(data: dict[str, Any]) -> str:
    """Why collection is stopped, for whom and until when."""
    parts = [str(label_of(data["reason"], "hold").text)]
    if data.get("whole_person"):
        parts.append(gettext("all that the borrower owes"))
    if "until_on" in data:
        until = data["until_on"]
        on = day(date.fromisoformat(until)) if until else ""
        parts.append(
            gettext("until %(day)s") % {"day": on} if on else gettext("until it is lifted")
        )
    return " · ".join(parts)


def _from_the_way(data: dict[str, Any]) -> str:
    return gettext("told afterwards") if data.get("late") else ""


def _come_back(data: dict[str, Any]) -> str:
    """Which day was set by hand for which, and why."""
    day_then = day(date.fromisoformat(data["follow_up_on"]))
    days = [day(date.fromisoformat(data["before"]))] if "before" in data else []
    way = " → ".join([*days, " ".join(filter(None, (day_then, data.get("at", ""))))])
    return " · ".join(filter(None, (way, data.get("text"))))


_TOLD = {
    "call_left": _call_left,
    "follow_up": _come_back,
    "dispute": _disputed,
    "hold": _held,
    "hold_lifted": _held,
    "hold_moved": _held,
    "note": _note,
    "outcome": _outcome,
    "ruling": _ruling,
    "visit_checked_in": _from_the_way,
    "visit_checked_out": _from_the_way,
    "visit_photo": _from_the_way,
    "visit_signature": _from_the_way,
}


def _handed(kind: str, data: dict[str, Any]) -> str:
    """With whom the case is now and why: the agency, or from whom to whom."""
    if kind != "assigned":
        why = str(label_of(data.get("why") or data.get("reason") or "", "bar_reason").text)
        return " · ".join(filter(None, (data["agency"], why)))
    way = " → ".join(filter(None, (data.get("from"), data.get("to") or gettext("nobody"))))
    taken = pull_back_title(data["pulled_by"]) if "pulled_by" in data else data.get("reason", "")
    given = rule_title(data["rule"]) if "rule" in data else ""
    return " · ".join(filter(None, (way, taken, given)))


def _flagged(rules: Sequence[str]) -> str:
    """The words of a note that are to be reviewed, by what they are."""
    titles = (title_of(rule) for rule in rules)
    named = [chosen(title.zh, title.en) if title else "" for title in titles]
    what = "; ".join(filter(None, named))
    return gettext("Words to be reviewed: %(what)s") % {"what": what} if what else ""


def _moved(data: dict[str, Any]) -> str:
    parts = []
    if data["from_bucket"] != data["bucket"]:
        parts.append(f"{bucket_name(data['from_bucket'])} → {bucket_name(data['bucket'])}")
    if data.get("from_treatment") != data.get("treatment"):
        old, new = treatment_title(data["from_treatment"]), treatment_title(data["treatment"])
        parts.append(f"{old} → {new}")
    parts.append(money(Money(data["arrears"], data["currency"])))
    return " · ".join(parts)
