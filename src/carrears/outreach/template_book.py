"""Which template says what today: the approved version in force, else the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Case, Exists, IntegerField, OuterRef, QuerySet, Value, When

from carrears.clock import local_day, now
from carrears.conduct.pack import Pack, load_pack
from carrears.database.prepared import Blank, prepared
from carrears.experiments.models import Arm, State
from carrears.outreach.own_templates import load_own_template, own_template_keys
from carrears.outreach.template_models import TemplateState, TemplateVersion
from carrears.outreach.templates import Template, TemplateError, load_template, template_keys
from carrears.portfolio.products import load_products
from carrears.strategy.cadence_faults import House, KnownTemplate
from carrears.strategy.catalogue import catalogue

Found = Template | TemplateError
# Once one of a key's versions was approved, its file decides no more.
_KEPT = (TemplateState.APPROVED, TemplateState.WITHDRAWN)


def templates_in_force(keys: Iterable[str], *, on: date | None = None) -> Mapping[str, Found]:
    """By key, what is sent on the day ``on`` (today), or why nothing can be: one look-up."""
    wanted = sorted(set(keys))
    rows = {one.key: one for one in _newest_of.find(keys=wanted, on=on or today())}
    packs = packs_of_house()
    return {key: _of_row(rows[key], on or today()) if key in rows else _of_file(key, packs)
            for key in wanted}  # fmt: skip


def house_in_force(also: Iterable[str] = ()) -> Mapping[str, Found]:
    """By key, what is sent today by each template of the house and ``also``: one look-up."""
    rows = {one.key: one for one in _newest(TemplateVersion.objects.all(), today())}
    packs = packs_of_house()
    return {
        key: _of_row(rows[key], today()) if key in rows else _of_file(key, packs)
        for key in sorted({*rows, *file_keys(), *also})
    }


def template_in_force(key: str, *, on: date | None = None) -> Template:
    """What is sent on the day ``on``.

    Raises:
        TemplateError: there is no such template, it is not in force, or the file's words are
            prohibited by the law of one of the lender's products.
    """
    found = templates_in_force([key], on=on)[key]
    if isinstance(found, TemplateError):
        raise found
    return found


def words_of_house() -> House:
    """What a strategy's cadences may name: treatments, and what can be sent today."""
    templates = {
        key: KnownTemplate(one.channel, frozenset(one.locales))
        for key, one in house_in_force().items()
        if isinstance(one, Template)
    }
    return House(set(catalogue("treatment")), templates)


def keys_of_house() -> list[str]:
    """All templates that are shipped, lie in the home or were approved."""
    return sorted({*file_keys(), *(key for (key,) in _kept_keys.ask())})


@prepared
def _kept_keys() -> QuerySet[TemplateVersion, tuple[Any, ...]]:
    kept = TemplateVersion.objects.filter(state__in=_KEPT)
    return kept.order_by().values_list("key").distinct()


def file_keys() -> set[str]:
    """The templates that are in files."""
    return {*template_keys(), *own_template_keys(Path(settings.CARREARS_HOME))}


def template_of_file(key: str) -> Template:
    """The lender's own file of this key, else the shipped one.

    Raises:
        TemplateError: there is none, or it cannot be used.
    """
    found = _of_file(key, packs_of_house())
    if isinstance(found, TemplateError):
        raise found
    return found


def packs_of_house() -> tuple[Pack, ...]:
    """The rules of all products of the lender."""
    laws = load_products(Path(settings.CARREARS_HOME)).jurisdictions
    return tuple(load_pack(law) for law in laws)


def today() -> date:
    """The house's day; of a replayed book, too, messages are made today."""
    return local_day(now(), settings.TIME_ZONE)


def as_template(row: TemplateVersion) -> Template:
    """A version as what messages are made from."""
    return Template(
        key=row.key,
        channel=row.channel,
        purpose=row.purpose,
        about=row.about,
        version=row.version,
        locales={one["locale"]: (one["subject"], one["body"]) for one in row.locales},
        stages=tuple(row.stages),
        number=row.number,
        variant_of=row.variant_of,
        tone=row.tone,
        offer=row.offer,
    )


def tried_only() -> Exists:
    """Versions that challenge in an experiment planned before their day: their arm alone says them.

    What was in force before it was tried stays what it was; so does what no experiment began with.
    """
    arms = Arm.objects.filter(
        words=OuterRef("version"),
        is_champion=False,
        experiment__planned_at__date__lt=OuterRef("effective_on"),
    )
    return Exists(arms.exclude(experiment__state=State.DROPPED))


@prepared
def _newest_of(keys: Blank, on: Blank) -> QuerySet[TemplateVersion]:
    return _newest(TemplateVersion.objects.filter(keys.has("key", "text")), on)


def _newest(rows: QuerySet[TemplateVersion], on: Any) -> QuerySet[TemplateVersion]:
    """Of each key the version in force on a day, else one that says why there is none."""
    rank = Case(
        When(state=TemplateState.APPROVED, effective_on__lte=on, then=Value(0)),
        default=Value(1),
        output_field=IntegerField(),
    )
    kept = rows.filter(state__in=_KEPT).exclude(tried_only())
    kept = kept.alias(rank=rank)
    return kept.order_by("key", "rank", "-effective_on", "-number").distinct("key")


def _of_row(row: TemplateVersion, on: date) -> Found:
    if row.state == TemplateState.WITHDRAWN:
        return TemplateError(f"the template {row.key} is withdrawn")
    if row.effective_on is not None and row.effective_on > on:
        return TemplateError(f"the template {row.key} is in force from {row.effective_on} on")
    return as_template(row)


def _of_file(key: str, packs: tuple[Pack, ...]) -> Found:
    try:
        own = load_own_template(key, home=Path(settings.CARREARS_HOME), packs=packs)
        return own or load_template(key)
    except TemplateError as error:
        return error
