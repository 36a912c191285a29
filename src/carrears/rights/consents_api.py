"""The ledger of consents over HTTP: what a person said, and a new word of his."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Router, Schema, Status
from pydantic import AwareDatetime

from carrears.access.models import User
from carrears.database.wall import as_house
from carrears.evidence.services import sequence
from carrears.parties.consents import Word, expect_past, keep_word, newest_words
from carrears.parties.models import Consent, Party

router = Router(tags=["consents"])
Key = Annotated[str, Field(min_length=8, max_length=128, pattern=r"^[A-Za-z0-9._:-]+$")]
Code = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_.-]*$")]
Source = Literal["form", "app", "call", "letter", "in_person", "email"]


class WordIn(Schema):
    """A word of a person; ``key`` makes a second one of the same harmless.

    ``channel`` is left out where the purpose has none; ``text_version`` is what was agreed to, in
    ``language``.
    """

    key: Key
    party_no: Annotated[str, Field(max_length=64)]
    purpose: Code = "contact"
    channel: Code = ""
    granted: bool
    given_at: AwareDatetime
    source: Source
    text_version: Code = ""
    language: Code = ""


class WordOut(Schema):
    """A word as it was kept; ``holds``: nothing newer was said for that purpose and channel."""

    id: int
    party_id: UUID
    purpose: str
    channel: str
    granted: bool
    given_at: datetime
    source: str
    text_version: str
    language: str
    recorded_at: datetime | None
    holds: bool = False


class WordKept(WordOut):
    """A word that was told; ``new`` is false when it was the last word already."""

    new: bool


@router.get("/{party}", response=list[WordOut])
def list_words(request: HttpRequest, party: UUID) -> list[WordOut]:
    """All that a person allowed or refused, the newest word first; he is named by his token."""
    _require(request, "parties.view_consent")
    with as_house():  # whoever has this scope asks of everybody, also of who has no case
        return _ledger(get_object_or_404(Party, pk=party))


@router.post("", response={201: WordKept, 200: WordKept})
def tell(request: HttpRequest, wanted: WordIn) -> Status[WordKept]:
    """Keep a word; what was said before stays. 200 when it says nothing new."""
    user = _require(request, "parties.add_consent")
    with as_house():
        return _tell(wanted, by=user)


def _tell(wanted: WordIn, *, by: User) -> Status[WordKept]:
    party = get_object_or_404(Party, party_no=wanted.party_no)
    word = Word(
        purpose=wanted.purpose,
        channel=wanted.channel,
        granted=wanted.granted,
        at=wanted.given_at,
        source=wanted.source,
        text=wanted.text_version,
        language=wanted.language,
        key=f"api:{wanted.key}",
    )
    expect_past(word)
    kept = keep_word(party, word, by=by)
    sequence()
    meant = kept or party.consents.filter(key=word.key).first()
    mine = [one for one in _ledger(party) if _is(one, word)]
    told = next((one for one in mine if meant is not None and one.id == meant.pk), mine[0])
    return Status(201 if kept else 200, WordKept(**told.model_dump(), new=kept is not None))


def _is(one: WordOut, word: Word) -> bool:
    return (one.purpose, one.channel) == (word.purpose, word.channel)


def _ledger(party: Party) -> list[WordOut]:
    words: list[Consent] = list(party.consents.order_by("-given_at", "-pk"))
    holding = {one.pk for one in newest_words(words).values()}
    told = [WordOut.from_orm(one) for one in words]
    return [one.model_copy(update={"holds": one.id in holding}) for one in told]


def _require(request: HttpRequest, permission: str) -> User:
    user = request.user
    if not (isinstance(user, User) and user.has_perm(permission)):
        raise PermissionDenied(f"this user lacks the permission {permission}")
    return user
