"""Lists in pages."""

from __future__ import annotations

from django.http import QueryDict

from carrears.workbench.view_models.common import Pager

PAGE_SIZE = 50


def make_pager(params: QueryDict, *, total: int, size: int = PAGE_SIZE) -> Pager:
    """Where the wanted page stands; a page that is not there becomes the nearest one."""
    pages = max(1, -(-total // size))
    number = min(max(_whole(params.get("page", "")), 1), pages)
    kept = params.copy()
    kept.pop("page", None)
    return Pager(
        number=number,
        pages=pages,
        total=total,
        first=(number - 1) * size + 1 if total else 0,
        last=min(number * size, total),
        query=kept.urlencode(),
    )


def rows_of(pager: Pager) -> slice:
    """The rows that the page shows."""
    return slice(max(pager.first - 1, 0), pager.last)


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 1  # noqa: PLR2004  more is no page
