"""The ledger of consents of the people of a loan."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from django.conf import settings
from django.utils.translation import get_language, gettext

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.parties.consent_texts import LANGUAGES, ConsentText, ConsentTexts
from carrears.parties.consents import newest_words, texts
from carrears.parties.models import Consent, LoanParty, Role
from carrears.parties.queries import open_parties
from carrears.workbench.labels import label_of
from carrears.workbench.queries.choices import options_of
from carrears.workbench.queries.sight import sight_of
from carrears.workbench.view_models.consents import (
    ConsentsPage,
    NewWordPage,
    PersonsWords,
    TextToRead,
    WordLine,
)

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


def people_to_ask(user: User, case: Case) -> list[tuple[str, str]]:
    """The people of a loan who are not erased, the debtor first, by the names he may see."""
    links = sorted(
        LoanParty.objects.filter(loan_no=case.loan_no, party__erased_at=None),
        key=lambda link: (_RANK[link.role], link.pk),
    )
    people = open_parties(link.party_id for link in links)
    sight = sight_of(user, case)
    return [
        (
            str(link.party_id),
            f"{label_of(link.role, 'role').text}: {sight.name_text(people[link.party_id].name)}",
        )
        for link in links
    ]


def new_word_page(loan_no: str, code: str) -> NewWordPage | None:
    """What may be agreed to for a purpose, in each language as it is read; None of no purpose."""
    known, reader = texts(), _reader()
    purpose = known.purposes.get(code)
    if purpose is None:
        return None
    return NewWordPage(
        loan_no=loan_no,
        purposes=options_of(
            [(one, told.name[reader]) for one, told in known.purposes.items()], code, every=False
        ),
        law=purpose.law[reader],
        texts=tuple(
            TextToRead(
                value=f"{version}:{language}",
                version=version,
                language=language,
                from_on=text.from_on,
                words=_words(text, language),
            )
            for version, text in known.texts.items()
            if text.purpose == code
            for language in text.words
        ),
    )


def _reader() -> str:
    reader = (get_language() or "")[:2]
    return reader if reader in LANGUAGES else LANGUAGES[0]


def _lines(words: list[Consent], known: ConsentTexts) -> tuple[WordLine, ...]:
    holding = {one.pk for one in newest_words(words).values()}
    return tuple(_line(one, known, holds=one.pk in holding) for one in words)


def _line(one: Consent, known: ConsentTexts, *, holds: bool) -> WordLine:
    reader = _reader()
    purpose = known.purposes.get(one.purpose)
    return WordLine(
        purpose=purpose.name[reader] if purpose else one.purpose,
        law=purpose.law[reader] if purpose else "",
        channel=one.channel,
        granted=one.granted,
        holds=holds,
        person=str(one.party_id),
        purpose_code=one.purpose,
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
    return _words(text, one.language) if text else ""


def _words(text: ConsentText, language: str) -> str:
    lender = settings.LENDER_NAME.get(_LENDER.get(language, ""), "")
    return text.words.get(language, "").replace("{lender}", lender)
