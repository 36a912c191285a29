"""Every document of a case on one panel."""

from __future__ import annotations

from dataclasses import dataclass

from carrears.documents.listing import Document
from carrears.workbench.view_models.common import Option


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentsPanel:
    """A page of a case's documents; ``more_url`` answers with the older rows only."""

    loan_no: str
    rows: tuple[Document, ...]
    kinds: tuple[Option, ...]
    more_url: str
    older: bool
    may_add: bool
