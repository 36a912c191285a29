"""Messages that did not get through."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.db.models import QuerySet
from django.http import Http404, QueryDict
from django.utils.translation import gettext, gettext_noop, pgettext

from carrears.access.models import User
from carrears.casework.seeing import of_visible_cases
from carrears.outreach.dead_letters import close_reasons
from carrears.outreach.delivery_models import DEAD
from carrears.outreach.models import Delivery, SendingAgain
from carrears.outreach.sending_again import MOST, Chosen, counts_of, preview, reasons_of
from carrears.outreach.services import WRITTEN
from carrears.workbench.gateway_words import said_by_gateway
from carrears.workbench.labels import label_of
from carrears.workbench.queries.mail import address_of
from carrears.workbench.queries.narrowing import day_of
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.view_models.common import Option
from carrears.workbench.view_models.dead_letters import (
    DeadLetter,
    DeadLettersPage,
    ManyPart,
    OrderRow,
    OrdersPart,
)

_CLOSED = "closed"
_ORDERS = 5
# What is said of a message on this side, so that it can be said in the reader's words.
ERRORS = (
    gettext_noop("not sent in time; to be judged anew"),
    gettext_noop("the address or the message was erased"),
    gettext_noop("the sender ended"),
    gettext_noop("collection was stopped after it was judged"),
    gettext_noop("the person refused it after it was judged"),
    gettext_noop("contact was forbidden after it was judged"),
    gettext_noop("a promise was made after it was judged"),
    gettext_noop("the case was closed after it was judged"),
    gettext_noop("the hours for it were over before it left"),
    gettext_noop("nothing asks for it any more"),
    gettext_noop("the gateway has no template for this one"),
    gettext_noop("somebody said what became of it"),
    gettext_noop("the gateway's template says other words than those that were judged"),
)


def dead_letters_page(user: User, params: QueryDict) -> DeadLettersPage:
    """The dead letters of the cases that ``user`` may see, oldest first; open ones by default."""
    state, chosen = params.get("state", ""), chosen_of(params)
    found = chosen.among(dead_letters(user))
    if state == _CLOSED:
        found = found.exclude(closing="").order_by("-closed_at")
    else:
        found = found.filter(closing="").order_by("attempt_id")
    may_act = user.has_perm("outreach.send_message")
    pager = make_pager(params, total=found.count())
    shown = list(found[rows_of(pager)])
    reasons = close_reasons(shown)
    choices = [("", gettext("Open"))]
    choices += [(code.value, str(label_of(code.value, "delivery_state").text)) for code in DEAD]
    choices += [(_CLOSED, pgettext("message", "Closed"))]
    return DeadLettersPage(
        rows=tuple(_row(user, one, reasons[one.pk]) for one in shown),
        pager=pager,
        states=tuple(Option(code, name, code == state) for code, name in choices),
        channels=tuple(
            Option(code, name, code == chosen.channel)
            for code, name in [
                ("", gettext("All")),
                *((one, str(label_of(one, "channel").text)) for one in WRITTEN),
            ]
        ),
        error=chosen.error,
        first=chosen.first.isoformat() if chosen.first else "",
        last=chosen.last.isoformat() if chosen.last else "",
        may_act=may_act,
        again=many_part(user, chosen) if may_act and state != _CLOSED else None,
        orders=orders_part(user),
    )


def chosen_of(params: QueryDict) -> Chosen:
    """Which ones a filter asks for; what is none of its words is left out."""
    state, channel = params.get("state", ""), params.get("channel", "")
    return Chosen(
        channel=channel if channel in WRITTEN else "",
        state=state if state in DEAD else "",
        error=params.get("error", "").strip().replace("\0", "")[:200],
        first=day_of(params.get("first", "")),
        last=day_of(params.get("last", "")),
    )


def many_part(user: User, chosen: Chosen) -> ManyPart | None:
    """What sending all that fit again would come to; None where there are none."""
    told = preview(user, chosen)
    if not told.many and not told.uncertain:
        return None
    return ManyPart(
        many=told.many,
        uncertain=told.uncertain,
        at_most=MOST,
        channels=tuple(
            (str(label_of(channel, "channel").text), many)
            for channel, many in sorted(told.by_channel.items())
        ),
        errors=tuple((said_error(error), many) for error, many in told.by_error.items()),
        asked=tuple(chosen.to_json().items()),
        key=uuid4().hex,
    )


def orders_part(user: User) -> OrdersPart:
    """The newest orders: of who leads all of them, else his own."""
    found = SendingAgain.objects.select_related("asked_by", "stopped_by")
    if not user.has_perm("casework.view_all_cases"):
        found = found.filter(asked_by=user)
    newest = list(found[:_ORDERS])
    why = reasons_of(newest)
    rows = tuple(_order(user, one, why[one.pk]) for one in newest)
    return OrdersPart(rows, any(one.done_at is None for one in rows))


def _order(user: User, order: SendingAgain, reason: str) -> OrderRow:
    counts = counts_of(order)
    return OrderRow(
        pk=order.pk,
        asked_at=order.asked_at,
        asked_by=str(order.asked_by),
        reason=reason,
        done_at=order.done_at,
        stopped_by=str(order.stopped_by) if order.stopped_by else "",
        total=counts.total(),
        waiting=counts[""],
        sent=counts["sent"],
        blocked=counts["blocked"],
        gone=counts["gone"],
        stopped=counts["stopped"],
        broken=counts["broken"],
        may_stop=order.done_at is None and user.has_perm("outreach.send_message"),
    )


def said_error(error: str) -> str:
    """What was said of a message, in the reader's words, with those of a gateway behind them."""
    return gettext(error) if error in ERRORS else said_by_gateway(error)


def dead_letter(user: User, pk: int) -> Delivery:
    """One of them.

    Raises:
        Http404: there is none, or it belongs to a case that ``user`` may not see.
    """
    found: Delivery | None = dead_letters(user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def dead_letters(user: User) -> QuerySet[Delivery, Any]:
    """Those of the cases that ``user`` may see."""
    found = Delivery.objects.filter(state__in=DEAD).select_related(
        "attempt__case", "attempt__party", "attempt__contact_point", "closed_by"
    )
    return of_visible_cases(found, user, by="attempt__case")


def _row(user: User, delivery: Delivery, close_reason: str) -> DeadLetter:
    attempt = delivery.attempt
    return DeadLetter(
        pk=delivery.pk,
        attempt=attempt.pk,
        loan_no=attempt.case.loan_no,
        channel=attempt.channel,
        to=address_of(user, attempt),
        template=attempt.template,
        state=delivery.state,
        error=said_error(delivery.error),
        tries=delivery.tries,
        at=attempt.at,
        closing=delivery.closing,
        close_reason=close_reason,
        closed_by=str(delivery.closed_by) if delivery.closed_by else "",
        closed_at=delivery.closed_at,
        replaced_by=delivery.replaced_by_id,
    )
