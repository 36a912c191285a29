"""What a page sends along that orders something of many at once."""

from __future__ import annotations

from typing import TypedDict

from carrears.workbench.views.gate import StaffRequest


class Ordered(TypedDict):
    """How many the reader was shown, and by what a second click is the same order."""

    expected: int
    key: str


def order_of(request: StaffRequest) -> Ordered:
    """What the preview put into the form; what is no number is 0, which no order fits."""
    many, key = request.POST.get("many", ""), request.POST.get("key", "")
    return {
        "expected": int(many) if many.isdecimal() else 0,
        "key": f"page:{request.user.pk}:{key[:64]}",
    }
