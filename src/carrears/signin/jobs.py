"""What is over is swept away: sessions, counted attempts, used codes."""

from __future__ import annotations

from procrastinate.contrib.django import app


@app.periodic(cron="17 4 * * *")
@app.task(queue="signin", queueing_lock="signin.sweep", lock="signin.sweep")
def sweep_each_day(timestamp: int) -> None:
    """Bears a second start."""
    del timestamp
    from carrears.signin.sweeping import sweep  # noqa: PLC0415  every command reads this

    sweep()
