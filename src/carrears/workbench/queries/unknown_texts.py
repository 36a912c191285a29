"""Texts that fit no case, for whoever says whose they are."""

from __future__ import annotations

from django.http import QueryDict
from django.utils.translation import gettext

from carrears.outreach.models import MailKind, ReceivedMail, Settled, UnknownText
from carrears.outreach.unknown_texts import channel_of
from carrears.parties.blind import Kind
from carrears.parties.masking import mask
from carrears.parties.services import open_for_house
from carrears.workbench.labels import label_of
from carrears.workbench.queries.mail_files import files_of_unknown
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.view_models.common import Option
from carrears.workbench.view_models.mail_files import MailFile
from carrears.workbench.view_models.unknown_texts import MailAside, UnknownTextRow, UnknownTextsPage

_MOST_ASIDE = 50
_KINDS = {"sms": Kind.PHONE, "email": Kind.EMAIL, "portal": Kind.PORTAL}


def unknown_texts_page(params: QueryDict) -> UnknownTextsPage:
    """The texts that wait, the newest first, or those settled one way."""
    state = params.get("state", "")
    state = state if state in Settled.values else ""
    found = UnknownText.objects.filter(settled=state).select_related("case", "settled_by")
    pager = make_pager(params, total=found.count())
    texts = list(found[rows_of(pager)])
    files = files_of_unknown(one.pk for one in texts)
    choices = [("", gettext("Open"))]
    choices += [(code, str(label_of(code, "settled_text").text)) for code in Settled.values]
    return UnknownTextsPage(
        rows=tuple(_row(one, files.get(one.pk, ())) for one in texts),
        pager=pager,
        states=tuple(Option(code, name, code == state) for code, name in choices),
        aside=tuple(
            MailAside(one.received_at, gettext(one.problem))
            for one in ReceivedMail.objects.filter(kind__in=(MailKind.ASIDE, MailKind.UNSIGNED))[
                :_MOST_ASIDE
            ]
        ),
    )


def unknown_texts_waiting() -> int:
    """How many nobody has settled."""
    return UnknownText.objects.filter(settled="").count()


def _row(text: UnknownText, files: tuple[MailFile, ...]) -> UnknownTextRow:
    number = open_for_house("number", text.number_sealed)
    kind = _KINDS[channel_of(text.gateway)]
    return UnknownTextRow(
        pk=text.pk,
        number=mask(kind, number),
        text=open_for_house("text", text.text_sealed),
        asks_to_stop=text.asks_to_stop,
        at=text.received_at,
        settled=text.settled,
        loan_no=text.case.loan_no if text.case else "",
        reason=open_for_house("reason", text.reason_sealed) if text.reason_sealed else "",
        settled_by=str(text.settled_by) if text.settled_by else "",
        settled_at=text.settled_at,
        files=files,
    )
