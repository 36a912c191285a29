"""Judge a contact by what is known of it and by what it says, before it is kept or shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from carrears.conduct.spoken import Heard, Said, hear, weigh_words
from carrears.conduct.verdict import Verdict
from carrears.evidence.commitment import commit
from carrears.outreach.judging import Judged, judge_attempts, pack_of
from carrears.outreach.messages import (
    Wanted,
    choose_locale,
    fill_template,
    lender_name,
)
from carrears.outreach.templates import Message
from carrears.parties.models import Party
from carrears.parties.queries import PersonData
from carrears.parties.services import commitment_salt, keyring
from carrears.parties.vault import open_subject_key


@dataclass(frozen=True, slots=True)
class Spoken:
    """One message as it would leave, and the verdict on it, its words included."""

    judged: Judged
    verdict: Verdict
    message: Message
    said: Said
    heard: Heard

    def facts_json(self, wanted: Wanted) -> dict[str, Any]:
        """All that the verdict was given on; of the text a commitment, since it is sealed."""
        salt = _salt(wanted.party, context=f"words:{wanted.key}")
        heard = self.heard.model_copy(update={"text": commit(self.said.text, salt=salt)})
        return self.judged.facts_json() | {"words": heard.to_json()}


def _salt(party: Party, *, context: str) -> bytes:
    """As ``commitment_salt``, without asking again for the person at hand."""
    if party.wrapped_key is None:
        return commitment_salt(None, context=context)
    key = open_subject_key(keyring(), str(party.token), party.wrapped_key)
    return key.commitment_salt(context)


def judge_messages(wanted: Sequence[Wanted], people: Mapping[UUID, PersonData]) -> list[Spoken]:
    """The gate's verdict on each message, filled, in their order. Nothing is kept.

    Raises:
        OutreachError: a template asks for what its case cannot give.
    """
    return speak_all(wanted, people, judge_attempts(wanted, people))


def speak_all(
    wanted: Sequence[Wanted], people: Mapping[UUID, PersonData], judged: Sequence[Judged]
) -> list[Spoken]:
    """The same where the attempts, apart from their words, have been judged already.

    Raises:
        OutreachError: a template asks for what its case cannot give.
    """
    return [
        _speak(one, people[one.party.token], known)
        for one, known in zip(wanted, judged, strict=True)
    ]


def _links(message: Message) -> tuple[str, ...]:
    return tuple(link for name, link in message.values.items() if name == "opt_out_url")


def _speak(wanted: Wanted, person: PersonData, judged: Judged) -> Spoken:
    pack = pack_of(wanted.case.jurisdiction)
    locale = choose_locale(wanted, person)
    message = fill_template(wanted, person, locale)
    said = Said(
        subject=message.subject,
        body=message.text,
        locale=locale,
        channel=wanted.template.channel,
        sender=lender_name(locale),
        # A signature's letters are chance: one in some thousand spells an insult.
        names=(person.name, *_links(message)),
    )
    heard = hear(said, pack)
    return Spoken(judged, weigh_words(judged.verdict, heard, pack), message, said, heard)
