"""Messages that did not get through."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, QueryDict
from django.utils.translation import gettext, gettext_noop

from carrears.access.models import User
from carrears.casework.seeing import of_visible_cases
from carrears.outreach.dead_letters import close_reasons
from carrears.outreach.delivery_models import DEAD
from carrears.outreach.models import Delivery
from carrears.workbench.labels import label_of
from carrears.workbench.queries.mail import address_of
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.view_models.common import Option
from carrears.workbench.view_models.dead_letters import DeadLetter, DeadLettersPage

_CLOSED = "closed"
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
    gettext_noop("the gateway has no template for this one"),
    gettext_noop("somebody said what became of it"),
    gettext_noop("the gateway's template says other words than those that were judged"),
)


def dead_letters_page(user: User, params: QueryDict) -> DeadLettersPage:
    """The dead letters of the cases that ``user`` may see, oldest first; open ones by default."""
    state = params.get("state", "")
    found = dead_letters(user)
    if state == _CLOSED:
        found = found.exclude(closing="").order_by("-closed_at")
    else:
        found = found.filter(closing="").order_by("attempt_id")
        if state in DEAD:
            found = found.filter(state=state)
    pager = make_pager(params, total=found.count())
    shown = list(found[rows_of(pager)])
    reasons = close_reasons(shown)
    choices = [("", gettext("Open"))]
    choices += [(code.value, str(label_of(code.value, "delivery_state").text)) for code in DEAD]
    choices += [(_CLOSED, gettext("Closed"))]
    return DeadLettersPage(
        rows=tuple(_row(user, one, reasons[one.pk]) for one in shown),
        pager=pager,
        states=tuple(Option(code, name, code == state) for code, name in choices),
        may_act=user.has_perm("outreach.send_message"),
    )


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
        error=gettext(delivery.error) if delivery.error in ERRORS else delivery.error,
        tries=delivery.tries,
        at=attempt.at,
        closing=delivery.closing,
        close_reason=close_reason,
        closed_by=str(delivery.closed_by) if delivery.closed_by else "",
        closed_at=delivery.closed_at,
        replaced_by=delivery.replaced_by_id,
    )
