"""What a day does for running experiments: enrol, read outcomes, note harm, keep figures."""

# ruff: noqa: S608  names are constants of this module, paths are quoted

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from django.conf import settings
from django.db import connection

from carrears.dayrun.arms import Split
from carrears.experiments.enrolment import awaited, enrol, keep_outcomes
from carrears.experiments.figures import update_figures
from carrears.experiments.models import Enrolment, Experiment, Figure, State
from carrears.experiments.trial import DEBTOR_SQL, Trial
from carrears.portfolio.compact import open_engine, quoted
from carrears.strategy.models import StrategyVersion
from carrears.strategy.services import compiled_strategy

# The first of these events after a debtor's entry is counted by the guard rail of the column.
# Moments become days of the house's time zone.
_EVENTS = {
    "complained_on": "select case_id, from_on as day from casework_hold"
    " where reason = 'complaint' and case_id is not null",
    "blocked_on": "select case_id, (at at time zone %(zone)s)::date as day from outreach_attempt"
    " where state = 'blocked'",
    "opted_out_on": "select k.id as case_id, (given_at at time zone %(zone)s)::date as day"
    " from parties_consent join casework_case k using (party_id) where not granted"
    " union all select k.id, from_on from conduct_donotcontact"
    " join casework_case k using (party_id)",
}
# What came of messages by an experiment's arms, counted from the day of the message. That an e-mail
# arrived nobody tells: it counts when no bounce came for three days.
_OF_WORDS = {
    "delivered_on": """
      select a.case_id, (a.at at time zone %(zone)s)::date as day
      from outreach_attempt a join outreach_delivery d on d.attempt_id = a.id
      where a.arm_id in (select id from experiments_arm where experiment_id = %(experiment)s)
        and (d.state = 'delivered' or d.state = 'accepted' and a.channel = 'email'
             and (a.at at time zone %(zone)s)::date <= %(as_of)s::date - 3)
    """,
    "replied_on": """
      select case_id, (happened_at at time zone %(zone)s)::date as day from casework_caseevent
      where kind = 'note' and (data ? 'by_sms' or data ? 'by_mail' or data ? 'by_portal')
    """,
    "promised_on": "select case_id, made_on as day from casework_promise",
}


def make_split(trial: Trial | None, snapshot: Path) -> Split | None:
    """The running experiment over a snapshot, ready to decide a whole book."""
    if trial is None:
        return None
    versions = StrategyVersion.objects.in_bulk(set(trial.strategies.values()))
    enrolled = Enrolment.objects.filter(experiment_id=trial.id).values_list("debtor", flat=True)
    return Split(
        trial=trial,
        strategies={number: compiled_strategy(version) for number, version in versions.items()},
        enrolled=list(enrolled),
        snapshot=snapshot,
    )


def follow_experiment(
    split: Split, *, decided: Path, state: Path, as_of: date, at: datetime
) -> dict[str, Any]:
    """Bring the experiment to the end of a day; the same day again changes nothing.

    A debtor is cured if no loan of his is behind when the window's end is read, and none was
    written off or ended otherwise than paid; what he recovered is what he paid after the day of
    entry until the window's last day.
    """
    experiment = Experiment.objects.get(pk=split.trial.id)
    if experiment.state != State.RUNNING:
        return {}
    engine = open_engine(Path(settings.BOOK_DIR) / "scratch")
    try:
        new = enrol(experiment, _behind(engine, split, decided), on=as_of)
        waiting = awaited(experiment, as_of=as_of)
        found = _outcomes(engine, split.snapshot, experiment, waiting, state=state, as_of=as_of)
    finally:
        engine.close()
    known = keep_outcomes(experiment, found, on=as_of)
    note_first_events(experiment, as_of=as_of)
    figures = update_figures(experiment, as_of=as_of, at=at)
    return {
        "experiment": experiment.key,
        "debtors_entered": new,
        "outcomes_known": known,
        "advice": _advice(figures),
    }


def follow_words(*, snapshot: Path, state: Path, as_of: date, at: datetime) -> dict[str, Any]:
    """Bring the experiments with words to the end of a day; their messages enrolled the debtors.

    Outcomes are those of ``follow_experiment``, counted from the day of the first message.
    """
    told = {}
    running = Experiment.objects.filter(state=State.RUNNING, started_on__lte=as_of)
    for experiment in running.exclude(template=""):
        waiting = awaited(experiment, as_of=as_of)
        engine = open_engine(Path(settings.BOOK_DIR) / "scratch")
        try:
            found = _outcomes(engine, snapshot, experiment, waiting, state=state, as_of=as_of)
        finally:
            engine.close()
        known = keep_outcomes(experiment, found, on=as_of)
        note_first_events(experiment, as_of=as_of)
        figures = update_figures(experiment, as_of=as_of, at=at)
        told[experiment.key] = {"outcomes_known": known, "advice": _advice(figures)}
    return {"experiments_with_words": told} if told else {}


def _advice(figures: Iterable[Figure]) -> dict[str, str]:
    return {figure.arm.name: figure.advice for figure in figures}


def _behind(engine: duckdb.DuckDBPyConnection, split: Split, decided: Path) -> dict[str, str]:
    """The arm of each debtor with a loan behind."""
    rows = engine.execute(
        f"""
        select distinct {DEBTOR_SQL}, arm
        from (select loan_id, loan_no, arm from read_parquet({quoted(decided)})
              where arm is not null and dpd > 0)
        join (select loan_id, obligor_no
              from read_parquet({quoted(split.snapshot / "loans.parquet")})) using (loan_id)
        """
    ).fetchall()
    return dict(rows)


def _outcomes(
    engine: duckdb.DuckDBPyConnection,
    snapshot: Path,
    experiment: Experiment,
    waiting: Mapping[str, date],
    *,
    state: Path,
    as_of: date,
) -> list[tuple[str, bool, int]]:
    table = {
        "debtor": pa.array(waiting.keys(), pa.string()),
        "entered_on": pa.array(waiting.values(), pa.date32()),
    }
    engine.register("waiting", pa.table(table))
    loans, payments = (quoted(snapshot / f"{n}.parquet") for n in ("loans", "payments"))
    return engine.execute(
        f"""
        with theirs as (
          select w.debtor, w.entered_on, l.loan_id, l.closed_on, l.closed_reason
          from (select *, {DEBTOR_SQL} as debtor from read_parquet({loans})
                where currency = ?) l join waiting w using (debtor)
        ), standing as (
          select debtor,
                 bool_and(case when closed_on <= ?::date then closed_reason = 'paid_off'
                               else coalesce(dpd, 0) = 0 end) as cured
          from theirs left join (select loan_id, dpd from read_parquet({quoted(state)})) s
            using (loan_id)
          group by 1
        ), paid as (
          select debtor, sum(amount) as amount
          from theirs join read_parquet({payments}) p using (loan_id)
          where p.paid_on > entered_on and p.paid_on <= entered_on + ?::integer
          group by 1
        )
        select debtor, coalesce(cured, false), coalesce(amount, 0)::bigint
        from waiting left join standing using (debtor) left join paid using (debtor)
        """,
        [experiment.currency, as_of, experiment.window_days],
    ).fetchall()


def note_first_events(experiment: Experiment, *, as_of: date) -> None:
    """Note each debtor's first complaint, block by the gate, and opt-out since entry.

    A complaint is a hold for that reason, a block an attempt that the gate did not allow, an
    opt-out a refused consent or an entry of the do-not-contact list. Of an experiment with words
    also the first message that arrived, reply and promise.
    """
    noted = _EVENTS | (_OF_WORDS if experiment.template else {})
    debtor = "coalesce(nullif(c.loan ->> 'obligor_no', ''), c.loan_no)"
    given: dict[str, Any] = {
        "experiment": experiment.pk,
        "as_of": as_of,
        "zone": settings.TIME_ZONE,
    }
    with connection.cursor() as cursor:
        for column, events in noted.items():
            cursor.execute(
                f"""
                update experiments_enrolment e set {column} = x.day
                from (
                  select n.id, min(v.day) as day
                  from ({events}) v join casework_case c on c.id = v.case_id
                  join experiments_enrolment n
                    on n.debtor = {debtor} and n.experiment_id = %(experiment)s
                  where v.day between n.entered_on and %(as_of)s
                  group by 1
                ) x
                where e.id = x.id and e.{column} is null
                """,
                given,
            )
