"""Stops of collection of many at once in the reader's language."""

from __future__ import annotations

from uuid import uuid4

from django.utils.translation import gettext

from carrears.access.models import User
from carrears.casework.holding_chosen import Chosen, Wanted, preview
from carrears.casework.holding_together import MOST, counts_of, orders_seen, reasons_of
from carrears.casework.models import Fared, HoldingTogether
from carrears.casework.narrowing import NOBODY
from carrears.delinquency.buckets import load_buckets
from carrears.money import Money
from carrears.workbench.labels import label_of
from carrears.workbench.queries.catalogue import titled, treatment_title
from carrears.workbench.view_models.holding import (
    HoldingOrders,
    HoldingPreview,
    HoldingRow,
    SampleRow,
)

_ORDERS = 10


def holding_preview(user: User, chosen: Chosen, wanted: Wanted) -> HoldingPreview:
    """What an order would come to."""
    told, names = preview(user, chosen, wanted), load_buckets().names
    return HoldingPreview(
        many=told.people,
        at_most=MOST,
        unknown=told.unknown,
        cases=told.cases,
        planned=told.planned,
        stopped=told.stopped,
        before=told.before,
        placed=told.placed,
        regions=told.regions,
        sample=tuple(
            SampleRow(
                loan_no=case.loan_no,
                region=case.party.region if case.party else "",
                bucket=names[case.bucket],
                arrears=Money(case.arrears, case.currency),
            )
            for case in told.sample
        ),
        key=uuid4().hex,
    )


def holding_orders(user: User) -> HoldingOrders:
    """The newest orders that he may look after."""
    newest = list(orders_seen(user)[:_ORDERS])
    why = reasons_of(newest)
    rows = tuple(_row(user, one, why[one.pk]) for one in newest)
    return HoldingOrders(rows, any(one.state in {"holding", "lifting"} for one in rows))


def _row(user: User, order: HoldingTogether, why: str) -> HoldingRow:
    counts, state = counts_of(order), _state(order)
    left = counts[Fared.HELD] if state == "lifting" else counts[""]
    total = counts.total()
    fared = [(name, counts[name]) for name in ("", *Fared.values) if counts[name]]
    return HoldingRow(
        pk=order.pk,
        asked_at=order.asked_at,
        asked_by=str(order.asked_by),
        whose=whose(Chosen.of(order.asked), by_words="by_words" in order.asked),
        reason=order.reason,
        why=why,
        from_on=order.from_on,
        until_on=order.until_on,
        takes_new=order.takes_new,
        state=state,
        share=100 * (total - left) // max(total, 1),
        total=total,
        fared=tuple((str(label_of(name or "waits", "held_fared").text), n) for name, n in fared),
        lift_by=str(order.lift_by) if order.lift_by else "",
        may_lift=order.lift_at is None and user.has_perm("casework.lift_hold"),
    )


def _state(order: HoldingTogether) -> str:
    if order.lift_at is not None:
        return "lifting" if order.lifted_at is None else "lifted"
    return "holding" if order.done_at is None else "held"


def whose(chosen: Chosen, *, by_words: bool) -> str:
    """Whose collection, in the reader's words."""
    names, flag = load_buckets().names, chosen.flag
    parts = [
        (gettext("Region"), chosen.regions),
        (gettext("Bucket"), [names[one] for one in chosen.buckets if one < len(names)]),
        (gettext("Treatment"), [treatment_title(one) for one in chosen.treatments]),
        (gettext("Next step"), [titled(chosen.step, "step").title] if chosen.step else []),
        (gettext("Whose"), [_owner(chosen.owner)] if chosen.owner else []),
        (gettext("Marked"), [str(label_of(flag, "flag").text)] if flag else []),
        (gettext("By words"), [gettext("not kept")] if by_words else []),
    ]
    return " · ".join(f"{title}: {', '.join(values)}" for title, values in parts if values)


def _owner(owner: str) -> str:
    if owner == NOBODY:
        return gettext("Nobody's")
    found = User.objects.filter(pk=owner).first()
    return str(found) if found else "–"
