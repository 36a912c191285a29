"""Play what was recorded: for a reason, which is kept, and for half an hour."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.parties.vault import VaultError
from carrears.recordings.models import Kind, Recording
from carrears.recordings.playing import may_play, note_playback
from carrears.recordings.reading import frames_of
from carrears.signin.step_up import stepped_up
from carrears.vault.stores import StoreError
from carrears.workbench.queries.case import cases_of_loan
from carrears.workbench.queries.recordings import (
    recording_of,
    recording_page,
    recordings_page,
)
from carrears.workbench.recording_forms import PlayForm
from carrears.workbench.views.gate import StaffRequest, staff

_GIVEN = "recordings_played"
_LASTS = timedelta(minutes=30)
# A recorded page comes to life in a frame of its own, without scripts, whose styles are inline.
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "media-src 'self' blob:",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
    )
)


@require_safe
@staff("recordings.view_recording")
def show_recordings(request: StaffRequest, loan_no: str) -> HttpResponse:
    """What was recorded on the cases of a loan."""
    page = recordings_page(cases_of_loan(request.user, loan_no), request.GET)
    return render(request, "workbench/recordings.html", {"page": page, "section": "queue"})


@require_http_methods(["GET", "HEAD", "POST"])
@staff("recordings.view_recording")
def show_recording(request: StaffRequest, token: uuid.UUID) -> HttpResponseBase:
    """A recording; posted, the reason for which it is played, and then its player."""
    if request.method == "POST":
        return _ask_to_play(request, token)
    return _show(request, recording_of(request.user, token), PlayForm())


@stepped_up
def _ask_to_play(request: StaffRequest, token: uuid.UUID) -> HttpResponse:
    recording, form = recording_of(request.user, token), PlayForm(request.POST)
    if not may_play(request.user, recording):
        raise PermissionDenied
    if not form.is_valid():
        return _show(request, recording, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    note_playback(recording, **form.cleaned_data, by=request.user, at=now())
    sequence()
    _give(request, recording)
    return redirect("workbench:recording", token)


def _show(
    request: StaffRequest,
    recording: Recording,
    form: PlayForm,
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    page = recording_page(request.user, recording, playing=_is_given(request, recording), form=form)
    response = render(
        request, "workbench/recording.html", {"page": page, "section": "queue"}, status=status
    )
    response.headers["Content-Security-Policy"] = _POLICY
    return response


@require_safe
@staff("recordings.play_recording")
def read_recording(request: StaffRequest, token: uuid.UUID) -> HttpResponseBase:
    """What was captured, for the player of whoever gave his reason."""
    recording = recording_of(request.user, token)
    if not _is_given(request, recording):
        raise PermissionDenied
    kind = recording.mime.partition(";")[0] if recording.kind == Kind.AUDIO else ""
    try:
        frames = frames_of(recording)
        first = next(frames, None)
    except VaultError:
        return HttpResponse(status=HTTPStatus.GONE)
    except StoreError:
        return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)

    def bodies() -> Iterator[bytes]:
        if first is not None:
            yield first.body
        for frame in frames:
            yield frame.body

    return StreamingHttpResponse(bodies(), content_type=kind or "application/x-ndjson")


def _give(request: StaffRequest, recording: Recording) -> None:
    given = dict(request.session.get(_GIVEN, {}))
    given[str(recording.token)] = (now() + _LASTS).timestamp()
    request.session[_GIVEN] = given


def _is_given(request: StaffRequest, recording: Recording) -> bool:
    """Whether this reader gave his reason within the last half an hour, and still may play it."""
    until = request.session.get(_GIVEN, {}).get(str(recording.token), 0)
    return may_play(request.user, recording) and now().timestamp() < until
