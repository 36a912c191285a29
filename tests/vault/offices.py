"""Office files as containers, with what a test puts in or leaves out."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

_MAIN = {
    "word": ("word/document.xml", "wordprocessingml.document"),
    "xl": ("xl/workbook.xml", "spreadsheetml.sheet"),
    "ppt": ("ppt/presentation.xml", "presentationml.presentation"),
}
_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def media_type(program: str = "word") -> str:
    return f"application/vnd.openxmlformats-officedocument.{_MAIN[program][1]}"


def relations(kind: str, target: str, *, outside: bool) -> str:
    """A part's relationships: one, to what lies outside of the file or in it."""
    mode = ' TargetMode="External"' if outside else ""
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{_RELS}/{kind}" Target="{target}"{mode}/></Relationships>'
    )


def office(
    program: str = "word",
    *,
    main: str = "",
    also: Mapping[str, str | bytes] | None = None,
    types: str = "",
) -> bytes:
    """A file of a program; ``main`` replaces its content type, ``types`` is told besides."""
    part = _MAIN[program][0]
    content = main or f"{media_type(program)}.main+xml"
    told = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/{part}" ContentType="{content}"/>{types}</Types>'
    )
    members = {
        "[Content_Types].xml": told,
        "_rels/.rels": relations("officeDocument", part, outside=False),
        part: "<document/>",
    } | dict(also or {})
    return packed(members)


def packed(members: Mapping[str, str | bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as container:
        for name, content in members.items():
            container.writestr(name, content)
    return made.getvalue()
