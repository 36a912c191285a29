"""Work on a template: draft, propose, approve by a second person, withdraw.

Each function is one transaction: it changes the version, writes a line of the history and leaves
evidence. What keeps words from being sent is told fault by fault, each with its place.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from carrears.access.models import User
from carrears.evidence.services import record
from carrears.notices.services import ask_second, settle
from carrears.outreach.template_book import (
    as_template,
    file_keys,
    keys_of_house,
    packs_of_house,
    template_in_force,
    template_of_file,
    today,
)
from carrears.outreach.template_faults import Fault, find_faults, find_words, prohibited
from carrears.outreach.template_manner import find_manner
from carrears.outreach.template_models import TemplateEvent, TemplateState, TemplateVersion
from carrears.outreach.template_trials import stop_words
from carrears.outreach.template_variables import KIND_OF, PLAIN
from carrears.outreach.templates import Template, TemplateError, TemplateFile, load_template
from carrears.parties.words import commit_words

__all__ = [
    "FaultyTemplateError",
    "StaleTemplateError",
    "TemplateRefusal",
    "approve_template",
    "discard_template",
    "faults_of",
    "open_template",
    "propose_template",
    "return_template",
    "save_template",
    "start_template",
    "withdraw_template",
    "words_of",
]


_IN_THE_MAKING = "a version of this template is in the making already"
_LONGEST_KEY = 40  # as attempts keep it
# Of which shipped words a new template of a channel begins.
_PLAIN_OF = {
    "email": "reminder",
    "sms": "sms_reminder",
    "letter": "letter_reminder",
    "portal": "portal_reminder",
}


class TemplateRefusal(ValueError):  # noqa: N818  a refusal, as the neighbours call it
    """What was asked cannot be done to this version; the message says why."""


class StaleTemplateError(TemplateRefusal):
    """Somebody else saved the draft in the meantime."""


class FaultyTemplateError(TemplateRefusal):
    """The words cannot be sent; ``faults`` say what is wrong, and where."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = tuple(faults)


def words_of(template: Template) -> TemplateFile:
    """A template's words, with the variables that it uses declared."""
    used = {
        name
        for subject, body in template.locales.values()
        for name in KIND_OF
        if f"{{{name}}}" in subject + body
    }
    return TemplateFile.model_validate(
        {
            "key": template.key,
            "channel": template.channel,
            "purpose": template.purpose,
            "about": template.about,
            "stages": template.stages,
            "variant_of": template.variant_of,
            "tone": template.tone,
            "offer": template.offer,
            "variables": {name: KIND_OF[name] for name in sorted(used)},
            "locales": {
                code: {"subject": subject, "body": body}
                for code, (subject, body) in template.locales.items()
            },
        }
    )


def faults_of(words: TemplateFile) -> list[Fault]:
    """All that is wrong with these words, and what of it a second person may let go."""
    found = find_faults(words.texts, channel=words.channel, declared=words.variables or {})
    found += find_manner(words)
    return found + find_words(words.texts, channel=words.channel, packs=packs_of_house())


@transaction.atomic
def open_template(
    key: str, *, by: User, at: datetime, words: TemplateFile | None = None
) -> TemplateVersion:
    """A draft that begins as ``words``, or as what is in force.

    Raises:
        TemplateRefusal: no name of a template, or a version of it is in the making already.
        FaultyTemplateError: the words cannot be sent.
        TemplateError: nothing is in force to begin with.
    """
    if not PLAIN.fullmatch(key) or len(key) > _LONGEST_KEY:
        raise TemplateRefusal("a template is named by small letters and _, at most 40")
    making = TemplateVersion.objects.filter(key=key, state__in=["draft", "proposed"])
    if making.exists():
        raise TemplateRefusal(_IN_THE_MAKING)
    base = TemplateVersion.objects.filter(key=key, state=TemplateState.APPROVED)
    draft = TemplateVersion(
        key=key,
        number=_next_number(key),
        base=base.order_by("-effective_on", "-number").first(),
        author=by,
    )
    _put(draft, words or words_of(template_in_force(key)))
    try:
        with transaction.atomic():
            draft.save(force_insert=True)
    except IntegrityError as error:  # somebody begins one in this very moment
        raise TemplateRefusal(_IN_THE_MAKING) from error
    _tell(draft, "opened", by=by, at=at)
    return draft


def start_template(key: str, channel: str, *, by: User, at: datetime) -> TemplateVersion:
    """A draft of a template that there is not yet, in the words of the plain one of its channel.

    Raises:
        TemplateRefusal: no name of a template, or there is one of this name.
    """
    if key in keys_of_house() or TemplateVersion.objects.filter(key=key).exists():
        raise TemplateRefusal("there is a template of this name already")
    words = words_of(load_template(_PLAIN_OF[channel]))
    return open_template(key, words=words.model_copy(update={"key": key}), by=by, at=at)


@transaction.atomic
def save_template(
    pk: int, *, revision: int, words: TemplateFile, by: User, at: datetime
) -> TemplateVersion:
    """Save a draft whose words can be sent, but for what a second person may let go.

    Raises:
        StaleTemplateError: ``revision`` is not the newest.
        TemplateRefusal: it is no draft.
        FaultyTemplateError: the words cannot be sent.
    """
    draft = _locked(pk, TemplateState.DRAFT, revision=revision)
    _put(draft, words)
    draft.revision += 1
    draft.save()
    if not draft.events.filter(kind="edited", by=by).exists():
        _tell(draft, "edited", by=by, at=at)
    return draft


@transaction.atomic
def propose_template(
    pk: int, *, effective_on: date, reason: str, by: User, at: datetime, not_before: date,
    revision: int | None = None,
) -> TemplateVersion:  # fmt: skip
    """Ask for approval: the words are frozen, and are to be sent from a day on.

    Raises:
        StaleTemplateError: ``revision`` is what he read, and not the newest.
        TemplateRefusal: it is no draft, no reason, or the day is past.
        FaultyTemplateError: the words cannot be sent.
    """
    draft = _locked(pk, TemplateState.DRAFT, revision=revision)
    if not reason.strip():
        raise TemplateRefusal("say why the template changes")
    if effective_on < not_before:
        raise TemplateRefusal("the day from which it is sent is past")
    _refuse_faults(row_words(draft))
    draft.state, draft.version = TemplateState.PROPOSED, _hash_of(draft)
    draft.proposed_by, draft.effective_on = by, effective_on
    draft.save()
    _tell(draft, "proposed", by=by, at=at, reason=reason)
    ask_second(
        "outreach.approve_template",
        key=f"template:{draft.pk}",
        data={"what": "template", "key": draft.key, "number": draft.number},
        at=at,
        by=by,
        apart_from=[draft.author_id] if draft.author_id else [],
    )
    return draft


@transaction.atomic
def approve_template(
    pk: int, *, reason: str, by: User, at: datetime, not_before: date
) -> TemplateVersion:
    """Let what somebody else has proposed be sent from its day on, today at the earliest.

    Raises:
        TemplateRefusal: it is not proposed, approved by somebody who worked on it, or without a
            reason where the rules ask for a person's judgement.
        FaultyTemplateError: the rules prohibit its words by now.
    """
    version = _locked(pk, TemplateState.PROPOSED)
    if by.pk == version.author_id or version.events.filter(by=by).exclude(kind="returned").exists():
        raise TemplateRefusal(
            "whoever worked on a template cannot approve it; a second person has to"
        )
    if _refuse_faults(row_words(version)) and not reason.strip():
        raise TemplateRefusal("the rules leave these words to a person: say why they may be sent")
    _keep_file(version.key, at=at)
    assert version.effective_on is not None  # noqa: S101  the database holds it
    version.state, version.approved_by = TemplateState.APPROVED, by
    version.effective_on = max(version.effective_on, not_before)
    version.save()
    settle(f"template:{version.pk}", at=at)
    _tell(version, "approved", by=by, at=at, reason=reason)
    return version


@transaction.atomic
def return_template(pk: int, *, reason: str, by: User, at: datetime) -> TemplateVersion:
    """Give a proposed version back to be worked on.

    Raises:
        TemplateRefusal: it is not proposed, or no reason.
    """
    version = _locked(pk, TemplateState.PROPOSED)
    if not reason.strip():
        raise TemplateRefusal("say what has to change")
    version.state, version.version = TemplateState.DRAFT, ""
    version.save()
    settle(f"template:{version.pk}", at=at)
    _tell(version, "returned", by=by, at=at, reason=reason)
    return version


@transaction.atomic
def discard_template(pk: int, *, reason: str, by: User, at: datetime) -> TemplateVersion:
    """Put a draft away; it stays readable.

    Raises:
        TemplateRefusal: it is no draft.
    """
    draft = _locked(pk, TemplateState.DRAFT)
    draft.state = TemplateState.DISCARDED
    draft.save()
    _tell(draft, "discarded", by=by, at=at, reason=reason)
    return draft


@transaction.atomic
def withdraw_template(pk: int, *, reason: str, by: User, at: datetime) -> TemplateVersion:
    """Take an approved version out of use at once, by one person; what was before it is sent again.

    Where nothing was, or that is withdrawn as well, nothing is sent by this template any more.

    Raises:
        TemplateRefusal: it is not approved, or no reason.
    """
    version = _locked(pk, TemplateState.APPROVED)
    if not reason.strip():
        raise TemplateRefusal("say why it is withdrawn")
    version.state = TemplateState.WITHDRAWN
    version.save()
    stop_words(version.version, reason=reason, on=today(), by=by, at=at)
    _tell(version, "withdrawn", by=by, at=at, reason=reason)
    return version


@transaction.atomic
def keep_file(key: str, *, by: User, at: datetime) -> TemplateVersion:
    """The file as version 1, so that it can be withdrawn.

    Raises:
        TemplateRefusal: there is no file of this key, or it decides no more.
    """
    if not PLAIN.fullmatch(key) or not _keep_file(key, at=at, by=by):
        raise TemplateRefusal("this template is in no file that is sent")
    return TemplateVersion.objects.get(key=key, number=1)


def keep_file_in_force(key: str, *, at: datetime) -> None:
    """The file as version 1 where it is what is sent, so that it can be named."""
    _keep_file(key, at=at)


def row_words(row: TemplateVersion) -> TemplateFile:
    """A version's words."""
    found = words_of(as_template(row))
    return found.model_copy(update={"variables": dict(row.variables)})


def _keep_file(key: str, *, at: datetime, by: User | None = None) -> bool:
    """What the file said stays in force until the first version of its own."""
    if key not in file_keys():
        return False
    if TemplateVersion.objects.filter(key=key, from_file=True).exists():
        return False
    try:
        file = template_of_file(key)
    except TemplateError:
        return False  # nothing was sent by it
    row = TemplateVersion(
        key=key, number=1, from_file=True, state=TemplateState.APPROVED,
        effective_on=date.min, version=file.version,
    )  # fmt: skip
    _fill(row, words_of(file))
    row.save(force_insert=True)
    _tell(row, "file", by=by, at=at)
    return True


def _next_number(key: str) -> int:
    """The file is number 1, whether it is a row already or not."""
    newest = TemplateVersion.objects.filter(key=key).aggregate(newest=Max("number"))["newest"]
    return max(newest or 0, 1 if key in file_keys() else 0) + 1


def _put(draft: TemplateVersion, words: TemplateFile) -> None:
    if words.key != draft.key:
        raise TemplateRefusal("the words are those of another template")
    _refuse_faults(words)
    _fill(draft, words)


def _fill(row: TemplateVersion, words: TemplateFile) -> None:
    row.channel, row.purpose, row.about = words.channel, words.purpose, words.about
    row.stages, row.variables = list(words.stages), dict(words.variables or {})
    row.variant_of, row.tone, row.offer = words.variant_of, words.tone, words.offer
    row.locales = [{"locale": code, **text.model_dump()} for code, text in words.locales.items()]


def _refuse_faults(words: TemplateFile) -> list[Fault]:
    """What a person has to judge; raised is what nobody may let go."""
    found = faults_of(words)
    if barred := prohibited(found):
        raise FaultyTemplateError(barred)
    return found


def _hash_of(row: TemplateVersion) -> str:
    """Of the words and of which version they are: the same words again are another version."""
    told = [row.key, row.number, row.channel, row.purpose, row.about, row.stages, row.variables,
            row.locales]  # fmt: skip
    if row.variant_of or row.tone or row.offer:
        told.append([row.variant_of, row.tone, row.offer])
    raw = json.dumps(told, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(raw.encode()).hexdigest()


def _locked(pk: int, state: TemplateState, *, revision: int | None = None) -> TemplateVersion:
    row = TemplateVersion.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if row is None:
        raise TemplateVersion.DoesNotExist(f"no template version {pk}")
    if row.state != state:
        raise TemplateRefusal("somebody did something to this version; look at it again")
    if revision is not None and row.revision != revision:
        raise StaleTemplateError("somebody else saved this draft; load it again")
    return row


def _tell(
    row: TemplateVersion, kind: str, *, by: User | None, at: datetime, reason: str = ""
) -> None:
    nth = row.events.count() + 1
    TemplateEvent.objects.create(template=row, kind=kind, by=by, reason=reason.strip(), at=at)
    told: dict[str, Any] = {"template": row.key, "number": row.number, "version": row.version}
    if row.effective_on is not None and kind != "file":
        told["effective_on"] = row.effective_on.isoformat()
    key = f"template:{row.key}:{row.number}:{nth}"
    record(
        f"template.{kind}",
        subject=f"template:{row.key}",
        key=key,
        actor=by.get_username() if by else "",
        occurred_at=at,
        payload=told | commit_words(key, {"reason": reason.strip()}, party=None),
    )
