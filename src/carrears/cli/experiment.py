"""Champion against challenger by command: plan, start, look, stop."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from carrears.cli import app, console, fail, start_django
from carrears.cli.strategy_steps import acting

if TYPE_CHECKING:
    from carrears.access.models import User
    from carrears.experiments.models import Experiment

experiment = typer.Typer(help="Champion against challenger.")
app.add_typer(experiment, name="experiment")
Key = Annotated[str, typer.Argument(help="The experiment's key.")]
By = Annotated[str, typer.Option(help="The user who does it, and who needs the permission.")]
On = Annotated[str, typer.Option(help="The day, YYYY-MM-DD.")]


@experiment.command()
def size(
    matters: Annotated[float, typer.Option(help="The smallest difference worth acting on.")],
    baseline: Annotated[float, typer.Option(help="The champion's cure rate as known before.")],
    share: Annotated[int, typer.Option(help="The challenger's share in basis points.")] = 5000,
    alpha: Annotated[float, typer.Option(help="The chance of a false alarm.")] = 0.05,
    power: Annotated[float, typer.Option(help="The chance to see what is there.")] = 0.8,
    currency: Annotated[
        str | None, typer.Option(help="Say also in how many days this book brings them.")
    ] = None,
    window: Annotated[int, typer.Option(help="Days until a debtor's outcome is read.")] = 30,
) -> None:
    """How many debtors are needed, with one look at the end and with one every day."""
    from dataclasses import asdict, replace  # noqa: PLC0415  with the command

    from carrears.experiments.planning import sample_size  # noqa: PLC0415  loads numpy

    try:
        found = sample_size(
            effect=matters, baseline=baseline, share=share / 10_000, alpha=alpha, power=power
        )
    except ValueError as error:
        raise fail(str(error)) from error
    if currency is not None:
        start_django()
        from carrears.dayrun.pace import pace_of  # noqa: PLC0415  Django is up

        days = pace_of(currency).days_until(found.daily_looks, window_days=window)
        found = replace(found, days=days)
    typer.echo(json.dumps(asdict(found)))


@experiment.command()
def plan(
    key: Key,
    title: Annotated[str, typer.Option(help="What it is about.")],
    currency: Annotated[str, typer.Option(help="Only loans in this currency take part.")],
    window: Annotated[int, typer.Option(help="Days after which a debtor's outcome is read.")],
    matters: Annotated[float, typer.Option(help="The smallest difference worth acting on.")],
    challenger: Annotated[list[str], typer.Option(help="NAME=VERSION:BASIS_POINTS; repeatable.")],
    by: By,
    template: Annotated[
        str | None, typer.Option(help="Try versions of this template instead of strategies.")
    ] = None,
    metric: Annotated[
        str,
        typer.Option(
            help="cure or recovery; of a template also delivered, replied, promised, paid."
        ),
    ] = "cure",
    baseline: Annotated[
        float | None, typer.Option(help="The champion's rate, but for recovery.")
    ] = None,
    deviation: Annotated[
        float | None, typer.Option(help="Recovery: standard deviation, minor units.")
    ] = None,
    cap: Annotated[int, typer.Option(help="Recovery counts up to this, minor units.")] = 0,
) -> None:
    """Keep a plan, and say how many debtors it needs."""
    user = acting(by, "experiments.plan_experiment")
    from carrears.clock import now  # noqa: PLC0415  with the command
    from carrears.evidence.services import sequence  # noqa: PLC0415  Django has to be up
    from carrears.experiments.services import ExperimentError  # noqa: PLC0415  see above
    from carrears.outreach.template_experiments import (  # noqa: PLC0415  see above
        plan_any,
        plan_of,
    )

    try:
        made = plan_of(
            template=template or "",
            key=key,
            title=title,
            currency=currency,
            metric=metric,
            window_days=window,
            matters=matters,
            challengers=[_challenger(each) for each in challenger],
            baseline=baseline,
            deviation=deviation,
            cap=cap,
        )
        kept = plan_any(made, by=user, at=now())
        sequence()
    except ExperimentError as error:
        raise fail(str(error)) from error
    typer.echo(json.dumps({"key": kept.key, "planned_debtors": kept.planned_debtors}))


@experiment.command()
def start(key: Key, on: On, by: By) -> None:
    """Let the arms decide from a day on."""
    user = acting(by, "experiments.run_experiment")
    from carrears.outreach.template_experiments import start_any  # noqa: PLC0415  Django is up

    _change(key, start_any, on=_day(on), by=user)


@experiment.command()
def stop(
    key: Key,
    on: On,
    by: By,
    reason: Annotated[str, typer.Option(help="Why; it stays for the auditor.")],
    arm: Annotated[str | None, typer.Option(help="Stop only this challenger.")] = None,
) -> None:
    """Let the published strategy decide everybody again."""
    user = acting(by, "experiments.run_experiment")
    from carrears.experiments.asking import find_arm  # noqa: PLC0415  Django is up
    from carrears.experiments.services import stop_arm, stop_experiment  # noqa: PLC0415  see above

    def step(found: Experiment, **given: Any) -> None:
        if arm is None:
            stop_experiment(found, **given)
        else:
            stop_arm(find_arm(found, arm), **given)

    _change(key, step, on=_day(on), reason=reason, by=user)


@experiment.command("conclude")
def end(
    key: Key,
    winner: Annotated[str, typer.Option(help="champion, or the challenger that won.")],
    by: By,
) -> None:
    """End a stopped experiment: keep the champion, or propose a challenger."""
    user = acting(by, "experiments.run_experiment")
    from carrears.experiments.asking import find_arm  # noqa: PLC0415  Django is up
    from carrears.experiments.ending import conclude  # noqa: PLC0415  see above

    def step(found: Experiment, **given: Any) -> None:
        conclude(found, winner=find_arm(found, winner), **given)

    _change(key, step, by=user)


@experiment.command()
def adopt(
    key: Key,
    reason: Annotated[str, typer.Option(help="Why; it stays for the auditor.")],
    by: By,
    from_: Annotated[
        str | None, typer.Option("--from", help="The first day it decides, YYYY-MM-DD.")
    ] = None,
) -> None:
    """Confirm the proposed challenger as a second person, which publishes it."""
    asked = _day(from_) if from_ else None
    start_django()
    from carrears.dayrun.decided import first_undecided_day  # noqa: PLC0415  Django is up
    from carrears.experiments.ending import confirm_adoption  # noqa: PLC0415  see above
    from carrears.outreach.template_book import today  # noqa: PLC0415  see above
    from carrears.outreach.template_experiments import confirm_words  # noqa: PLC0415  see above

    user, is_of_words = _adopter(key, by)
    first = today() if is_of_words else first_undecided_day()
    given: dict[str, Any] = {"effective_on": asked or first, "reason": reason, "by": user}
    if is_of_words:
        _change(key, confirm_words, **given)
    else:
        _change(key, confirm_adoption, not_before=first, **given)


@experiment.command()
def reject(
    key: Key,
    reason: Annotated[str, typer.Option(help="Why not; it stays for the auditor.")],
    by: By,
) -> None:
    """Refuse the proposed challenger; another end may be proposed."""
    start_django()
    from carrears.experiments.ending import reject_adoption  # noqa: PLC0415  Django is up

    user, _ = _adopter(key, by)
    _change(key, reject_adoption, reason=reason, by=user)


@experiment.command()
def drop(key: Key, by: By) -> None:
    """Give a plan up before it began."""
    user = acting(by, "experiments.plan_experiment")
    from carrears.experiments.services import drop_experiment  # noqa: PLC0415  Django is up

    _change(key, drop_experiment, by=user)


@experiment.command()
def look(key: Key) -> None:
    """Print the newest figures of each challenger; looking often does not weaken them."""
    start_django()
    from carrears.experiments.asking import find_experiment  # noqa: PLC0415  Django is up
    from carrears.experiments.models import Figure  # noqa: PLC0415  see above
    from carrears.experiments.services import ExperimentError  # noqa: PLC0415  see above

    try:
        found = find_experiment(key)
    except ExperimentError as error:
        raise fail(str(error)) from error
    newest: dict[str, Any] = {}
    for row in Figure.objects.filter(arm__experiment=found).select_related("arm"):
        newest[row.arm.name] = {
            "as_of": row.as_of.isoformat(),
            "advice": row.advice,
            **row.values,
        }
    typer.echo(json.dumps({"key": key, "state": found.state, "challengers": newest}))


def _adopter(key: str, by: str) -> tuple[User, bool]:
    """Who may confirm or refuse the winner of this experiment, and whether it is about words."""
    from carrears.experiments.asking import find_experiment  # noqa: PLC0415  Django is up
    from carrears.experiments.services import ExperimentError  # noqa: PLC0415  see above
    from carrears.outreach.template_experiments import adopting  # noqa: PLC0415  see above

    try:
        found = find_experiment(key)
    except ExperimentError as error:
        raise fail(str(error)) from error
    return acting(by, adopting(found)), bool(found.template)


def _change(key: str, step: Any, **given: Any) -> None:
    from carrears.clock import now  # noqa: PLC0415  with the command
    from carrears.evidence.services import sequence  # noqa: PLC0415  Django is up
    from carrears.experiments.asking import find_experiment  # noqa: PLC0415  see above
    from carrears.experiments.services import ExperimentError  # noqa: PLC0415  see above

    try:
        step(find_experiment(key), at=now(), **given)
        sequence()
        found = find_experiment(key)
        ended = f", {found.conclusion}" if found.conclusion else ""
        console.print(f"{key} is {found.state}{ended}", highlight=False)
    except ExperimentError as error:
        raise fail(str(error)) from error


def _challenger(text: str) -> tuple[str, str, int]:
    name, _, rest = text.partition("=")
    version, _, share = rest.partition(":")
    if not (name and version and share.isdecimal()):
        raise typer.BadParameter(f"{text!r} is not NAME=VERSION:BASIS_POINTS")
    return name, version, int(share)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no day; write YYYY-MM-DD") from error
