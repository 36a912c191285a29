"""The score with its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from carrears.casework.models import Case
from carrears.risk.scorecard import Attribute, Outcome, Scorecard, load_scorecard
from carrears.workbench.queries.language import chosen
from carrears.workbench.view_models.case import Reason, Score


def score(case: Case) -> Score | None:
    """Points, and what took most of them away; None before a case was scored."""
    if case.score is None:
        return None
    card = load_scorecard()
    return Score(
        points=case.score,
        largest=card.base_points + sum(attribute.most_points for attribute in card.attributes),
        band=case.band,
        scorecard=f"{title_of(card)} {card.version}",
        as_of=case.as_of,
        reasons=reasons_of(card, case.reasons),
    )


def reasons_of(card: Scorecard, codes: Iterable[object]) -> tuple[Reason, ...]:
    """What these reasons of a card say, and how many points each cost."""
    found = [pair for code in codes for pair in _earning(card, str(code))]
    largest = max((attribute.most_points - earned.points for attribute, earned in found), default=0)
    return tuple(_reason(attribute, earned, largest) for attribute, earned in found)


def title_of(card: Scorecard) -> str:
    """The card's name in the reader's language."""
    return chosen(card.title.get("zh-CN", card.name), card.title.get("en", card.name))


def _earning(card: Scorecard, code: str) -> Iterator[tuple[Attribute, Outcome]]:
    """The attribute that gives the reason ``code``, with what it earned; none if it is gone."""
    for attribute in card.attributes:
        for outcome in (*attribute.bins, attribute.missing):
            if outcome.code == code:
                yield attribute, outcome
                return


def _reason(attribute: Attribute, earned: Outcome, largest: int) -> Reason:
    lost = attribute.most_points - earned.points
    return Reason(
        title=chosen(attribute.label["zh-CN"], attribute.label["en"]),
        value=chosen(earned.reason["zh-CN"], earned.reason["en"]),
        points=-lost,
        percent=round(100 * lost / largest) if largest else 0,
    )
