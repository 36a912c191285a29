from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.vault.serving import RangeError, parse_range
from carrears.vault.sniffing import RefusedFileError, media_type_of, refuse_active

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0"
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"


@pytest.mark.parametrize(
    ("head", "declared", "found"),
    [
        (PNG, "image/png", "image/png"),
        (JPEG, "image/jpg", "image/jpeg"),
        (PDF, "application/pdf", "application/pdf"),
        (PDF, "application/octet-stream", "application/pdf"),
        (PDF, "", "application/pdf"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "audio/x-wav", "audio/wav"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp", "image/webp"),
        (b"OggS\0\x02", "audio/ogg; codecs=opus", "audio/ogg"),
        (b"\x1a\x45\xdf\xa3\x01", "video/webm", "audio/webm"),
        (b"\0\0\0\x20ftypM4A \0", "audio/x-m4a", "audio/mp4"),
        (b"ID3\x04", "audio/mp3", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg", "audio/mpeg"),
    ],
)
def test_a_file_is_what_its_bytes_say(head: bytes, declared: str, found: str) -> None:
    assert media_type_of(head, declared=declared) == found


@pytest.mark.parametrize(
    "head",
    [
        b"<!doctype html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"MZ\x90\0",
        b"\x7fELF",
        b"PK\x03\x04",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"#!/bin/sh\n",
        b"RIFF\x10\0\0\0AVI LIST",
        b"\0\0\0\x20ftypqt  ",
        b"GIF89a",
        b"",
    ],
)
@pytest.mark.parametrize("declared", ["", "image/png", "application/pdf"])
def test_what_may_run_and_what_is_not_known_is_refused(head: bytes, declared: str) -> None:
    with pytest.raises(RefusedFileError) as refused:
        media_type_of(head, declared=declared)
    assert refused.value.why == "unknown"


@pytest.mark.parametrize(
    ("head", "declared"),
    [(PNG, "image/jpeg"), (PDF, "image/png"), (JPEG, "text/html"), (PNG, "application/pdf")],
)
def test_a_file_that_says_something_else_is_refused(head: bytes, declared: str) -> None:
    with pytest.raises(RefusedFileError) as refused:
        media_type_of(head, declared=declared)
    assert refused.value.why == "mismatch"


@pytest.mark.parametrize(
    "action",
    [b"/JavaScript ", b"/JS(", b"/JS<", b"/Launch/", b"/EmbeddedFiles ", b"/RichMedia\n", b"/XFA["],
)
@given(before=st.integers(0, 50), cut=st.integers(1, 80))
@settings(deadline=None, max_examples=20)
def test_a_pdf_that_does_something_is_refused_wherever_it_is_cut(
    action: bytes, before: int, cut: int
) -> None:
    text = PDF + b" " * before + action + b"x >>"
    pieces = [text[at : at + cut] for at in range(0, len(text), cut)]
    with pytest.raises(RefusedFileError) as refused:
        refuse_active("application/pdf", pieces)
    assert refused.value.why == "active"


@pytest.mark.parametrize("text", [PDF, PDF + b"/JSomething /Launcher /XFAB ", PDF + b"JavaScript"])
def test_a_pdf_that_only_lies_there_is_taken(text: bytes) -> None:
    refuse_active("application/pdf", [text])


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("", None),
        ("bytes=0-", (0, 100)),
        ("bytes=0-0", (0, 1)),
        ("bytes=10-19", (10, 20)),
        ("bytes=90-500", (90, 100)),
        ("bytes=-5", (95, 100)),
        ("bytes=-500", (0, 100)),
        ("bytes=5-4", None),
        ("bytes=0-1,5-6", None),
        ("items=0-1", None),
        ("bytes=-", None),
        ("bytes=a-b", None),
    ],
)
def test_a_range_is_read_as_rfc_9110_has_it(header: str, found: tuple[int, int] | None) -> None:
    assert parse_range(header, 100) == found


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_beyond_the_end_is_told_so(header: str) -> None:
    with pytest.raises(RangeError):
        parse_range(header, 100)
