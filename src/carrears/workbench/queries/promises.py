"""Promises to pay in the reader's language: their parts, and which payments met them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.utils.translation import gettext, ngettext

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.casework.promises import PartWanted, Said
from carrears.clock import local_day
from carrears.dayrun.loan_ledger import UnknownLoanError, position_of
from carrears.money import Money
from carrears.outreach.models import Attempt
from carrears.portfolio.services import BookError
from carrears.workbench.labels import label_of
from carrears.workbench.templatetags.workbench import day, money
from carrears.workbench.view_models.case import PromisePreview


def promise_preview(case: Case, parts: Sequence[PartWanted]) -> PromisePreview:
    """What is due on the last promised day if nothing else comes, and what the promise leaves.

    The ledger reckons it, with instalments that fall due and penalty interest until then; where
    the book does not know the loan, today's arrears stand in for it.
    """
    last_on = max(part.due_on for part in parts)
    try:
        due = position_of(case.loan_no, as_of=last_on).arrears_total
    except (UnknownLoanError, BookError, OSError):
        due = case.arrears
    promised = sum(part.amount for part in parts)
    return PromisePreview(
        promised=Money(promised, case.currency),
        last_on=last_on,
        due=Money(due, case.currency),
        left=Money(max(due - promised, 0), case.currency),
    )


def said_in(case: Case, *, by: User, today: date) -> Said:
    """The contact in which a promise is made: the newest of today in which ``by`` was talking."""
    talked = Attempt.objects.filter(case=case, made_by=by, result="conversation")
    newest = talked.order_by("-at", "-pk").first()
    if newest is None or local_day(newest.at, settings.TIME_ZONE) != today:
        return Said()
    return Said(party=newest.party_id, channel=newest.channel, attempt=newest.pk)


def promise_detail(data: Mapping[str, Any]) -> str:
    """What a line of the timeline says of a promise: its days, and what met each part."""
    said = [*_parts(data)] if data.get("parts") else [_by(data)]
    if mistake := data.get("mistake"):
        said.append(str(label_of(mistake, "promise_mistake").text))
    if data.get("how") == "replaced":
        said.append(gettext("another was recorded instead"))
    if again := data.get("again"):
        many = ngettext("%(n)s message planned again", "%(n)s messages planned again", again)
        said.append(many % {"n": again})
    if stopped := data.get("stopped"):
        many = ngettext(
            "%(n)s planned message cancelled", "%(n)s planned messages cancelled", stopped
        )
        said.append(many % {"n": stopped})
    return " · ".join(said)


def _by(part: Mapping[str, Any]) -> str:
    return gettext("by %(day)s") % {"day": day(date.fromisoformat(part["due_on"]))}


def _parts(data: Mapping[str, Any]) -> Iterator[str]:
    for part in data["parts"]:
        amount, by = money(Money(part["amount"], data["currency"])), _by(part)
        if "by" not in part:
            yield f"{amount} {by}"
            continue
        met = [
            gettext("%(amount)s of %(day)s")
            % {
                "amount": money(Money(share["amount"], data["currency"])),
                "day": day(date.fromisoformat(share["paid_on"])),
            }
            for share in part["by"]
        ]
        paid = gettext("met by %(payments)s") % {"payments": ", ".join(met)}
        nothing = gettext("nothing came in in time")
        if part["state"] == "open":
            nothing = gettext("nothing came in yet")
        yield f"{amount} {by}: {paid if met else nothing}"
