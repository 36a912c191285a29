"""Which of a template's variants says it: by the tone and the offer that the strategy decided.

A variant (``variant_of``) says the same as the template that the strategy names, in another tone or
with an offer. Of the named one and its variants those can be chosen that are in force, go by the
same channel for the same purpose, are for the case's stage and are written in the debtor's
language. Of these the first holds that has

1. ``both``: the offer and the tone that were decided,
2. ``offer``: the offer, in no particular tone,
3. ``tone``: the tone, and no offer,
4. ``plain``: neither,

and else (``named``) the named one as it is. An offer that was not decided is never made, and
no variant speaks in another tone than was decided. Of two that are alike the named one goes first,
then the one that names the stage, then by their keys. Where neither was decided, or there is
no variant, the named one is said (``only``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from carrears.outreach.templates import Template, TemplateError

By = Literal["only", "both", "offer", "tone", "plain", "named"]
Out = Literal["force", "channel", "stage", "language", "offer", "tone", "later"]
Known = Mapping[str, Template | TemplateError]
# What a strategy writes as tone where it wants no contact.
_NO_TONE = "none"
_ORDER: tuple[By, ...] = ("both", "offer", "tone", "plain")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """What the strategy decided for a case, and what the case is like.

    ``named`` is the template that it names; ``rule`` and ``strategy`` (the beginning of its
    SHA-256) say who decided.
    """

    named: str
    tone: str = ""
    offer: str = ""
    stage: str = ""
    language: str = ""
    rule: str = ""
    strategy: str = ""

    @property
    def asks(self) -> bool:
        """Whether a tone or an offer was decided at all."""
        return bool(self.offer or self.tone not in {"", _NO_TONE})


@dataclass(frozen=True, slots=True)
class PassedOver:
    """One of the family that was not chosen, and why not."""

    key: str
    number: int | None
    out: Out


@dataclass(frozen=True, slots=True)
class Choice:
    """What is said, and why it and no other."""

    manner: Manner
    template: Template
    by: By
    others: tuple[PassedOver, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """As an attempt keeps it."""
        manner = self.manner
        return {
            "named": manner.named, "tone": manner.tone, "offer": manner.offer,
            "stage": manner.stage, "language": manner.language, "rule": manner.rule,
            "strategy": manner.strategy, "by": self.by, "key": self.template.key,
            "number": self.template.number,
            "others": [
                {"key": one.key, "number": one.number, "out": one.out} for one in self.others
            ],
        }  # fmt: skip


def choose_template(manner: Manner, known: Known) -> Choice:
    """The one of the family that fits best; ``known`` has what is in force of all.

    Raises:
        TemplateError: the strategy names what is not in force.
    """
    named = known.get(manner.named)
    if not isinstance(named, Template):
        raise named or TemplateError(f"there is no template {manner.named!r}")
    variants = sorted(
        key
        for key, one in known.items()
        if isinstance(one, Template) and one.variant_of == named.key
    )
    if not manner.asks or not variants:
        return Choice(manner, named, "only")
    family = [named, *(one for key in variants if isinstance(one := known[key], Template))]
    outs = {one.key: _bar(one, named, manner) for one in family}
    fit = sorted(
        (_ORDER.index(_rank(one)), one.key != named.key, manner.stage not in one.stages, one.key)
        for one in family
        if outs[one.key] is None
    )
    chosen = known[fit[0][-1]] if fit else named
    assert isinstance(chosen, Template)  # noqa: S101  one of the family
    by = _ORDER[fit[0][0]] if fit else "named"
    return Choice(manner, chosen, by, tuple(_passed_over(family, chosen, outs)))


def _bar(one: Template, named: Template, manner: Manner) -> Out | None:
    """What keeps a template from being chosen at all."""
    if (one.channel, one.purpose) != (named.channel, named.purpose):
        return "channel"
    if one.stages and manner.stage not in one.stages:
        return "stage"
    if not one.is_written_in(manner.language):
        return "language"
    if one.offer and one.offer != manner.offer:
        return "offer"
    if one.tone and one.tone != manner.tone:
        return "tone"
    return None


def _rank(one: Template) -> By:
    """How well it fits, where nothing bars it."""
    in_tone, offers = bool(one.tone), bool(one.offer)
    if offers:
        return "both" if in_tone else "offer"
    return "tone" if in_tone else "plain"


def _passed_over(
    family: list[Template], chosen: Template, outs: Mapping[str, Out | None]
) -> Iterator[PassedOver]:
    for one in family:
        if one.key != chosen.key:
            yield PassedOver(one.key, one.number, outs[one.key] or "later")
