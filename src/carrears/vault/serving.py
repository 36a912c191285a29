"""Give an opened object out over HTTP, the whole or a part (RFC 9110, 14.2: one range of bytes)."""

from __future__ import annotations

import itertools
import re
from datetime import datetime
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from carrears.vault.models import Opening, StoredObject
from carrears.vault.opening import read_range
from carrears.vault.reading import read_name
from carrears.vault.sniffing import EXTENSIONS

# What a browser shows or plays by itself and cannot act by; all else is a download.
_SHOWN = frozenset(
    {"image/jpeg", "image/png", "image/webp", "audio/mpeg", "audio/wav", "audio/ogg",
     "audio/webm", "audio/mp4"}
)  # fmt: skip
# Other endings of the same, which the same programs open.
_ALSO_ENDS = {
    "jpg": ("jpeg", "jpe", "jfif"),
    "heic": ("heif",),
    "m4a": ("mp4", "aac"),
    "ogg": ("oga", "opus"),
    "webm": ("weba",),
    "wav": ("wave",),
}
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class RangeError(ValueError):
    """A range lies beyond the end."""


def is_shown(stored: StoredObject) -> bool:
    """Whether a page may show or play it."""
    return stored.media_type in _SHOWN


def file_name(stored: StoredObject) -> str:
    """What it is called when it is saved: its own name, else its kind and token.

    A name that ends otherwise than what the file is gets the right ending: whoever opens it from
    his folder has the program of that ending open it, whatever it calls itself (``bill.hta``).
    """
    extension = EXTENSIONS.get(stored.media_type)
    name = read_name(stored) or f"{stored.kind}-{stored.token}.{extension or 'bin'}"
    ending = name.rpartition(".")[2].lower()
    if extension is None or ending in {extension, *_ALSO_ENDS.get(extension, ())}:
        return name
    return f"{name}.{extension}"


def parse_range(header: str, size: int) -> tuple[int, int] | None:
    """The ``[start, end)`` that a Range header asks for; None where it asks for no single one.

    What is not understood is as if it were not there, as RFC 9110 has it.

    Raises:
        RangeError: it begins beyond the end.
    """
    match = _RANGE.fullmatch(header.replace(" ", ""))
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        if int(last) == 0:
            raise RangeError("an empty range")
        return max(size - int(last), 0), size
    start, end = int(first), min(int(last) + 1, size) if last else size
    if last and int(last) < start:
        return None
    if start >= size:
        raise RangeError("beyond the end")
    return start, end


def respond(
    request: HttpRequest, opening: Opening, stored: StoredObject, *, at: datetime, download: bool
) -> HttpResponseBase:
    """The bytes that a request asks for. Nothing of them may be kept by a cache.

    Raises:
        NotOpenedError, DestroyedError, SubjectErasedError, StreamAlteredError, StoreError: before
            a byte is sent; what happens later breaks the connection off.
    """
    header = request.headers.get("Range", "")
    try:
        asked = parse_range(header, stored.size)
    except RangeError:
        response = HttpResponse(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        response.headers["Content-Range"] = f"bytes */{stored.size}"
        return response
    start, end = asked or (0, stored.size)
    pieces = read_range(opening, stored, start, end, at=at)
    first = list(itertools.islice(pieces, 1))  # what is wrong shows now rather than midway
    streamed = StreamingHttpResponse(itertools.chain(first, pieces), content_type=stored.media_type)
    streamed.headers["Content-Length"] = str(end - start)
    streamed.headers["Accept-Ranges"] = "bytes"
    streamed.headers["Cache-Control"] = "no-store, private"
    streamed.headers["X-Content-Type-Options"] = "nosniff"
    streamed.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    attached = download or not is_shown(stored)
    disposition = content_disposition_header(attached, file_name(stored))
    if disposition:
        streamed.headers["Content-Disposition"] = disposition
    if asked:
        streamed.status_code = HTTPStatus.PARTIAL_CONTENT
        streamed.headers["Content-Range"] = f"bytes {start}-{end - 1}/{stored.size}"
    return streamed
