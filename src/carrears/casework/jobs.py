"""What is left to the worker, so that no event waits for it."""

from __future__ import annotations

from django.db import connection
from procrastinate.contrib.django import app


@app.task(queue="casework", lock="casework.give_out")
def give_out(loan_nos: list[str]) -> None:
    """Give out what an event opened while somebody else said whose cases are whose.

    Bears a second start: what has gone to somebody meanwhile stays with him.
    """
    from carrears.casework.assigning import assign_cases  # noqa: PLC0415  every command reads this

    try:
        assign_cases(loan_nos)
    finally:
        connection.close()  # the worker's thread ends, and its connection would stay
