"""Where browsers hand in what they record: a recording begins, its chunks come, it ends."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.outreach.models import Attempt
from carrears.parties.vault import VaultError
from carrears.recordings import policy, services
from carrears.recordings.chain import LINK_BYTES, BadFrameError
from carrears.recordings.models import Kind, Recording
from carrears.recordings.services import (
    Beginning,
    NotAsToldError,
    OutOfPlaceError,
    RecordingError,
    Sent,
    TooLongError,
)
from carrears.workbench.queries.case import cases_of_loan
from carrears.workbench.views.gate import StaffRequest, staff

_HEX_LINK = re.compile(rf"[0-9a-f]{{{2 * LINK_BYTES}}}")
_MIME = re.compile(r"audio/[\w.+-]+(;\s*codecs=[\w.,-]+)?", re.ASCII)


class BadTellingError(ValueError):
    """What a browser sent is not what these addresses take."""


_REFUSALS: dict[type[Exception], tuple[HTTPStatus, str]] = {
    Recording.DoesNotExist: (HTTPStatus.NOT_FOUND, "unknown"),
    Http404: (HTTPStatus.NOT_FOUND, "unknown_case"),
    PermissionDenied: (HTTPStatus.FORBIDDEN, "forbidden"),
    NotAsToldError: (HTTPStatus.UNPROCESSABLE_ENTITY, "not_as_told"),
    BadFrameError: (HTTPStatus.UNPROCESSABLE_ENTITY, "not_as_told"),
    BadTellingError: (HTTPStatus.UNPROCESSABLE_ENTITY, "not_as_told"),
    TooLongError: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_long"),
    RecordingError: (HTTPStatus.CONFLICT, "closed"),
    VaultError: (HTTPStatus.CONFLICT, "closed"),
}


def _answers(view: Callable[..., Recording]) -> Callable[..., HttpResponse]:
    """Answer with where the recording stands, or why not, for ``web/src/recording/outbox.ts``."""

    @wraps(view)
    def answered(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            recording = view(request, *args, **kwargs)
        except OutOfPlaceError as error:
            return _refused(
                HTTPStatus.CONFLICT, "out_of_place", wanted=error.wanted, head=error.head.hex()
            )
        except tuple(_REFUSALS) as error:
            status, why = next(said for kind, said in _REFUSALS.items() if isinstance(error, kind))
            return _refused(status, why, detail=str(error))
        told = {"wanted": recording.chunk_count, "head": bytes(recording.head).hex()}
        return JsonResponse(told | {"state": recording.state})

    return answered


def _refused(status: HTTPStatus, why: str, **more: Any) -> HttpResponse:
    return JsonResponse({"refused": why} | more, status=status)


@require_POST
@staff("casework.view_case")
@_answers
def begin(request: StaffRequest) -> Recording:
    """Take note of a recording that began, or, with a reason, that it could not."""
    told = _json(request)
    known = services.known(_token(told), by=request.user)
    if known is not None:
        return known
    beginning = _beginning(request, told)
    reason = _text(told, "refused")
    if reason:
        made = services.refuse(beginning, reason=reason, by=request.user, at=now())
    else:
        made = services.begin(beginning, by=request.user, at=now())
    sequence()
    return made


@require_POST
@staff("casework.view_case")
@_answers
def append(request: StaffRequest, token: uuid.UUID, seq: int) -> Recording:
    """Take one chunk: its frame as the body, its hash and the link before it as headers.

    ``X-End`` on the last one ends the recording with it, so that a page that is left needs one
    request only.
    """
    sent = Sent(
        seq=seq,
        previous=_link(request.headers.get("X-Previous", "")),
        sha256=_link(request.headers.get("X-Sha256", "")),
        frame=request.body,
    )
    moment = now()
    try:
        recording = services.append(token, sent, by=request.user, at=moment)
    except NotAsToldError:
        services.keep_conflict(token, sent, by=request.user, at=moment)
        sequence()
        raise
    if reason := request.headers.get("X-End", ""):
        recording = _finish(request, token, seq + 1, bytes(recording.head), reason)
    if recording.told_at >= moment:
        sequence()
    return recording


@require_POST
@staff("casework.view_case")
@_answers
def finish(request: StaffRequest, token: uuid.UUID) -> Recording:
    """End a recording of which everything is here."""
    told = _json(request)
    count = told.get("count")
    if type(count) is not int:
        raise BadTellingError("count is a number")
    head, reason = _link(_text(told, "head")), _text(told, "reason")
    recording = _finish(request, token, count, head, reason)
    sequence()
    return recording


def _finish(
    request: StaffRequest, token: uuid.UUID, count: int, head: bytes, reason: str
) -> Recording:
    return services.finish(token, count=count, head=head, reason=reason, by=request.user, at=now())


def _beginning(request: StaffRequest, told: dict[str, Any]) -> Beginning:
    case = cases_of_loan(request.user, _text(told, "loan_no"))[0]
    kind, page, mime = Kind.SCREEN, _text(told, "page"), ""
    attempt = None
    if told.get("kind") == Kind.AUDIO:
        kind, mime = Kind.AUDIO, _text(told, "mime")
        attempt = _call(case.loan_no, told.get("attempt"))
        if mime and not _MIME.fullmatch(mime):
            raise BadTellingError("mime is the type of a sound")
    allowed = (
        policy.records_calls(request.user)
        if kind == Kind.AUDIO
        else policy.records_screen(request.user, page)
    )
    if not allowed:
        raise PermissionDenied
    try:
        started_at = datetime.fromtimestamp(told["started_at"] / 1000, UTC)
    except (ValueError, KeyError, TypeError, OverflowError, OSError) as error:
        raise BadTellingError("started_at is milliseconds since 1970") from error
    return Beginning(
        token=_token(told),
        kind=kind,
        case=attempt.case if attempt else case,
        started_at=started_at,
        page=page,
        masked=policy.masks_screen(),
        mime=mime,
        attempt=attempt,
    )


def _token(told: dict[str, Any]) -> uuid.UUID:
    try:
        return uuid.UUID(_text(told, "token"))
    except ValueError as error:
        raise BadTellingError("token is a UUID") from error


def _call(loan_no: str, pk: object) -> Attempt:
    if type(pk) is not int:
        raise BadTellingError("attempt is the number of a call")
    calls = Attempt.objects.filter(channel="call", case__loan_no=loan_no)
    return get_object_or_404(calls.select_related("case"), pk=pk)


def _json(request: StaffRequest) -> dict[str, Any]:
    try:
        told = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise BadTellingError("the body is no JSON") from error
    if not isinstance(told, dict):
        raise BadTellingError("the body is no JSON object")
    return told


def _text(told: dict[str, Any], name: str) -> str:
    value = told.get(name, "")
    if not isinstance(value, str):
        raise BadTellingError(f"{name} is a text")
    return value


def _link(text: str) -> bytes:
    if not _HEX_LINK.fullmatch(text):
        raise BadTellingError("a hash is 64 small hexadecimal digits")
    return bytes.fromhex(text)
