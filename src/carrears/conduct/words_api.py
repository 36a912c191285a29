"""A text looked at over HTTP; nothing is kept of it."""

from __future__ import annotations

from typing import Annotated, Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from ninja import Field, Router, Schema
from ninja.errors import ValidationError

from carrears.access.models import User
from carrears.conduct.check_api import ExplanationOut
from carrears.conduct.free_text import Language, check_text
from carrears.conduct.packs import Packs, UnknownJurisdictionError
from carrears.conduct.vocabulary import Channel, GateAction
from carrears.conduct.word_lists import Kind, WordStrength
from carrears.conduct.wording import Objection

router = Router(tags=["conduct"])


class TextIn(Schema):
    """A text; with a channel, what a message there has to say is asked for too."""

    text: Annotated[str, Field(min_length=1, max_length=100_000)]
    jurisdiction: str = "CN"
    channel: Channel | None = None
    sender: Annotated[str, Field(max_length=200)] = ""
    language: Language | None = None


class WordsOut(Schema):
    """Words that must not be said, where they stand, why, and where it is written."""

    id: str
    kind: Kind
    strength: WordStrength
    found: str
    start: int
    end: int
    explanation: ExplanationOut
    citation: str


class TextOut(Schema):
    """What the pack says of the text."""

    gate_action: GateAction
    language: Language
    jurisdiction: str
    pack_version: str
    findings: list[WordsOut]


@router.post("/words", response=TextOut)
def words(request: HttpRequest, wanted: TextIn) -> dict[str, Any]:
    """May these words be said? Nothing is looked up and nothing kept."""
    user = request.user
    if not (isinstance(user, User) and user.has_perm("casework.view_case")):
        raise PermissionDenied("this user may not see cases")
    try:
        pack = Packs().of(wanted.jurisdiction.upper())
    except UnknownJurisdictionError as error:
        raise ValidationError(
            [{"loc": ("body", "wanted", "jurisdiction"), "msg": str(error)}]
        ) from error
    checked = check_text(
        wanted.text,
        pack,
        channel=wanted.channel or "",
        sender=wanted.sender,
        language=wanted.language,
    )
    return checked.to_json() | {"findings": [_tell(each) for each in checked.objections]}


def _tell(objection: Objection) -> dict[str, Any]:
    told = objection.to_json()
    return told | {"explanation": {"zh": told.pop("says_zh"), "en": told.pop("says_en")}}
