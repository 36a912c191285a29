"""Check recordings: chunks, chain, sealed frames, and what the evidence log vouches for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL

from carrears.evidence.models import Entry
from carrears.evidence.nights import Share
from carrears.evidence.services import record
from carrears.parties.vault import AlteredError, SubjectErasedError, VaultError
from carrears.recordings.chain import BadFrameError, Linked, first_link, gaps_of, read_frame
from carrears.recordings.models import Chunk, Part, Recording, RecordingState
from carrears.recordings.queries import is_erased
from carrears.recordings.reading import DestroyedInVaultError, frames_in_vault
from carrears.recordings.sealing import open_frame
from carrears.recordings.services import data_key

_VOUCHING = ("recording.portion", "recording.resumed", "recording.ended", "recording.broken_off",
             "recording.stored")  # fmt: skip
_BEGUN = ("recording.started", "recording.refused")
_NEW = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check of one recording found; ``faults`` is empty where all is well.

    ``vouched`` chunks are covered by an entry of the evidence log. Of an erased person, and of
    what was destroyed as its time was over, nothing can be opened; only the chain is checked.
    """

    recording: Recording
    chunks: int
    vouched: int
    erased: bool
    destroyed: bool
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a check of many recordings found; ``missing`` began by the log and are not here."""

    checked: tuple[Checked, ...]
    missing: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.missing and not any(one.faults for one in self.checked)

    def to_json(self) -> dict[str, Any]:
        """The report for a program."""
        return {
            "ok": self.ok,
            "recordings": [
                {
                    "recording": str(one.recording.token),
                    "kind": one.recording.kind,
                    "loan_no": one.recording.case.loan_no,
                    "state": one.recording.state,
                    "chunks": one.chunks,
                    "vouched": one.vouched,
                    "erased": one.erased,
                    "destroyed": one.destroyed,
                    "faults": list(one.faults),
                }
                for one in self.checked
            ],
            "missing": list(self.missing),
        }


def check_share(share: Share, *, at: datetime) -> Report:
    """Check the recordings of a night's share, those begun within two days, and that none is gone.

    How it came out is evidence. One that still goes on has its turn once it is closed.

    Raises:
        StoreError: the vault does not answer; nothing is told of the recordings then.
    """
    begun = Entry.objects.filter(kind__in=_BEGUN).values_list("key", flat=True)
    told = {UUID(key.split(":")[1]) for key in begun.iterator()}
    ours = _of_share(share)
    known = set(Recording.objects.filter(ours).values_list("token", flat=True))
    missing = sorted(str(token) for token in told - known if share.has(token))
    rows = Recording.objects.select_related("case", "key_party").order_by("started_at", "token")
    due = rows.filter(ours | Q(started_at__gt=at - _NEW)).exclude(state=RecordingState.OPEN)
    checked = tuple(check_recording(recording) for recording in due.iterator(100))
    report = Report(checked=checked, missing=tuple(missing))
    keep_check(report, at=at, share=share)
    return report


def _of_share(share: Share) -> Q:
    """``Share.has`` as a condition on recordings: a token's rest from its four words of 32 bits."""
    digits = "replace(recordings_recording.token::text, '-', '')"
    words = [
        f"('x' || substr({digits}, {1 + 8 * nth}, 8))::bit(32)::bigint"
        f" * {pow(2, 96 - 32 * nth, share.of)}"
        for nth in range(4)
    ]
    rest = f"({' + '.join(words)}) %% %s = %s"
    return Q(RawSQL(rest, (share.of, share.nth), output_field=BooleanField()))  # noqa: S611


def keep_check(report: Report, *, at: datetime, share: Share | None = None) -> None:
    """Record that a share of the recordings was checked, or all, and how it came out."""
    faulty = [str(one.recording.token) for one in report.checked if one.faults]
    record(
        "recording.checked",
        subject="recordings",
        key=f"recordings:checked:{at.isoformat()}",
        actor="",
        occurred_at=at,
        payload={
            "recordings": len(report.checked),
            "faulty": faulty[:100],
            "missing": list(report.missing[:100]),
            "fault_count": len(faulty) + len(report.missing),
            **(share.told() if share else {}),
        },
    )


def check_all(*, tokens: Sequence[str] = (), loan_no: str = "") -> Report:
    """Check all recordings, or those named, or those of a loan.

    Raises:
        ValueError: a token is none, or of no recording that the house or its log knows.
        StoreError: the vault does not answer.
    """
    begun = Entry.objects.filter(kind__in=_BEGUN)
    rows = Recording.objects.select_related("case", "key_party").order_by("started_at", "token")
    if loan_no:
        begun, rows = begun.filter(subject=loan_no), rows.filter(case__loan_no=loan_no)
    wanted = [str(UUID(token)) for token in tokens]
    if wanted:
        rows = rows.filter(token__in=wanted)
    # What the log tells first: whatever begins from here on is not missing.
    told = {key.split(":")[1] for key in begun.values_list("key", flat=True)}
    known = {str(token) for token in rows.values_list("token", flat=True)}
    if unknown := set(wanted) - known - told:
        raise ValueError(f"no such recording: {', '.join(sorted(unknown))}")
    missing = (told & set(wanted) if wanted else told) - known
    checked = tuple(check_recording(recording) for recording in rows.iterator(100))
    return Report(checked=checked, missing=tuple(sorted(missing)))


def check_recording(recording: Recording) -> Checked:
    """Recompute a recording's chain from its opened frames, and compare it with the log.

    What seems amiss is looked at once more, as it is now: chunks come, and move into the vault.

    Raises:
        StoreError: the vault does not answer, which says nothing of the recording.
    """
    found = _check(recording)
    if not found.faults:
        return found
    rows = Recording.objects.select_related("case", "key_party")
    now = rows.filter(pk=recording.pk).first()
    return _check(now) if now else found


def _check(recording: Recording) -> Checked:
    stored = Chunk.objects.filter(recording=recording).order_by("seq")
    chain = [
        Linked(seq, bytes(sha256), bytes(link))
        for seq, sha256, link in stored.values_list("seq", "sha256", "link")
    ]
    begin = first_link(recording.token, recording.kind)
    faults = gaps_of(chain, first=begin, count=recording.chunk_count)
    if (chain[-1].link if chain else begin) != bytes(recording.head):
        faults.append("the last chunk does not make the recording's head")
    vouched, contradictions = _compare_with_log(recording, chain)
    unreadable = False
    try:
        faults += _faults_in_database(recording, begin)
        faults += _faults_in_vault(recording)
    except (SubjectErasedError, DestroyedInVaultError):
        unreadable = True
    except VaultError as error:
        faults.append(str(error))
    return Checked(
        recording=recording,
        chunks=len(chain),
        vouched=vouched,
        erased=unreadable and is_erased(recording),
        destroyed=unreadable and not is_erased(recording),
        faults=tuple(faults + contradictions),
    )


def _faults_in_database(recording: Recording, begin: bytes) -> Iterator[str]:
    """What is wrong with the frames that are not in the vault, which they all are at first."""
    archived = list(Part.objects.filter(recording=recording, stored__isnull=False))
    key, previous = None, begin
    for chunk in Chunk.objects.filter(recording=recording).order_by("seq").iterator(50):
        if chunk.sealed is not None:
            key = key or data_key(recording)
            try:
                frame = open_frame(
                    key, chunk.sealed, token=recording.token, seq=chunk.seq, previous=previous
                )
            except VaultError as error:
                yield str(error)
            else:
                yield from _faults_of_frame(chunk, frame)
        elif not any(one.first <= chunk.seq < one.first + one.count for one in archived):
            yield f"chunk {chunk.seq} is neither here nor in the vault"
        previous = bytes(chunk.link)


def _faults_in_vault(recording: Recording) -> Iterator[str]:
    parts = Part.objects.filter(recording=recording, stored__isnull=False)
    for part in parts.select_related("stored", "recording").order_by("first"):
        assert part.stored is not None  # noqa: S101  filtered above
        end = part.first + part.count
        rows = Chunk.objects.filter(recording=recording, seq__gte=part.first, seq__lt=end)
        chunks = {one.seq: one for one in rows.defer("sealed")}
        try:
            for seq, frame in enumerate(frames_in_vault(part, part.stored), part.first):
                if chunk := chunks.get(seq):  # one that is missing is told as such
                    yield from _faults_of_frame(chunk, frame)
        except AlteredError as error:
            yield str(error)


def _faults_of_frame(chunk: Chunk, frame: bytes) -> Iterator[str]:
    if hashlib.sha256(frame).digest() != bytes(chunk.sha256):
        yield f"chunk {chunk.seq} is not what its hash says"
    try:
        told = read_frame(frame)
    except BadFrameError as error:
        yield str(error)
        return
    told_so = (told.from_ms, told.to_ms, told.peaks)
    if told_so != (chunk.from_ms, chunk.to_ms, bytes(chunk.peaks)):
        yield f"chunk {chunk.seq}: times or waveform are not those of its frame"


def _compare_with_log(recording: Recording, chain: list[Linked]) -> tuple[int, list[str]]:
    """How many chunks the log vouches for, and where it says something else than is stored."""
    links = {one.seq + 1: one.link for one in chain}
    links[0] = first_link(recording.token, recording.kind)
    # By the loan that it began under: an index finds that, and no other loan is put in its place.
    began = [f"recording:{recording.token}:{step.partition('.')[2]}" for step in _BEGUN]
    loan_no = recording.case.loan_no
    subject = Entry.objects.filter(key__in=began).values_list("subject", flat=True).first()
    entries = Entry.objects.filter(
        kind__in=_VOUCHING,
        subject=subject or loan_no,
        key__startswith=f"recording:{recording.token}:",
    )
    vouched, faults, objects = 0, [], []
    if subject not in {None, loan_no}:
        faults.append("the evidence log says of another loan")
    for text in entries.order_by("pk").values_list("payload", flat=True):
        told = json.loads(text)
        count = told["chunks"]
        vouched = max(vouched, count)
        found = links.get(count)
        if found is None:
            faults.append(f"the evidence log vouches for {count} chunks; they are not all here")
        elif found.hex() != told["head"]:
            faults.append(f"the evidence log vouches for another chain at chunk {count - 1}")
        if "object" in told:
            objects.append((told["first"], told["object"]))
    parts = Part.objects.filter(recording=recording, stored__isnull=False)
    known = [(first, str(stored)) for first, stored in parts.values_list("first", "stored_id")]
    if sorted(known) != sorted(objects):
        faults.append("the evidence log says of other objects in the vault")
    return vouched, faults
