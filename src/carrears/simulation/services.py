"""Ask for a simulation, do it, and find it again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from django.conf import settings

from carrears.access.models import User
from carrears.clock import now
from carrears.portfolio.products import load_products
from carrears.simulation.assumptions import load_assumptions
from carrears.simulation.contenders import Deciding, name_contender
from carrears.simulation.models import Simulation, SimulationState
from carrears.simulation.sights import find_sights
from carrears.simulation.work import simulate


def ask_simulation(
    first: str, second: str, *, days: Sequence[date], by: User | None = None
) -> Simulation:
    """Keep what is wanted; ``begin`` or ``run_simulation`` does it.

    Raises:
        ContenderError, StrategyError: a strategy that does not exist or cannot decide.
        BookError: days that cannot be simulated.
        AssumptionError: the lender's own assumptions cannot be used.
    """
    contenders = [name_contender(first), name_contender(second)]
    sights = find_sights(days)
    load_assumptions(Path(settings.CARREARS_HOME))
    return Simulation.objects.create(
        contenders=contenders,
        days=[sight.as_of.isoformat() for sight in sights],
        asked_by=by,
        asked_at=now(),
    )


def begin(simulation: Simulation) -> None:
    """Let the worker do it."""
    from carrears.simulation.jobs import work_out  # noqa: PLC0415  the job calls back here

    work_out.defer(simulation=simulation.pk)


def run_simulation(
    simulation: Simulation, *, progress: Callable[[int, int], None] = lambda *_: None
) -> Simulation:
    """Do it now and keep the result; what is done already is only told again.

    Whatever goes wrong is kept as its ``problem`` and raised.
    """
    simulation.refresh_from_db()
    if simulation.state == SimulationState.DONE:
        return simulation
    total = len(simulation.days)

    def tell(done: int) -> None:
        Simulation.objects.filter(pk=simulation.pk).update(done=done)
        progress(done, total)

    _set(simulation, SimulationState.RUNNING)
    try:
        simulation.result = simulate(
            find_sights([date.fromisoformat(day) for day in simulation.days]),
            Deciding(simulation.contenders),
            products=load_products(Path(settings.CARREARS_HOME)),
            assumptions=load_assumptions(Path(settings.CARREARS_HOME)),
            progress=tell,
        )
    except Exception as error:
        _set(simulation, SimulationState.FAILED, problem=str(error) or type(error).__name__)
        raise
    _set(simulation, SimulationState.DONE, done=total)
    return simulation


def _set(
    simulation: Simulation, state: SimulationState, *, problem: str = "", done: int = 0
) -> None:
    simulation.state, simulation.problem, simulation.done = state, problem, done
    ended = state in {SimulationState.DONE, SimulationState.FAILED}
    simulation.finished_at = now() if ended else None
    simulation.save(update_fields=["state", "problem", "done", "result", "finished_at"])
