"""Why a message says the words of its template and of no variant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carrears.workbench.queries.catalogue import titled
from carrears.workbench.view_models.templates import ChoicePart, OtherRow


def choice_part(kept: Mapping[str, Any] | None) -> ChoicePart | None:
    """Why an attempt's words were chosen; None where nobody chose, or before that was kept."""
    if not kept:
        return None
    told = {
        name: str(kept.get(name) or "")
        for name in ("key", "named", "by", "stage", "language", "rule", "strategy")
    }
    offer, tone = str(kept.get("offer") or ""), str(kept.get("tone") or "")
    return ChoicePart(
        **told,
        number=kept.get("number"),
        tone="" if tone == "none" else tone,
        offer=titled(offer, "offer").title if offer else "",
        others=tuple(
            OtherRow(key=one["key"], number=one["number"], out=one["out"])
            for one in kept.get("others", ())
        ),
    )
