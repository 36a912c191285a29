"""Keep the do-not-contact list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from carrears.access.models import User
from carrears.conduct.models import DoNotContact
from carrears.conduct.vocabulary import KNOWN_NAMES
from carrears.database.wall import as_house
from carrears.evidence.services import Record, record_many
from carrears.parties.blind import Kind, blind_index
from carrears.parties.models import Party
from carrears.parties.services import keyring
from carrears.parties.words import commit_words, words_of


class ConductError(ValueError):
    """What was asked cannot be listed; the message says why."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a bar is for; an empty text leaves nothing out."""

    channel: str = ""
    product: str = ""
    actor: str = ""


def bar_contact(
    party: Party,
    *,
    reason: str,
    from_on: date,
    until_on: date | None,
    channel: str = "",
    product: str = "",
    actor: str = "",
    words: str = "",
    by: User | None,
    at: datetime,
) -> DoNotContact:
    """Put a person on the do-not-contact list, for one channel or for all.

    It holds at once: the gate reads the list in the transaction of each attempt. ``reason`` is a
    word of the house's, which verdicts show; ``words`` are somebody's own, and kept sealed.

    Raises:
        ConductError: no reason, an unknown channel, or an end before its beginning.
    """
    listed = DoNotContact(party=party, reason=reason, from_on=from_on, until_on=until_on)
    return _list(listed, Scope(channel, product, actor), words=words, by=by, at=at)


def bar_value(
    kind: Kind,
    value: str,
    *,
    reason: str,
    from_on: date,
    until_on: date | None,
    scope: Scope,
    words: str = "",
    by: User | None,
    at: datetime,
) -> DoNotContact:
    """Put a number or address on the list, whosever it is now or later; only its index is kept.

    Raises:
        ConductError: as for ``bar_contact``, and a value of which nothing is left to index.
    """
    ring = keyring()
    index = blind_index(ring, kind, value)
    if index is None:
        raise ConductError("a number or an address is needed")
    return bar_index(
        index,
        index_key=ring.index_id,
        reason=reason,
        from_on=from_on,
        until_on=until_on,
        scope=scope,
        words=words,
        by=by,
        at=at,
    )


def bar_index(
    index: bytes,
    *,
    index_key: bytes | None,
    reason: str,
    from_on: date,
    until_on: date | None,
    scope: Scope,
    words: str = "",
    by: User | None,
    at: datetime,
) -> DoNotContact:
    """Put on the list what is known by its blind index alone, made under the key of an id.

    Raises:
        ConductError: as for ``bar_contact``.
    """
    listed = DoNotContact(
        value_index=index, index_key=index_key, reason=reason, from_on=from_on, until_on=until_on
    )
    return _list(listed, scope, words=words, by=by, at=at)


@as_house()
@transaction.atomic
def lift_bar(
    listed: DoNotContact, *, reason: str, words: str = "", by: User | None, at: datetime
) -> bool:
    """Take a bar away from now on; it stays in the list as it was. False: it was lifted before.

    ``reason`` is a word of the house's, ``words`` are somebody's own, and kept sealed.

    Raises:
        ConductError: no reason.
    """
    _refuse_unsaid(reason, words)
    locked = DoNotContact.objects.select_for_update().get(pk=listed.pk)
    if locked.lifted_at is not None:
        return False
    locked.lifted_at, locked.lifted_by = at, by
    locked.lift_reason = reason.strip()[:120]
    locked.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])
    _tell("contact.bar_lifted", locked, key=_lifted_key(locked), words=words, by=by, at=at)
    return True


def put_bar_words(bars: Iterable[DoNotContact]) -> list[DoNotContact]:
    """The same bars with what somebody said himself in ``reason`` and ``lift_reason``.

    It lies sealed beside the evidence, and is never saved with the rows.
    """
    found = list(bars)
    said = words_of(key(one) for one in found for key in (_barred_key, _lifted_key))
    for one in found:
        one.reason = said.get(_barred_key(one), one.reason)
        one.lift_reason = said.get(_lifted_key(one), one.lift_reason)
    return found


def _barred_key(listed: DoNotContact) -> str:
    return f"do-not-contact:{listed.pk}"


def _lifted_key(listed: DoNotContact) -> str:
    return f"do-not-contact-lifted:{listed.pk}"


def _refuse_unsaid(reason: str, words: str) -> None:
    if not (words if reason == DoNotContact.BY_HAND else reason).strip():
        raise ConductError("a reason is needed")


def check_scope(scope: Scope) -> None:
    """See that a bar is for a channel that there is.

    Raises:
        ConductError: it is not.
    """
    if scope.channel and scope.channel not in KNOWN_NAMES:
        raise ConductError(f"unknown channel {scope.channel!r}")


@as_house()
@transaction.atomic
def _list(
    listed: DoNotContact, scope: Scope, *, words: str, by: User | None, at: datetime
) -> DoNotContact:
    _refuse_unsaid(listed.reason, words)
    check_scope(scope)
    if listed.until_on is not None and listed.until_on < listed.from_on:
        raise ConductError("a bar cannot end before it begins")
    listed.reason = listed.reason.strip()[:120]
    listed.channel, listed.product, listed.actor = scope.channel, scope.product, scope.actor
    listed.added_by = by
    listed.save()
    _tell("contact.barred", listed, key=_barred_key(listed), words=words, by=by, at=at)
    return listed


def _tell(
    kind: str, listed: DoNotContact, *, key: str, words: str, by: User | None, at: datetime
) -> None:
    index = bytes(listed.value_index).hex() if listed.value_index is not None else None
    subject = str(listed.party_id) if listed.party_id else f"value:{index}"
    payload: dict[str, str | None] = {
        "party": str(listed.party_id) if listed.party_id else None,
        "channel": listed.channel,
        "from_on": listed.from_on.isoformat(),
        "until_on": listed.until_on.isoformat() if listed.until_on else None,
    }
    told = {"value_index": index, "product": listed.product, "actor": listed.actor}
    said = commit_words(key, {"reason": words.strip()[:120]}, party=listed.party_id)
    record_many(
        [
            Record(
                kind=kind,
                subject=subject,
                key=key,
                actor=by.get_username() if by else "",
                occurred_at=at,
                payload=payload | {name: text for name, text in told.items() if text} | said,
            )
        ]
    )
