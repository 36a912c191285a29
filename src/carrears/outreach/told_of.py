"""Where this room tells of people under others' keys: visits, messages, texts of who is unknown.

And in what nobody could read: mails and rows of letters' states that were kept aside.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from carrears.conduct.striking import Told, told_in, without_in_json
from carrears.outreach.delivery_models import UnknownText
from carrears.outreach.mail_in.naming import mail_without
from carrears.outreach.mail_models import ERASED, ReceivedMail
from carrears.outreach.models import Attempt
from carrears.outreach.portal_models import BODY, TITLE, PortalMessage
from carrears.outreach.print_models import LetterStatusReject
from carrears.outreach.visit_models import VisitStep

_GONE = {"problem": ERASED}


def connect() -> None:
    """Have these struck out when somebody is erased."""
    told_in(
        Told.of_loans(
            VisitStep,
            loan="visit__case__loan_no",
            party="visit__case__party",
            sealed_as=lambda row: f"visit step {row.pk}",
            column="told_sealed",
            without=without_in_json,
        ),
        _sent(Attempt, "message subject", column="subject_sealed"),
        _sent(Attempt, "message body", column="body_sealed", without=without_in_json),
        _sent(PortalMessage, TITLE, column="title_sealed"),
        _sent(PortalMessage, BODY, column="body_sealed"),
        _unknown("text", column="text_sealed"),
        _unknown("reason", column="reason_sealed"),
        Told.of_files(LetterStatusReject, column="row_sealed", without=without_in_json),
        Told.of_files(ReceivedMail, without=mail_without, beside=lambda _row, _left: _GONE),
    )


def _sent(model: type[Model], sealed_as: str, *, column: str, **more: Any) -> Told:
    """What somebody else on his loans was sent, as it is kept."""
    return Told.of_loans(model, loan="case__loan_no", sealed_as=sealed_as, column=column, **more)


def _unknown(sealed_as: str, *, column: str) -> Told:
    return Told(
        rows=lambda _one: UnknownText.objects.order_by("pk"),
        under=lambda _row: None,
        sealed_as=lambda _row: sealed_as,
        column=column,
    )
