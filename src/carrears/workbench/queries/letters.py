"""Batches of letters, and what became of theirs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.conf import settings
from django.db.models import Count, Q, Sum
from django.http import QueryDict
from django.utils.translation import gettext

from carrears.outreach.gateways import PRINT, PRINT_REPLAYED
from carrears.outreach.models import (
    Delivery,
    DeliveryState,
    LetterBatch,
    LetterStatusFile,
    LetterStatusReject,
    PrintedLetter,
)
from carrears.outreach.status_files import row_as_text
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.view_models.letters import (
    BatchRow,
    LettersPage,
    StatusFileRow,
    StatusReject,
)

_FILES, _REJECTS = 20, 20  # newest files, and rows of each that are shown


def letters_page(params: QueryDict) -> LettersPage:
    """The batches, the newest first, with how their letters fared."""
    pager = make_pager(params, total=LetterBatch.objects.count())
    found = LetterBatch.objects.select_related("made_by").annotate(
        number=Count("letters"),
        dropped=Count("letters", filter=~Q(letters__problem="")),
        paper=Sum("letters__pages"),
    )
    batches = list(found[rows_of(pager)])
    states = _states([one.pk for one in batches])
    waiting = Delivery.objects.filter(
        gateway__in=(PRINT, PRINT_REPLAYED), state=DeliveryState.WAITING
    )
    return LettersPage(
        rows=tuple(
            BatchRow(
                pk=one.pk,
                begun_at=one.begun_at,
                made_at=one.made_at,
                written_at=one.written_at,
                made_by=str(one.made_by) if one.made_by else "",
                letters=one.number - one.dropped,
                pages=one.paper or 0,
                dropped=one.dropped,
                states=tuple(states[one.pk]),
                is_specimen=one.gateway == PRINT_REPLAYED,
            )
            for one in batches
        ),
        pager=pager,
        waiting=waiting.count(),
        hour=settings.LETTERS_AT if settings.LETTERS_DIR else "",
        files=_status_files(),
    )


def _status_files() -> tuple[StatusFileRow, ...]:
    found = LetterStatusFile.objects.select_related("brought_by").annotate(bad=Count("rejects"))
    found = found.order_by("-brought_at", "-pk")  # what is counted forgets the order of its model
    files = list(found[:_FILES])
    rejects: dict[int, list[StatusReject]] = defaultdict(list)
    for one in LetterStatusReject.objects.filter(file__in=files).order_by("file", "line"):
        told = rejects[one.file_id]
        if len(told) < _REJECTS:
            told.append(StatusReject(one.line, one.field, gettext(one.problem), row_as_text(one)))
    return tuple(
        StatusFileRow(
            pk=one.pk,
            name=one.name,
            brought_at=one.brought_at,
            brought_by=str(one.brought_by) if one.brought_by else "",
            taken=one.taken,
            known=one.known,
            bad=one.bad,
            rejects=tuple(rejects[one.pk]),
        )
        for one in files
    )


def _states(batches: Sequence[int]) -> dict[int, list[tuple[str, int]]]:
    told: dict[int, list[tuple[str, int]]] = defaultdict(list)
    rows = PrintedLetter.objects.filter(batch__in=batches).values_list("batch", "delivery__state")
    for batch, state, number in rows.annotate(number=Count("pk")).order_by("delivery__state"):
        told[batch].append((state, number))
    return told
