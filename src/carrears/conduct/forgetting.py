"""Take the words about an erased person out of the cases: his own whole, others' of his name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from django.db import connection

from carrears.casework.models import Case, CaseEvent
from carrears.casework.words import FIELD, texts_of
from carrears.conduct.models import FlaggedNote
from carrears.conduct.striking import STRUCK, Erased, loans_of, strike_everywhere
from carrears.parties.models import Party
from carrears.parties.queries import PersonData, open_parties
from carrears.parties.words import Spoken, seal_words

_SHORTEST_NAME, _SHORTEST_NUMBER = 2, 7
# What people put between the digits of a number that they write down.
_BETWEEN = r"[\s\-.()·]*"


def forget_words(party: Party) -> int:
    """Take the words out of the lines of his own cases; that somebody wrote stays. How many."""
    FlaggedNote.objects.filter(note__case__party=party).update(comment="")
    with connection.cursor() as cursor:
        cursor.execute(
            "update casework_caseevent e"
            " set data = (e.data - 'text') || '{\"erased\": true}', text_sealed = null"
            " from casework_case c where c.id = e.case_id and c.party_id = %s"
            " and e.data ? 'text'",
            [party.pk],
        )
        return int(cursor.rowcount)


def strike_out(party: Party) -> int:
    """Take his name, numbers and addresses out of what others' words say of him; of how many texts.

    Those of the loans that he is told of in any role: lines of cases, and what ``striking`` knows.
    A line that was changed no longer opens its commitment, and says so (``struck_out``). Only while
    his key opens what he is called.
    """
    [person] = open_parties([party.pk]).values()
    wanted = list(_as_written(person))
    if not wanted:
        return 0
    pattern = re.compile("|".join(wanted), re.IGNORECASE)
    erased = loans_of(party)
    return _strike_lines(erased, pattern) + strike_everywhere(erased, pattern)


def _strike_lines(erased: Erased, pattern: re.Pattern[str]) -> int:
    cases = Case.objects.filter(loan_no__in=erased.loans).exclude(party=erased.party)
    lines = CaseEvent.objects.filter(case__in=cases, text_sealed__isnull=False).order_by("pk")
    found = {one.pk: one for one in lines.select_related("case").select_for_update(of=("self",))}
    told = {
        pk: pattern.sub(STRUCK, text)
        for pk, text in texts_of(found.values()).items()
        if pattern.search(text)
    }
    spoken = [
        Spoken(party=found[pk].case.party_id, field=FIELD, context=found[pk].key, text=text)
        for pk, text in told.items()
    ]
    for pk, closed in zip(told, seal_words(spoken), strict=True):
        line = found[pk]
        line.text_sealed, line.data = closed.sealed, line.data | {"struck_out": True}
        line.save(update_fields=["text_sealed", "data"])
    return len(told)


def _as_written(person: PersonData) -> Iterator[str]:
    """Patterns of all that he is called and reached by."""
    if len(person.name) >= _SHORTEST_NAME:
        yield from _exactly(person.name)
    for text in (person.id_no, *(one.value for one in person.points if one.kind == "phone")):
        digits = re.sub(r"[^0-9A-Za-z]", "", text).removeprefix("86")
        if len(digits) >= _SHORTEST_NUMBER:
            yield _BETWEEN.join(map(re.escape, digits))
    for one in person.points:
        if one.kind in {"email", "address"} and len(one.value) >= _SHORTEST_NUMBER:
            yield from _exactly(one.value)


def _exactly(text: str) -> set[str]:
    """As it is, and as it stands in the HTML of a mail."""
    return {re.escape(text), re.escape(escape(text))}
