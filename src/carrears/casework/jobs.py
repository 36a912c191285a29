"""What is left to the worker, so that no event waits for it."""

from __future__ import annotations

from django.db import connection
from procrastinate.contrib.django import app


@app.periodic(cron="3-59/5 * * * *")
@app.task(queue="conduct", queueing_lock="casework.due", lock="casework.due")
def tell_of_cases_due(timestamp: int) -> None:
    """Tell collectors of cases that have become due. Bears a second start."""
    del timestamp
    from carrears.casework.due_notices import tell_of_due_cases  # noqa: PLC0415  see below
    from carrears.clock import now  # noqa: PLC0415  see below

    try:
        tell_of_due_cases(at=now())
    finally:
        connection.close()  # as below


@app.task(queue="casework", lock="casework.together")
def hold_many(order: int = 0) -> None:
    """Work off the orders to hold, or lift, many at once. Bears a second start."""
    del order  # whichever are not done
    _hold_many()


@app.periodic(cron="* * * * *")
@app.task(queue="casework", queueing_lock="casework.together_left", lock="casework.together")
def go_on_holding(timestamp: int) -> None:
    """Take up what a killed worker left of them. Bears a second start."""
    del timestamp
    _hold_many()


def _hold_many() -> None:
    from carrears.casework.holding_together import (  # noqa: PLC0415  see below
        orders_under_way,
        work_off,
    )

    try:
        for one in orders_under_way():
            work_off(one)
    finally:
        connection.close()  # as below


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
