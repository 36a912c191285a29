"""Which numbers and addresses bars stand on, where the index of one was made under another key."""

from __future__ import annotations

from collections.abc import Sequence

from carrears.conduct.models import DoNotContact
from carrears.parties.models import LoanParty
from carrears.parties.queries import points_by_index
from carrears.parties.services import keyring


def barred_under_other_keys(loan_nos: Sequence[str]) -> list[int]:
    """Numbers and addresses (rows) of these loans' people that a bar on a value is on.

    What a bar of the same key is on is found by a join of the two indexes. So there are none as
    long as there is one index key, and all, joined or not, are told where there are several.
    """
    if len(keyring().each_index()) == 1:
        return []
    told = DoNotContact.objects.values_list("value_index", flat=True)
    barred = {bytes(index) for index in told if index is not None}
    if not barred:
        return []
    people = LoanParty.objects.filter(loan_no__in=loan_nos).values_list("party_id", flat=True)
    owners = points_by_index(set(people))
    return sorted({pk for index in barred & owners.keys() for _, pk in owners[index]})
