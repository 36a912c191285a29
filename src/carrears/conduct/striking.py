"""What is said of an erased person under somebody else's key, or the house's: struck out, or gone.

His own words go with his key. Others' words of him lie under theirs: a complaint that a guarantor
makes of his loan, a message to somebody else that names him, why several cases were moved. There
his name, numbers and addresses are struck out. What lies under the house's key and is of his loan
alone (somebody who is nobody on record complains of it; why a file of his was opened; a row of a
tape that was kept aside) goes whole: nobody else has a word in it. That something was said, when
and by whom stays, and so does the log's commitment, which nothing opens any more. The rooms to the
right tell of their own tables as they start (``told_in``).
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any

from django.db.models import Model, Q, QuerySet

from carrears.casework.hold_models import HoldStep
from carrears.conduct.complaint_models import Complaint, ComplaintStep
from carrears.conduct.dispute_models import Dispute, DisputeStep
from carrears.conduct.models import RejectedListing
from carrears.exchange.models import ERASED, RejectedRow
from carrears.parties.models import LoanParty, Party, Role, SealedWords, Unmasking
from carrears.parties.services import data_key
from carrears.parties.vault import AlteredError, SubjectKey, VaultError
from carrears.vault.holding import HOLD_NOTE
from carrears.vault.models import LegalHold, Opening, StoredObject
from carrears.vault.opening import OPENING_NOTE
from carrears.vault.reading import NAME_FIELD

STRUCK = "□□"
_AT_ONCE = 500  # rows in memory: of a book that came in wrong there are millions aside


def without_in_json(text: str, pattern: re.Pattern[str], _one: Erased) -> str:
    """The same where the words are the texts and numbers in a JSON value."""
    told = json.loads(text)
    left = struck(told, pattern)
    return text if left == told else json.dumps(left, ensure_ascii=False, sort_keys=True)


def struck(told: Any, pattern: re.Pattern[str]) -> Any:
    """A JSON value, in all of whose texts and numbers the pattern is struck out."""
    if isinstance(told, str):
        return pattern.sub(STRUCK, told)
    if isinstance(told, list):
        return [struck(one, pattern) for one in told]
    if isinstance(told, dict):
        return {name: struck(one, pattern) for name, one in told.items()}
    is_number = isinstance(told, int | float) and not isinstance(told, bool)
    return STRUCK if is_number and pattern.search(str(told)) else told


def row_without(cells: Mapping[str, Any], pattern: re.Pattern[str], one: Erased) -> dict[str, Any]:
    """The cells of a row of a file by column; of one that tells of a loan that he owes none stays.

    A number alone says nothing: that of one loan is an amount in another's row.
    """
    left: dict[str, Any] = struck(dict(cells), pattern)
    is_his = left != cells and any(str(cell).strip() in one.owed for cell in cells.values())
    return dict.fromkeys(cells, STRUCK) if is_his else left


@dataclass(frozen=True, slots=True)
class Erased:
    """Who is erased, the loans that he is told of in any role, and those that he owes."""

    party: Party
    loans: frozenset[str]
    owed: frozenset[str]


Without = Callable[[str, re.Pattern[str], Erased], str | None]


def loans_of(party: Party) -> Erased:
    """See ``Erased``; while his loans are known."""
    told = list(LoanParty.objects.filter(party=party).values_list("loan_no", "role"))
    owed = frozenset(loan_no for loan_no, role in told if role == Role.OBLIGOR)
    return Erased(party, frozenset(loan_no for loan_no, _ in told), owed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A sealed column in which somebody may be told of under another's key.

    Attributes:
        rows: those that may tell of him; what lies under his own key is left out.
        under: under whose key a row's words lie; None for the house's.
        column: of the words.
        sealed_as: the name under which a row's words are sealed.
        goes_whole: whether a row's words are about him alone.
        leaves: what stands in the place of words that go whole; None for nothing.
        without: the words without what fits the pattern; None where they go whole after all. Where
            it is not said, the pattern is struck out.
        beside: what else of a row changes with its words, by column; of the row and what is left.
    """

    rows: Callable[[Erased], QuerySet[Any]]
    under: Callable[[Any], uuid.UUID | None]
    sealed_as: Callable[[Any], str]
    column: str = "text_sealed"
    goes_whole: Callable[[Any, Erased], bool] = lambda _row, _one: False
    leaves: str | None = None
    without: Without = lambda text, pattern, _one: pattern.sub(STRUCK, text)
    beside: Callable[[Any, str | None], dict[str, Any]] = lambda _row, _left: {}

    @classmethod
    def of_loans(
        cls,
        model: type[Model],
        *,
        loan: str = "loan_no",
        party: str = "party",
        sealed_as: str | Callable[[Any], str],
        **more: Any,
    ) -> Told:
        """Rows of his loans that lie under somebody else's key, or, with no person, the house's.

        Args:
            model: whose rows.
            loan: the path from a row to the number of its loan.
            party: the path to the person under whose key it lies.
            sealed_as: as above; a word where it is the same for all rows.
            more: the rest of the above.
        """
        above = party.rpartition("__")[0]

        def rows(one: Erased) -> QuerySet[Any]:
            found = model._default_manager.filter(**{f"{loan}__in": one.loans})  # noqa: SLF001
            found = found.exclude(**{party: one.party}).order_by("pk")
            return found.select_related(above) if above else found

        return cls(
            rows=rows,
            under=attrgetter(f"{party}_id".replace("__", ".")),
            sealed_as=sealed_as if callable(sealed_as) else lambda _row: sealed_as,
            **more,
        )

    @classmethod
    def of_files(cls, model: type[Any], *, column: str = "raw_sealed", **more: Any) -> Told:
        """Rows and mails that were kept aside: whose they are nobody could read.

        They lie under the house's key; ``SEALED_AS`` of the model is their name.
        """
        return cls(
            rows=lambda _one: model._default_manager.order_by("pk"),  # noqa: SLF001
            under=lambda _row: None,
            sealed_as=lambda _row: model.SEALED_AS,
            column=column,
            **more,
        )


_places: list[Told] = []


def told_in(*places: Told) -> None:
    """Say where else somebody may be told of under another's key."""
    _places.extend(one for one in places if one not in _places)


def strike_everywhere(erased: Erased, pattern: re.Pattern[str]) -> int:
    """Strike what fits out of all places; of how many texts something was taken."""
    key_of = cache(_key_of)
    return sum(_strike(place, erased, pattern, key_of) for place in _places)


def _strike(
    place: Told,
    erased: Erased,
    pattern: re.Pattern[str],
    key_of: Callable[[uuid.UUID | None], SubjectKey | None],
) -> int:
    changed = 0
    rows = place.rows(erased).exclude(**{place.column: None}).select_for_update(of=("self",))
    for row in rows.iterator(chunk_size=_AT_ONCE):
        key, name = key_of(place.under(row)), place.sealed_as(row)
        if key is None:
            continue
        left = place.leaves
        if not place.goes_whole(row, erased):
            try:
                text = key.open(name, getattr(row, place.column))
            except AlteredError:
                continue  # nobody reads it
            left = place.without(text, pattern, erased)
            if left == text:
                continue
        sealed = key.seal(name, left) if left is not None else None
        changes = {place.column: sealed} | place.beside(row, left)
        type(row).objects.filter(pk=row.pk).update(**changes)
        changed += 1
    return changed


def _key_of(party: uuid.UUID | None) -> SubjectKey | None:
    try:
        return data_key(party)
    except VaultError:
        return None  # erased or damaged: nobody reads it


def _beside(one: Erased) -> Q:
    """Words beside entries of those with whom he shares a loan, and of the house's."""
    others = LoanParty.objects.filter(loan_no__in=one.loans).exclude(party=one.party)
    return Q(party=None) | Q(party__in=others.values("party"))


def _is_strangers(matter: Any, one: Erased) -> bool:
    """Of somebody who is nobody on record, about a loan that he owes."""
    return matter.party_id is None and matter.loan_no in one.owed


def _openings(one: Erased) -> QuerySet[Opening]:
    files = StoredObject.objects.filter(Q(party=one.party) | Q(loan_no__in=one.loans))
    mine = Opening.objects_opened.through.objects.filter(storedobject__in=files)
    found = Opening.objects.filter(pk__in=mine.values("opening")).order_by("pk")
    return found.prefetch_related("objects_opened")


def _is_his(file: StoredObject, one: Erased) -> bool:
    return file.party_id == one.party.pk or _is_strangers(file, one)


def _holds(one: Erased) -> QuerySet[LegalHold]:
    mine = Q(loan_no__in=one.loans) | Q(stored__loan_no__in=one.loans) | Q(stored__party=one.party)
    return LegalHold.objects.filter(mine).select_related("stored").order_by("pk")


def _is_over(hold: LegalHold, one: Erased) -> bool:
    """Whether it holds nothing any more, and was about him alone."""
    about = _is_his(hold.stored, one) if hold.stored else hold.loan_no in one.owed
    return hold.lifted_at is not None and about


def _of_hold(column: str) -> Told:
    return Told(
        rows=_holds,
        under=lambda _row: None,
        sealed_as=lambda _row: HOLD_NOTE,
        column=column,
        goes_whole=_is_over,
        leaves=STRUCK,
    )


def _row_of_tape(text: str, pattern: re.Pattern[str], one: Erased) -> str:
    told = json.loads(text)
    left = row_without(told, pattern, one)
    return text if left == told else json.dumps(left, ensure_ascii=False)


def _why_of_tape(_row: Any, left: str | None) -> dict[str, Any]:
    """Of a row that went whole there is nothing left to mend."""
    is_gone = left is not None and all(one == STRUCK for one in json.loads(left).values())
    return {"errors": [{"field": "", "reason": ERASED}]} if is_gone else {}


told_in(
    Told.of_loans(Complaint, sealed_as="complaint", goes_whole=_is_strangers),
    Told.of_loans(
        ComplaintStep,
        loan="complaint__loan_no",
        party="complaint__party",
        sealed_as="complaint",
        goes_whole=lambda row, one: _is_strangers(row.complaint, one),
    ),
    Told.of_loans(Dispute, sealed_as="dispute"),
    Told.of_loans(
        DisputeStep, loan="dispute__loan_no", party="dispute__party", sealed_as="dispute"
    ),
    Told.of_loans(
        HoldStep,
        loan="hold__case__loan_no",
        party="hold__party",
        sealed_as="hold",
        column="why_sealed",
    ),
    Told.of_loans(Unmasking, sealed_as="reason to look", column="note_sealed"),
    Told(
        rows=lambda one: SealedWords.objects.filter(_beside(one)).order_by("pk"),
        under=lambda row: row.party_id,
        sealed_as=lambda row: str(row.name),
    ),
    Told.of_loans(
        StoredObject,
        sealed_as=lambda row: NAME_FIELD.format(row.token),
        column="name_sealed",
    ),
    Told(
        rows=_openings,
        under=lambda _row: None,
        sealed_as=lambda row: OPENING_NOTE.format(row.token),
        column="note_sealed",
        goes_whole=lambda row, one: all(_is_his(file, one) for file in row.objects_opened.all()),
        leaves=STRUCK,
    ),
    _of_hold("note_sealed"),
    _of_hold("ask_note_sealed"),
    Told.of_files(RejectedRow, without=_row_of_tape, beside=_why_of_tape),
    Told.of_files(RejectedListing),
)
