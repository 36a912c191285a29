"""What a loan's bundle holds: its entries with their proofs, and the words they commit to."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from pathlib import Path

from django.conf import settings

from carrears.bundles.files import files_of
from carrears.bundles.layout import Contents, ProvenEntry, Stamp, Text
from carrears.casework.models import Case, CaseEvent
from carrears.casework.words import texts_of
from carrears.evidence import tiles
from carrears.evidence.canonical import canonical_moment
from carrears.evidence.commitment import is_opened_by
from carrears.evidence.merkle import inclusion_spans
from carrears.evidence.models import Entry, StoredCheckpoint
from carrears.evidence.queries import log_vkey
from carrears.evidence.record import Leaf
from carrears.evidence.sequencer import read_tile, tiles_for
from carrears.evidence.timestamps import first_stamp_after, newest_stamp, read_authority
from carrears.evidence.tsa import StampError
from carrears.evidence.witnesses import cosigned_note, newest_vouched, read_policy
from carrears.parties.models import Party, SealedWords
from carrears.parties.services import data_key, keyring
from carrears.parties.vault import open_subject_key
from carrears.parties.words import context_of, open_words

_COMMITTED = "text_commitment"
_NOTES = "case:"  # what comes before a timeline line's key in its entry's key


class BundleError(Exception):
    """No bundle can be made of this; the message says why."""


def gather(
    loan_no: str,
    *,
    at: datetime,
    opened: AbstractSet[str] = frozenset(),
    unreadable: AbstractSet[int] = frozenset(),
) -> Contents:
    """All sealed entries about a loan and its debtors, under the best checkpoint there is.

    That is the newest one with the policy's quorum that covers them all; else the newest.
    ``opened`` and ``unreadable`` are for ``files_of``.

    Raises:
        BundleError: nothing is known of the loan, or nothing of it is sealed.
        PolicyError, OSError: the policy of witnesses cannot be read.
    """
    subjects = subjects_of(loan_no)
    entries = Entry.objects.filter(subject__in=subjects, position__isnull=False)
    found = list(entries.select_related("position").order_by("position__index"))
    if not found:
        raise BundleError(f"nothing about loan {loan_no!r} is sealed yet")
    note, size = _best_checkpoint(found[-1].position.index + 1)
    indexes = [one.position.index for one in found]
    spans = [span for index in indexes for span in inclusion_spans(index, size)]
    proofs = tiles.inclusion_proofs(indexes, size, tiles_for(spans))
    stamps, roots = _stamps(found[-1].position.index + 1, size)
    return Contents(
        log=log_vkey(),
        subjects=tuple(subjects),
        made_at=canonical_moment(at),
        note=note,
        size=size,
        entries=tuple(
            ProvenEntry(one.position.index, _leaf(one).data(), tuple(proof))
            for one, proof in zip(found, proofs, strict=True)
        ),
        texts=tuple(sorted([*_texts(found), *_said(found)], key=lambda one: one.index)),
        files=tuple(files_of(found, opened=opened, unreadable=unreadable)),
        policy=_policy_text(),
        stamps=stamps,
        roots=roots,
    )


def subjects_of(loan_no: str) -> list[str]:
    """By what the log names a loan and its debtors.

    Raises:
        BundleError: nothing is known of the loan.
    """
    cases = list(Case.objects.filter(loan_no=loan_no).select_related("party").order_by("pk"))
    if not cases:
        raise BundleError(f"no case of loan {loan_no!r}")
    tokens = {str(one.party.token) for one in cases if one.party}
    return [loan_no, *sorted(tokens)]


def _leaf(entry: Entry) -> Leaf:
    moment = canonical_moment(entry.occurred_at)
    return Leaf(entry.key, entry.kind, entry.subject, entry.actor, moment, entry.payload)


def _best_checkpoint(least: int) -> tuple[str, int]:
    if (policy := read_policy()) and (vouched := newest_vouched(policy, least=least)):
        return vouched.note, vouched.checkpoint.size
    newest = StoredCheckpoint.objects.order_by("-size").first()
    if newest is None or newest.size < least:
        raise BundleError("entries lie beyond the newest checkpoint; check the log")
    return cosigned_note(newest), newest.size


def _stamps(least: int, size: int) -> tuple[tuple[Stamp, ...], bytes]:
    """The first time-stamp of a checkpoint that covers all the entries, else the newest of all."""
    try:
        authority = read_authority()
    except StampError:
        return (), b""
    if authority is None:
        return (), b""
    found = first_stamp_after(least, authority) or newest_stamp(authority)
    if found is None:
        return (), b""
    note = StoredCheckpoint.objects.get(size=found.size).note
    old, new = sorted((found.size, size))
    proof = tiles.consistency_proof(old, new, functools.cache(read_tile))
    return (Stamp(note, found.response, tuple(proof)),), authority.roots


def _policy_text() -> str:
    """The lender's policy with the log's own key, for a reader who has no better one."""
    path = Path(settings.WITNESS_POLICY)
    if not path.is_file():
        return ""
    lines = path.read_text(encoding="utf-8").splitlines()
    rest = [line for line in lines if line.split()[:1] != ["log"]]
    return "\n".join([f"log {log_vkey()}", *rest]) + "\n"


def _texts(entries: Sequence[Entry]) -> list[Text]:
    """The words of notes; what was erased or altered is told as no longer there."""
    committed = {
        one.key.removeprefix(_NOTES): (one.position.index, json.loads(one.payload)[_COMMITTED])
        for one in entries
        if one.key.startswith(_NOTES) and f'"{_COMMITTED}":' in one.payload
    }
    events = CaseEvent.objects.filter(key__in=list(committed)).select_related("case__party")
    known = {one.key: one for one in events}
    texts = texts_of(known.values())
    salt = functools.cache(_salter)
    return [
        _text(index, commitment, known.get(key), texts, salt)
        for key, (index, commitment) in committed.items()
    ]


def _said(entries: Sequence[Entry]) -> list[Text]:
    """The reasons and remarks that lie sealed beside entries; told as ``_texts`` tells.

    Words that an entry of an older release has in clear were sealed later: it commits to none.
    """
    by_key = {one.key: one for one in entries if '_commitment":' in one.payload}
    kept = SealedWords.objects.filter(key__in=list(by_key)).select_related("party").order_by("pk")
    salt = functools.cache(_salter)
    found = (_beside(by_key[one.key], one, salt(one.party)) for one in kept)
    return [one for one in found if one is not None]


def _beside(entry: Entry, kept: SealedWords, salt_of: _Salt | None) -> Text | None:
    index, member = entry.position.index, f"{kept.name}_commitment"
    commitment = json.loads(entry.payload).get(member)
    if commitment is None:
        return None
    [text] = open_words(kept.name, [(kept.party_id, kept.text_sealed)])
    if text is None or salt_of is None:
        return Text(index, member, None, None)
    # An older release salted comments by the entry's key alone.
    contexts = [context_of(kept.key, kept.name), *([kept.key] if kept.name == "comment" else [])]
    for salt in map(salt_of, contexts):
        if is_opened_by(commitment, value=text, salt=salt):
            return Text(index, member, text, salt)
    return Text(index, member, None, None)


_Salt = Callable[[str], bytes]


def _salter(party: Party | None) -> _Salt | None:
    """What gives the salts of a person's commitments; None when he was erased."""
    if party is None:
        return data_key(None).commitment_salt
    if party.wrapped_key is None:
        return None
    return open_subject_key(keyring(), str(party.token), party.wrapped_key).commitment_salt


def _text(
    index: int,
    commitment: str,
    event: CaseEvent | None,
    texts: Mapping[int, str],
    salter: Callable[[Party | None], _Salt | None],
) -> Text:
    text = texts.get(event.pk) if event else None
    salt_of = salter(event.case.party) if event else None
    if event is None or text is None or salt_of is None:
        return Text(index, _COMMITTED, None, None)
    salt = salt_of(event.key)
    if not is_opened_by(commitment, value=text, salt=salt):
        return Text(index, _COMMITTED, None, None)
    return Text(index, _COMMITTED, text, salt)
