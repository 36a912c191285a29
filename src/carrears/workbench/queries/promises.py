"""Promises to pay in the reader's language: their parts, and which payments met them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext

from carrears.money import Money
from carrears.workbench.templatetags.workbench import day, money


def promise_detail(data: Mapping[str, Any]) -> str:
    """What a line of the timeline says of a promise: its days, and what met each part."""
    if not data.get("parts"):
        return _by(data)
    return " · ".join(_parts(data))


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
