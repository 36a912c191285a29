"""Which days are decided: what a day run has decided is changed by nobody afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from carrears.clock import now
from carrears.dayrun.models import DayRun
from carrears.strategy.models import Draft, DraftState, Publication
from carrears.strategy.services import strategy_in_force


@dataclass(frozen=True, slots=True)
class WaitingDraft:
    """A draft that may still come into force."""

    id: int
    title: str
    state: str
    author: str
    effective_on: date | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides the first undecided day, and what waits. A file decides ``since`` no day."""

    name: str
    version: str
    since: date | None
    proposed_by: str
    approved_by: str
    drafts: tuple[WaitingDraft, ...]


def first_undecided_day() -> date:
    """The day after the newest one that was run; today where none was."""
    newest = DayRun.objects.order_by("-as_of").values_list("as_of", flat=True).first()
    return newest + timedelta(days=1) if newest else now().date()


def standing_of(name: str) -> Standing:
    """How a strategy stands.

    Raises:
        StrategyError: nothing was published and the file cannot decide a whole book.
    """
    day = first_undecided_day()
    published = Publication.objects.filter(name=name, effective_on__lte=day)
    by = published.select_related("proposed_by", "approved_by").first()
    waiting = Draft.objects.filter(name=name, state__in=[DraftState.OPEN, DraftState.SUBMITTED])
    return Standing(
        name=name,
        version=strategy_in_force(name, on=day).version,
        since=by.effective_on if by and by.effective_on != date.min else None,
        proposed_by=by.proposed_by.get_username() if by and by.proposed_by else "",
        approved_by=by.approved_by.get_username() if by and by.approved_by else "",
        drafts=tuple(
            WaitingDraft(
                draft.pk, draft.title, draft.state, draft.author.get_username(), draft.effective_on
            )
            for draft in waiting.select_related("author")
        ),
    )
