"""What the panel of a case's documents shows."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.documents.listing import KINDS, PAGE, Wanted, documents_of
from carrears.workbench.labels import label_of
from carrears.workbench.queries.narrowing import day_of
from carrears.workbench.view_models.common import Option
from carrears.workbench.view_models.documents import DocumentsPanel

_LONGEST = 6


def documents_panel(user: User, cases: Sequence[Case], params: QueryDict) -> DocumentsPanel:
    """The documents that an address asks for: ``paper``, ``since``, ``until`` and ``from``."""
    wanted, loan_no = _wanted(params), cases[0].loan_no
    found = documents_of(user, cases, wanted)
    more = reverse("workbench:documents", args=[loan_no])
    left = {name: params.get(name, "") for name in ("paper", "since", "until")}
    asked = {name: value for name, value in left.items() if value} | {"from": wanted.offset + PAGE}
    return DocumentsPanel(
        loan_no=loan_no,
        rows=found.rows,
        kinds=_kinds(wanted.kind),
        more_url=f"{more}?{urlencode(asked | {'from': wanted.offset + PAGE})}"
        if found.more
        else "",
        older=wanted.offset > 0,
        may_add=user.has_perm("vault.add_storedobject"),
    )


def _wanted(params: QueryDict) -> Wanted:
    start, kind = params.get("from", ""), params.get("paper", "")
    known = start.isascii() and start.isdigit() and len(start) <= _LONGEST
    return Wanted(
        kind=kind if kind in KINDS else "",
        since=day_of(params.get("since", "")),
        until=day_of(params.get("until", "")),
        offset=int(start) if known else 0,
    )


def _kinds(chosen: str) -> tuple[Option, ...]:
    every = [("", gettext("All kinds"))]
    every += [(str(kind), str(label_of(kind, "file_kind").text)) for kind in KINDS]
    return tuple(Option(value, label, selected=value == chosen) for value, label in every)
