"""The ledger of consents of the people of a loan."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from django.conf import settings
from django.utils.translation import get_language, gettext

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.parties.consent_texts import LANGUAGES, ConsentTexts
from carrears.parties.consents import newest_words, texts
from carrears.parties.models import Consent, LoanParty, Role
from carrears.parties.queries import open_parties
from carrears.workbench.queries.sight import sight_of
from carrears.workbench.view_models.consents import ConsentsPage, PersonsWords, WordLine

_RANK = {role: place for place, role in enumerate(Role.values)}
_LENDER = {"zh": "zh-CN", "en": "en-US"}


def consents_page(user: User, case: Case) -> ConsentsPage:
    """What each person of the loan allowed and refused."""
    links = sorted(
        LoanParty.objects.filter(loan_no=case.loan_no), key=lambda link: (_RANK[link.role], link.pk)
    )
    people = open_parties(link.party_id for link in links)
    said: dict[UUID, list[Consent]] = defaultdict(list)
    rows = Consent.objects.filter(party__in=people).select_related("recorded_by")
    for one in rows.order_by("-given_at", "-pk"):
        said[one.party_id].append(one)
    sight, known = sight_of(user, case), texts()
    return ConsentsPage(
        case.loan_no,
        tuple(
            PersonsWords(
                gettext("Erased")
                if people[link.party_id].erased_at
                else sight.name_text(people[link.party_id].name),
                link.role,
                _lines(said[link.party_id], known),
            )
            for link in links
        ),
    )


def _lines(words: list[Consent], known: ConsentTexts) -> tuple[WordLine, ...]:
    holding = {one.pk for one in newest_words(words).values()}
    return tuple(_line(one, known, holds=one.pk in holding) for one in words)


def _line(one: Consent, known: ConsentTexts, *, holds: bool) -> WordLine:
    reader = (get_language() or "")[:2]
    reader = reader if reader in LANGUAGES else LANGUAGES[0]
    purpose = known.purposes.get(one.purpose)
    return WordLine(
        purpose=purpose.name[reader] if purpose else one.purpose,
        law=purpose.law[reader] if purpose else "",
        channel=one.channel,
        granted=one.granted,
        holds=holds,
        given_at=one.given_at,
        source=one.source,
        version=one.text_version,
        language=one.language,
        text=_read(one, known),
        recorded_at=one.recorded_at,
        recorded_by=str(one.recorded_by) if one.recorded_by else "",
    )


def _read(one: Consent, known: ConsentTexts) -> str:
    """The words as the person read them, in the language in which he did."""
    text = known.texts.get(one.text_version)
    words = text.words.get(one.language, "") if text else ""
    lender = settings.LENDER_NAME.get(_LENDER.get(one.language, ""), "")
    return words.replace("{lender}", lender)
