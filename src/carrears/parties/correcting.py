"""Correct what is held about a person (PIPL art. 46): with its history, and for good.

What was held before stays sealed beside what it was corrected to. A tape that goes on telling the
old value does not undo the correction; one that tells a third value does, as it is newer.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from carrears.access.models import User
from carrears.evidence.commitment import commit
from carrears.evidence.services import record
from carrears.parties.blind import TOKENS_VERSION, Kind, blind_index, name_tokens, normalise
from carrears.parties.corrected import AFTER, BEFORE
from carrears.parties.custody import keyring
from carrears.parties.indexing import bring_up
from carrears.parties.keyring import Keyring
from carrears.parties.models import ContactPoint, Correction, Party
from carrears.parties.places import country_of, plausible_zones
from carrears.parties.vault import SubjectKey, open_subject_key
from carrears.parties.words import commit_words

CORRECTABLE = (Kind.NAME, Kind.ID_NO, Kind.PHONE, Kind.EMAIL, Kind.ADDRESS)
SOURCE = "correction"


class CorrectionError(ValueError):
    """A correction cannot be made; the message says why."""


@transaction.atomic
def correct_person(
    party: Party,
    kind: Kind,
    *,
    before: str,
    after: str,
    reason: str,
    by: User | None,
    at: datetime,
) -> Correction:
    """Put ``after`` in the place of ``before``, and look-ups with it.

    Args:
        party: whose it is.
        kind: name, identity number, phone, e-mail or address.
        before: what is held; of a name or an identity number it may be left empty.
        after: what is right. Of a phone, an e-mail or an address the empty text means that it is
            not the person's and has no successor.
        reason: how it is known, in words that name nobody.
        by: who corrects; None for the command line.
        at: now.

    Raises:
        CorrectionError: nothing is to be corrected, or what is said to be held is not.
    """
    if kind not in CORRECTABLE or not reason.strip():
        raise CorrectionError(
            "a correction is of name, id_no, phone, email or address, for a reason"
        )
    held = Party.objects.select_for_update().get(pk=party.pk)
    if held.wrapped_key is None:
        raise CorrectionError("of an erased person nothing is held that could be corrected")
    ring = keyring()
    bring_up(ring, [held])
    key = open_subject_key(ring, str(held.token), held.wrapped_key)
    own = kind in {Kind.NAME, Kind.ID_NO}
    if own:
        was = _correct_own(held, key, ring, kind, after)
    else:
        was = _correct_point(held, key, ring, kind, (before, after))
    if before and own and normalise(kind, before) != normalise(kind, was):
        raise CorrectionError(f"the {kind} that is held is another")
    return _keep(held, key, kind, (was, after), reason=reason.strip()[:200], by=by, at=at)


def _correct_own(held: Party, key: SubjectKey, ring: Keyring, kind: Kind, after: str) -> str:
    """Name or identity number, which a person has one of; what it was."""
    if not normalise(kind, after):
        raise CorrectionError(f"the right {kind} is missing")
    sealed = held.name_sealed if kind is Kind.NAME else held.id_no_sealed
    was = key.open(kind.value, sealed) if sealed else ""
    if was == after:
        raise CorrectionError(f"the {kind} is held as that already")
    if kind is Kind.NAME:
        held.name_sealed = key.seal("name", after)
        held.name_tokens, held.tokens_version = name_tokens(ring, after), TOKENS_VERSION
    else:
        held.id_no_sealed = key.seal("id_no", after)
        held.id_no_index = blind_index(ring, kind, after)
    held.save(
        update_fields=[
            "name_sealed",
            "name_tokens",
            "tokens_version",
            "id_no_sealed",
            "id_no_index",
        ]
    )
    return was


def _correct_point(
    held: Party, key: SubjectKey, ring: Keyring, kind: Kind, values: tuple[str, str]
) -> str:
    """A phone, an e-mail or an address, which is not used any more; what it was."""
    country, (_before, after) = country_of(held.language), values
    old, new = (blind_index(ring, kind, text, country=country) for text in values)
    point = ContactPoint.objects.filter(party=held, kind=kind.value, value_index=old).first()
    if point is None or old == new:
        raise CorrectionError(f"this {kind} is not held, or is right already")
    point.valid = False
    point.save(update_fields=["valid"])
    if after and new is None:
        raise CorrectionError(f"the right {kind} says nothing")
    if new is not None:
        if kind is Kind.PHONE:
            place = {"declared": held.time_zone, "region": held.region, "number": after}
            held.zones = list(plausible_zones(**place, country=country)) or held.zones
            held.save(update_fields=["zones"])
        ContactPoint.objects.update_or_create(
            party=held,
            kind=kind.value,
            value_index=new,
            defaults={"valid": True, "source": SOURCE, "unusable": "", "unusable_at": None},
            create_defaults={
                "valid": True,
                "source": SOURCE,
                "value_sealed": key.seal(kind.value, after),
            },
        )
    return key.open(kind.value, point.value_sealed)


def _keep(
    held: Party,
    key: SubjectKey,
    kind: Kind,
    values: tuple[str, str],
    *,
    reason: str,
    by: User | None,
    at: datetime,
) -> Correction:
    was, after = values
    kept = Correction.objects.create(
        party=held,
        kind=kind.value,
        before_sealed=key.seal(BEFORE, was),
        after_sealed=key.seal(AFTER, after),
        by=by,
        at=at,
    )
    entry = corrected_key(kept)
    salt = key.commitment_salt(f"correction:{kept.pk}")
    record(
        "person.corrected",
        subject=str(held.token),
        payload={
            "party": str(held.token),
            "what": kind.value,
            "before_commitment": commit(was, salt=salt),
            "after_commitment": commit(after, salt=salt),
            **commit_words(entry, {"reason": reason}, party=held.pk),
        },
        actor=by.get_username() if by else "",
        key=entry,
        occurred_at=at,
    )
    return kept


def corrected_key(kept: Correction) -> str:
    """The key of the evidence of a correction, beside which its reason lies."""
    return f"corrected:{kept.pk}"
