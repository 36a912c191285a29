"""What every page of the shell knows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    """The names and switches that the base template needs."""
    language = getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE)
    return {
        "lender_name": settings.LENDER_NAME["en-US" if language.startswith("en") else "zh-CN"],
        "demo": settings.DEMO,
    }
