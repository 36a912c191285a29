"""Months of large books are worked out in the background."""

from __future__ import annotations

from datetime import date

from django.db import connection
from procrastinate.contrib.django import app


@app.task(queue="analytics", lock="analytics.work_out")
def work_out(*, figure: str, first: str, last: str, days: int) -> None:
    """Answer a question once, so that all it needs is kept. May be begun a second time."""
    from carrears.analytics.figures import Figure, Question  # noqa: PLC0415  Ibis is slow
    from carrears.analytics.services import ask  # noqa: PLC0415  see above

    try:
        ask(
            Question(Figure(figure), date.fromisoformat(first), date.fromisoformat(last), days=days)
        )
    finally:
        connection.close()  # the worker's thread ends, and its connection would stay
