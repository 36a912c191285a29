"""Propose batches by the rules: read the book's debtors, take out who must stay, share the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count

from carrears.access.models import Kind, Organisation, User
from carrears.access.organisations import access_day
from carrears.agencies.models import Batch, Placing, PlacingLine, PlacingState
from carrears.agencies.placing import Debtor, Placed, place_out, rule_for
from carrears.agencies.scrubbing import had_before, taken_out
from carrears.casework.placements import placements_on
from carrears.casework.placing_rules import Fees, PlacingRule, PlacingRules, load_placing_rules
from carrears.casework.services import CaseworkError
from carrears.database.bulk import insert_rows
from carrears.evidence.services import record
from carrears.notices.services import ask_second

_PROPOSING = 0x7072_6F70  # "prop"


@transaction.atomic
def propose(*, first_on: date, by: User | None, at: datetime) -> Placing:
    """What the rules would give to agencies from a day on; nobody is placed by it.

    Raises:
        CaseworkError: a day that is over, one that waits for its approval or is being placed
            already, no open agency, or nobody whom a rule fits.
        PlacingRulesError: rules that cannot be used.
    """
    if first_on < access_day(at):
        raise CaseworkError("a placement cannot begin in the past")
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_PROPOSING])
    waiting = (PlacingState.PROPOSED, PlacingState.APPROVED)
    if Placing.objects.filter(state__in=waiting).exists():
        raise CaseworkError("another proposal has to be decided and placed first")
    agencies = _open_agencies()
    if not agencies:
        raise CaseworkError("there is no open agency")
    rules = load_placing_rules(Path(settings.CARREARS_HOME), on=first_on)
    fitting = {one.number: one for one in read_debtors() if rule_for(one, rules.rules)}
    if not fitting:
        raise CaseworkError("no rule fits any debtor")
    stays = _stays(fitting, rules, first_on=first_on)
    had = {} if rules.again else had_before(fitting)
    free = [
        replace(one, not_to=had.get(number, frozenset()))
        for number, one in fitting.items()
        if number not in stays
    ]
    done = place_out(free, rules.rules, there=sorted(agencies), has=_had_now(first_on))
    placing = Placing.objects.create(
        first_on=first_on, rules_from=rules.from_on, made_by=by, made_at=at
    )
    batches = _make_batches(placing, done, rules, agencies)
    _write_lines(placing, fitting, done, stays, batches)
    _record(placing, done, stays, batches, by=by, at=at)
    data = {"what": "placing", "pk": placing.pk}
    ask_second("agencies.approve_placing", key=f"placing:{placing.pk}", data=data, at=at, by=by)
    return placing


def _open_agencies() -> dict[str, Organisation]:
    found = Organisation.objects.filter(kind=Kind.AGENCY, closed_at=None)
    return {one.key: one for one in found}


def _had_now(day: date) -> dict[str, int]:
    """How many people each agency has on a day."""
    found = placements_on(day).order_by().values_list("agency__key").annotate(many=Count("pk"))
    return dict(found)


def _stays(fitting: Mapping[str, Debtor], rules: PlacingRules, *, first_on: date) -> dict[str, str]:
    """Who is taken out, looked at for the term of his rule."""
    by_term: dict[int, list[str]] = {}
    for number, debtor in fitting.items():
        rule = rule_for(debtor, rules.rules)
        assert rule is not None  # noqa: S101  it fits
        by_term.setdefault(rule.term_days, []).append(number)
    stays: dict[str, str] = {}
    for days, numbers in by_term.items():
        until = last_day(first_on, days)
        stays |= taken_out(numbers, on=first_on, until=until, rest_days=rules.rest_days)
    return stays


def last_day(first_on: date, term_days: int) -> date:
    """The last day of a term, which counts both ends."""
    return first_on + timedelta(days=term_days - 1)


def _make_batches(
    placing: Placing, done: Placed, rules: PlacingRules, agencies: Mapping[str, Organisation]
) -> dict[tuple[str, str], Batch]:
    by_name = {one.name: one for one in rules.rules}
    wanted = sorted({(one.agency, one.rule) for one in done.given.values()})
    batches = {
        (agency, name): _batch(placing, agencies[agency], by_name[name], rules)
        for agency, name in wanted
    }
    insert_rows(list(batches.values()))
    return batches


def _batch(placing: Placing, agency: Organisation, rule: PlacingRule, rules: PlacingRules) -> Batch:
    return Batch(
        placing=placing,
        agency=agency,
        rule=rule.name,
        title=dict(rule.title),
        from_on=placing.first_on,
        until_on=last_day(placing.first_on, rule.term_days),
        terms=terms_of(rules.fees_of(rule.fees)),
    )


def terms_of(fees: Fees) -> dict[str, Any]:
    """Fees as a batch keeps them: decimals as text."""
    told = fees.model_dump(mode="json")
    for rate in told["rates"]:
        rate["stage"] = sorted(rate["stage"])
    return told


def _write_lines(
    placing: Placing,
    fitting: Mapping[str, Debtor],
    done: Placed,
    stays: Mapping[str, str],
    batches: Mapping[tuple[str, str], Batch],
) -> None:
    def line(one: Debtor) -> PlacingLine:
        given = done.given.get(one.number)
        why = stays.get(one.number) or done.left.get(one.number) or ""
        return PlacingLine(
            placing=placing,
            batch=batches[given.agency, given.rule] if given else None,
            obligor_no=one.number,
            loans=one.loans,
            arrears=one.arrears,
            currency=one.currency,
            dpd=one.dpd,
            stage=one.stage,
            why=why,
        )

    ordered = sorted(fitting.values(), key=lambda one: (-one.arrears, one.number))
    for start in range(0, len(ordered), 5_000):
        insert_rows([line(one) for one in ordered[start : start + 5_000]])


def _record(
    placing: Placing,
    done: Placed,
    stays: Mapping[str, str],
    batches: Mapping[tuple[str, str], Batch],
    *,
    by: User | None,
    at: datetime,
) -> None:
    told: dict[str, Any] = {
        "placing": placing.pk,
        "first_on": placing.first_on.isoformat(),
        "rules_from": placing.rules_from.isoformat(),
        "debtors": len(done.given),
        "taken_out": len(stays) + len(done.left),
        "batches": [
            {
                "batch": batch.pk,
                "agency": agency,
                "rule": rule,
                "until_on": batch.until_on.isoformat(),
                "terms": batch.terms,
                "debtors": sum(
                    (one.agency, one.rule) == (agency, rule) for one in done.given.values()
                ),
            }
            for (agency, rule), batch in batches.items()
        ],
    }
    record_placing("proposed", placing, told, by=by, at=at)


def record_placing(
    kind: str, placing: Placing, told: dict[str, Any], *, by: User | None, at: datetime
) -> None:
    """Leave the evidence of a step of a placing, once."""
    record(
        f"agencies.placing.{kind}",
        subject=f"placing:{placing.pk}",
        payload=told,
        actor=by.get_username() if by else "",
        key=placing_key(kind, placing),
        occurred_at=at,
    )


def placing_key(kind: str, placing: Placing) -> str:
    """The key of the evidence of a step of a placing."""
    return f"agencies.placing.{kind}:{placing.pk}"


# All open cases by debtor; the loan deepest behind tells what he is.
_DEBTORS = """
select distinct on (c.obligor_no) c.obligor_no, count(*) over whole, sum(c.arrears) over whole,
       c.dpd, c.currency, c.stage, c.band, c.product, c.treatment, coalesce(p.region, '')
from casework_case c left join parties_party p on p.token = c.party_id
where c.state = 'open' and c.obligor_no <> ''
  and (%(numbers)s::text[] is null or c.obligor_no = any(%(numbers)s::text[]))
window whole as (partition by c.obligor_no)
order by c.obligor_no, c.dpd desc, c.arrears desc, c.id
"""


def read_debtors(numbers: Sequence[str] | None = None) -> list[Debtor]:
    """Everybody with an open case, or some of them, with all that he owes."""
    with connection.cursor() as cursor:
        cursor.execute(_DEBTORS, {"numbers": None if numbers is None else list(numbers)})
        return [_debtor(row) for row in cursor.fetchall()]


def _debtor(row: Iterable[Any]) -> Debtor:
    number, loans, arrears, dpd, currency, stage, band, product, treatment, region = row
    return Debtor(
        number=number,
        loans=loans,
        arrears=int(arrears),
        dpd=dpd,
        currency=currency,
        stage=stage,
        band=band,
        product=product,
        treatment=treatment,
        region=region,
    )
