"""Approve a placing, and place what was approved: in pieces, each once, whatever was killed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path

from django.conf import settings
from django.db import transaction

from carrears.access.models import User
from carrears.access.organisations import access_day
from carrears.agencies.jobs import place_approved
from carrears.agencies.models import Placing, PlacingLine, PlacingState
from carrears.agencies.proposing import placing_key, record_placing
from carrears.agencies.scrubbing import taken_out
from carrears.casework.models import Case, CaseState
from carrears.casework.placements import have_placing, place_debtors
from carrears.casework.placing_rules import load_placing_rules
from carrears.casework.services import CaseworkError
from carrears.notices.services import settle
from carrears.parties.words import commit_words, words_of

_AT_ONCE = 200


@transaction.atomic
def approve(placing: Placing, *, by: User | None, at: datetime) -> Placing:
    """Let what was proposed be placed, in the background; ``by`` is not who proposed it.

    Raises:
        CaseworkError: decided already, by its own proposer, or its first day is over.
    """
    found = _proposed(placing)
    if by is not None and found.made_by_id == by.pk:
        raise CaseworkError("whoever proposed it does not approve it")
    if found.first_on < access_day(at):
        raise CaseworkError("its first day is over; refuse it and propose anew")
    if Placing.objects.filter(state=PlacingState.APPROVED).exists():
        raise CaseworkError("another proposal has to be decided and placed first")
    found.state, found.decided_by, found.decided_at = PlacingState.APPROVED, by, at
    found.save(update_fields=["state", "decided_by", "decided_at"])
    record_placing("approved", found, {"placing": found.pk}, by=by, at=at)
    settle(f"placing:{found.pk}", at=at)
    place_approved.defer(placing=found.pk)
    return found


@transaction.atomic
def refuse(placing: Placing, *, reason: str, by: User | None, at: datetime) -> Placing:
    """Place nobody of what was proposed; its own proposer takes it back by this, too.

    Raises:
        CaseworkError: no reason, or decided already.
    """
    if not reason.strip():
        raise CaseworkError("a reason is needed")
    found = _proposed(placing)
    found.state, found.decided_at = PlacingState.REFUSED, at
    # Two people are asked for only where something is placed.
    found.decided_by = None if by is not None and by.pk == found.made_by_id else by
    found.save(update_fields=["state", "decided_by", "decided_at"])
    said = commit_words(_refused_key(found), {"reason": reason.strip()[:120]}, party=None)
    told = {"placing": found.pk} | said
    record_placing("refused", found, told, by=by, at=at)
    settle(f"placing:{found.pk}", at=at)
    return found


def refusals_of(placings: Iterable[Placing]) -> dict[int, str]:
    """What was said why proposals were refused, by their numbers."""
    found = [one for one in placings if one.state == PlacingState.REFUSED]
    said = words_of(_refused_key(one) for one in found)
    return {one.pk: said.get(_refused_key(one), one.reason) for one in found}


def _refused_key(placing: Placing) -> str:
    return placing_key("refused", placing)


def _proposed(placing: Placing) -> Placing:
    found = Placing.objects.select_for_update(of=("self",)).get(pk=placing.pk)
    if found.state != PlacingState.PROPOSED:
        raise CaseworkError("it is decided already")
    return found


def place_lines(placing: Placing, *, at: datetime) -> Placing:
    """Place what is approved and not placed yet; bears a second start and a kill in the middle.

    Each piece is one transaction, and whoever must stay by then is taken out with the reason.
    """
    while _place_some(placing, at=at):
        pass
    with transaction.atomic():
        found = Placing.objects.select_for_update(of=("self",)).get(pk=placing.pk)
        if found.state == PlacingState.APPROVED:
            found.state, found.placed_at = PlacingState.PLACED, at
            found.save(update_fields=["state", "placed_at"])
            lines = PlacingLine.objects.filter(placing=found).exclude(batch=None)
            placed = lines.exclude(placement=None).count()
            told = {"placing": found.pk, "placed": placed, "taken_out": lines.count() - placed}
            record_placing("placed", found, told, by=found.decided_by, at=at)
    return found


@transaction.atomic
def _place_some(placing: Placing, *, at: datetime) -> bool:
    """Place the next piece. False: nothing is left."""
    have_placing()
    found = Placing.objects.select_for_update(of=("self",)).get(pk=placing.pk)
    if found.state != PlacingState.APPROVED:
        return False
    waiting = PlacingLine.objects.filter(placing=found, why="", placement=None)
    lines = list(
        waiting.select_related("batch__agency")
        .order_by("batch", "pk")
        .exclude(batch=None)[:_AT_ONCE]
    )
    # Payments, holds and the night change cases; they come before this piece or after it.
    numbers = [one.obligor_no for one in lines]
    cases = Case.objects.filter(obligor_no__in=numbers, state=CaseState.OPEN)
    list(cases.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    for _, batch_lines in groupby(lines, key=lambda one: one.batch_id):
        _place_batch(list(batch_lines), found, at=at)
    return bool(lines)


def _place_batch(lines: Sequence[PlacingLine], placing: Placing, *, at: datetime) -> None:
    batch = lines[0].batch
    assert batch is not None  # noqa: S101  asked for
    first_on = max(batch.from_on, access_day(at))
    rules = load_placing_rules(Path(settings.CARREARS_HOME), on=batch.from_on)
    numbers = [one.obligor_no for one in lines]
    stays = taken_out(numbers, on=first_on, until=batch.until_on, rest_days=rules.rest_days)
    if batch.agency.closed_at is not None or batch.until_on < first_on:
        stays = dict.fromkeys(numbers, "no_agency")
    free = [number for number in numbers if number not in stays]
    made = (
        place_debtors(
            free,
            agency=batch.agency,
            from_on=first_on,
            until_on=batch.until_on,
            by=placing.decided_by,
            at=at,
            batch=batch.pk,
        )
        if free
        else []
    )
    placements = {one.obligor_no: one for one in made}
    for line in lines:
        line.placement = placements.get(line.obligor_no)
        line.why = stays.get(line.obligor_no, "")
    PlacingLine.objects.bulk_update(lines, ["placement", "why"])
