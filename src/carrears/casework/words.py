"""Read what people typed on the lines of a timeline, which lies sealed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from carrears.casework.models import Case, CaseEvent
from carrears.database.prepared import Blank, prepared
from carrears.parties.words import open_words

FIELD = "case text"  # as what it is sealed


def texts_of(events: Iterable[CaseEvent]) -> dict[int, str]:
    """The words of these lines by their numbers, the people's keys read at once.

    A line that has none, or whose words went with the person, is left out. One that an older
    release wrote has them in its ``data`` until they are sealed.
    """
    found = list(events)
    told = {one.pk: str(one.data["text"]) for one in found if one.data.get("text")}
    sealed = [one for one in found if one.text_sealed is not None]
    if not sealed:
        return told
    cases = {one.case_id for one in sealed}
    people = dict(_debtors.ask(cases=[*cases]))
    opened = open_words(FIELD, [(people.get(one.case_id), one.text_sealed) for one in sealed])
    return told | {
        one.pk: text for one, text in zip(sealed, opened, strict=True) if text is not None
    }


@prepared
def _debtors(cases: Blank) -> QuerySet[Case, tuple[Any, ...]]:
    return Case.objects.filter(cases.has("pk")).values_list("pk", "party_id")


def text_of(event: CaseEvent) -> str:
    """The words of one line; empty where it has none, or none any more."""
    return texts_of([event]).get(event.pk, "")
