"""Recordings of a loan's cases, as lines and on a page of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import Http404, QueryDict

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.casework.seeing import visible_cases
from carrears.recordings.models import Kind, Playback, RecordedContact, Recording, RecordingState
from carrears.recordings.playing import may_play, notes_of
from carrears.recordings.queries import (
    drawn,
    is_erased,
    objects_of,
    peaks_of,
    recordings_of,
)
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.view_models.recordings import (
    Played,
    RecordingLine,
    RecordingPage,
    RecordingsPage,
    Tied,
)

_BARS, _WIDTH, _HEIGHT = 120, 240, 32
_FULL = 255


def recording_of(user: User, token: UUID) -> Recording:
    """A recording of a case that ``user`` may see.

    Raises:
        Http404: there is none.
    """
    cases = visible_cases(user).select_related(None).values("pk")
    found = Recording.objects.filter(pk=token, case__in=cases)
    recording = found.select_related("case", "staff", "key_party").first()
    if recording is None:
        raise Http404
    return recording


def lines_of(attempts: Iterable[int]) -> Mapping[int, tuple[RecordingLine, ...]]:
    """The recordings of contacts, by the contact's number."""
    found = recordings_of(attempts)
    return {
        pk: tuple(line_of(recording) for recording in recordings)
        for pk, recordings in found.items()
    }


def line_of(recording: Recording) -> RecordingLine:
    """A recording as a line, with its waveform."""
    is_sound = recording.kind == Kind.AUDIO
    return RecordingLine(
        token=str(recording.token),
        kind=recording.kind,
        state=recording.state,
        reason=recording.reason if recording.state == RecordingState.REFUSED else "",
        started_at=recording.started_at,
        by=str(recording.staff),
        seconds=recording.duration_ms // 1000,
        kept=recording.chunk_count > 0,
        wave=_path(peaks_of(recording)) if is_sound else "",
    )


def _path(peaks: bytes) -> str:
    """Bars around the middle, each as high as it is loud."""
    bars = drawn(peaks, bars=_BARS)
    if not bars:
        return ""
    step, middle = _WIDTH / len(bars), _HEIGHT / 2
    parts = []
    for number, peak in enumerate(bars):
        half = max(0.5, peak / _FULL * (middle - 1))
        at = (number + 0.5) * step
        parts.append(f"M{at:.1f} {middle - half:.1f}V{middle + half:.1f}")
    return "".join(parts)


def recordings_page(cases: Sequence[Case], params: QueryDict) -> RecordingsPage:
    """What was recorded on the cases of a loan."""
    rows = Recording.objects.filter(case__in=cases).select_related("staff")
    pager = make_pager(params, total=rows.count())
    return RecordingsPage(
        loan_no=cases[0].loan_no,
        rows=tuple(line_of(one) for one in rows[rows_of(pager)]),
        pager=pager,
    )


def recording_page(user: User, recording: Recording, *, playing: bool, form: Any) -> RecordingPage:
    """One recording: what it is, what it belongs to, who played it."""
    objects = objects_of(recording)
    until, duty = max(
        ((one.retained_until, one.retained_by) for one in objects if one.retained_until),
        default=(None, ""),
    )
    return RecordingPage(
        line=line_of(recording),
        loan_no=recording.case.loan_no,
        page=recording.page,
        masked=recording.masked,
        chunks=recording.chunk_count,
        size=recording.byte_count,
        head=bytes(recording.head).hex(),
        vouched=recording.told_count,
        erased=is_erased(recording),
        destroyed_at=max((one.destroyed_at for one in objects if one.destroyed_at), default=None),
        retained_until=until,
        retained_by=duty,
        addresses=tuple(one.address for one in objects),
        tied=tuple(_tied(recording)),
        played=tuple(_played(recording)),
        may_play=may_play(user, recording) and recording.chunk_count > 0,
        playing=playing,
        form=form,
    )


def _tied(recording: Recording) -> Iterable[Tied]:
    ties = RecordedContact.objects.filter(recording=recording).select_related("attempt")
    for tie in ties.order_by("at_ms", "pk"):
        seconds = tie.at_ms // 1000
        yield Tied(
            attempt=tie.attempt_id,
            channel=tie.attempt.channel,
            state=tie.attempt.state,
            after=f"{seconds // 60}:{seconds % 60:02d}",
        )


def _played(recording: Recording) -> Iterable[Played]:
    found = list(Playback.objects.filter(recording=recording).select_related("by"))
    notes = notes_of(found)
    for one in found:
        yield Played(at=one.at, by=str(one.by), why=one.why, note=notes[one.pk])
