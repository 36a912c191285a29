"""Check recordings: chunks, chain, sealed frames, and what the evidence log vouches for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from carrears.evidence.models import Entry
from carrears.parties.vault import SubjectErasedError, VaultError
from carrears.recordings.chain import BadFrameError, Linked, first_link, gaps_of, read_frame
from carrears.recordings.models import Chunk, Recording
from carrears.recordings.sealing import open_frame
from carrears.recordings.services import data_key

_VOUCHING = ("recording.portion", "recording.resumed", "recording.ended", "recording.broken_off")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check of one recording found; ``faults`` is empty where all is well.

    ``vouched`` chunks are covered by an entry of the evidence log. Of an erased person nothing
    can be opened; then only the chain is checked.
    """

    recording: Recording
    chunks: int
    vouched: int
    erased: bool
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
                    "faults": list(one.faults),
                }
                for one in self.checked
            ],
            "missing": list(self.missing),
        }


def check_all(*, tokens: Sequence[str] = (), loan_no: str = "") -> Report:
    """Check all recordings, or those named, or those of a loan.

    Raises:
        ValueError: a token is none, or of no recording that the house or its log knows.
    """
    begun = Entry.objects.filter(kind__in=("recording.started", "recording.refused"))
    rows = Recording.objects.select_related("case", "key_party").order_by("started_at", "token")
    if loan_no:
        begun, rows = begun.filter(subject=loan_no), rows.filter(case__loan_no=loan_no)
    wanted = [str(UUID(token)) for token in tokens]
    if wanted:
        rows = rows.filter(token__in=wanted)
    known = {str(token) for token in rows.values_list("token", flat=True)}
    told = {key.split(":")[1] for key in begun.values_list("key", flat=True)}
    if unknown := set(wanted) - known - told:
        raise ValueError(f"no such recording: {', '.join(sorted(unknown))}")
    missing = (told & set(wanted) if wanted else told) - known
    checked = tuple(check_recording(recording) for recording in rows.iterator(100))
    return Report(checked=checked, missing=tuple(sorted(missing)))


def check_recording(recording: Recording) -> Checked:
    """Recompute a recording's chain from its opened frames, and compare it with the log."""
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
    erased = False
    try:
        faults += _faults_of_frames(recording, begin)
    except SubjectErasedError:
        erased = True
    except VaultError as error:
        faults.append(str(error))
    return Checked(
        recording=recording,
        chunks=len(chain),
        vouched=vouched,
        erased=erased,
        faults=tuple(faults + contradictions),
    )


def _faults_of_frames(recording: Recording, begin: bytes) -> Iterator[str]:
    key, previous = data_key(recording), begin
    for chunk in Chunk.objects.filter(recording=recording).order_by("seq").iterator(50):
        try:
            frame = open_frame(
                key, chunk.sealed, token=recording.token, seq=chunk.seq, previous=previous
            )
            told = read_frame(frame)
        except (VaultError, BadFrameError) as error:
            yield str(error)
        else:
            if hashlib.sha256(frame).digest() != bytes(chunk.sha256):
                yield f"chunk {chunk.seq} is not what its hash says"
            told_so = (told.from_ms, told.to_ms, told.peaks)
            if told_so != (chunk.from_ms, chunk.to_ms, bytes(chunk.peaks)):
                yield f"chunk {chunk.seq}: times or waveform are not those of its frame"
        previous = bytes(chunk.link)


def _compare_with_log(recording: Recording, chain: list[Linked]) -> tuple[int, list[str]]:
    """How many chunks the log vouches for, and where it says something else than is stored."""
    links = {one.seq + 1: one.link for one in chain}
    links[0] = first_link(recording.token, recording.kind)
    entries = Entry.objects.filter(
        kind__in=_VOUCHING, key__startswith=f"recording:{recording.token}:"
    )
    vouched, faults = 0, []
    for text in entries.order_by("pk").values_list("payload", flat=True):
        told = json.loads(text)
        count = told["chunks"]
        vouched = max(vouched, count)
        found = links.get(count)
        if found is None:
            faults.append(f"the evidence log vouches for {count} chunks; they are not all here")
        elif found.hex() != told["head"]:
            faults.append(f"the evidence log vouches for another chain at chunk {count - 1}")
    return vouched, faults
