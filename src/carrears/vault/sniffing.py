"""What a file is by its first bytes, whatever it calls itself; what may run is not taken in.

The magic numbers are those of the formats' own specifications (ISO 32000-2 PDF, ISO 10918 JPEG,
ISO 15948 PNG, RFC 9649 WebP, RFC 3533 Ogg, RFC 9559 Matroska and WebM, ISO 14496-12 MP4,
ISO 23008-12 HEIF).
"""

from __future__ import annotations

from collections.abc import Iterable

from carrears.vault.errors import VaultError

HEAD_BYTES = 64
# By what a PDF does something of its own accord (ISO 32000-2, 12.6): a script, a program, a file.
_ACTIVE = (b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/RichMedia", b"/XFA")
_LONGEST_MARK = max(map(len, _ACTIVE))
_NAME_ENDS = b" \t\r\n\f\0()<>[]{}/%"
# What browsers call the same.
_ALIASES = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/heif": "image/heic",
    "image/heic-sequence": "image/heic",
    "image/heif-sequence": "image/heic",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/mp3": "audio/mpeg",
    "audio/x-m4a": "audio/mp4",
    "video/mp4": "audio/mp4",
    "video/webm": "audio/webm",
    "application/ogg": "audio/ogg",
    "application/x-pdf": "application/pdf",
}
_UNTOLD = frozenset({"", "application/octet-stream"})
EXTENSIONS = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/ogg": "ogg",
    "audio/webm": "webm",
    "audio/mp4": "m4a",
    "application/json": "json",
    "image/heic": "heic",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
}


class RefusedFileError(VaultError):
    """A file is not taken in: its type is not known, not what it says, or may do something."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why  # unknown, mismatch, active, zip or macros


def media_type_of(head: bytes, *, declared: str) -> str:
    """The media type of a file that begins with ``head`` (64 bytes or more, if it has them).

    Raises:
        RefusedFileError: its type is none of those that are taken in, or another than declared.
    """
    found = _by_magic(head)
    if found is None:
        raise RefusedFileError("unknown")
    expect_declared(found, declared)
    return found


def expect_declared(found: str, declared: str) -> None:
    """Pass where the sender calls a file what it is, or nothing.

    Raises:
        RefusedFileError: he calls it something else.
    """
    said = declared.partition(";")[0].strip().lower()
    if said not in _UNTOLD and _ALIASES.get(said, said) != found:
        raise RefusedFileError("mismatch")


def foreign_to_rows(head: bytes) -> str | None:
    """What a file that should hold rows of text is instead, by its first bytes, if known.

    One of ``zip`` (an Excel workbook is one), ``office`` (the old binary formats), ``gzip``,
    ``archive``, ``program``, ``web_page`` and ``media``.
    """
    start = head[:HEAD_BYTES]
    is_binary = any(byte < _FIRST_OF_TEXT for byte in start)
    if head.startswith(b"%PDF-") or (is_binary and _by_magic(head) is not None):
        return "media"
    if is_binary and head.startswith(b"MZ"):
        return "program"
    found = next((kind for magic, kind in _FOREIGN if head.startswith(magic)), None)
    if found is not None:
        return found
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return "web_page" if text.startswith(_PAGE_STARTS) else None


def refuse_active(media_type: str, pieces: Iterable[bytes]) -> None:
    """Refuse a document that does something when it is opened.

    A PDF names its actions in clear or within compressed streams; only the former are seen here,
    so that documents are given out as downloads, never shown.

    Raises:
        RefusedFileError: it does.
    """
    if media_type != "application/pdf":
        return
    tail = b""
    for piece in pieces:
        text = tail + piece
        if any(_names(text, mark) for mark in _ACTIVE):
            raise RefusedFileError("active")
        tail = text[-_LONGEST_MARK:]


def _names(text: bytes, mark: bytes) -> bool:
    """Whether the name stands there whole: ``/JS`` is not the beginning of ``/JSomething``."""
    at = text.find(mark)
    while at >= 0:
        after = text[at + len(mark) : at + len(mark) + 1]
        if after and (after in _NAME_ENDS or mark == b"/EmbeddedFile"):
            return True
        at = text.find(mark, at + 1)
    return False


def _by_magic(head: bytes) -> str | None:
    brand = head[8:12]
    if head.startswith(b"RIFF"):
        return {b"WAVE": "audio/wav", b"WEBP": "image/webp"}.get(brand)
    if head[4:8] == b"ftyp":
        if brand in _PICTURES:
            return "image/heic"
        return "audio/mp4" if brand in {b"M4A ", b"isom", b"mp42", b"iso5", b"iso6"} else None
    if head[:1] == b"\xff" and len(head) > 1 and head[1] in {0xFB, 0xF3, 0xF2}:
        return "audio/mpeg"
    return next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)


# The brands of pictures of HEVC (ISO 23008-12, 10.2 and annex B), and of any coding.
_PICTURES = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"OggS", "audio/ogg"),
    (b"\x1a\x45\xdf\xa3", "audio/webm"),
    (b"ID3", "audio/mpeg"),
)
_FIRST_OF_TEXT = 9  # the tabulator; text has no lesser byte
# PKWARE APPNOTE, [MS-CFB], RFC 1952, 7-Zip, RAR, xz, [MS-DOS] executables, ELF, Mach-O, a script.
_FOREIGN = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office"),
    (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"Rar!\x1a\x07", "archive"),
    (b"\xfd7zXZ\x00", "archive"),
    (b"BZh91AY&SY", "archive"),
    (b"\x7fELF", "program"),
    (b"\xcf\xfa\xed\xfe", "program"),
    (b"#!/", "program"),
)
_PAGE_STARTS = (b"<!doctype html", b"<html")
