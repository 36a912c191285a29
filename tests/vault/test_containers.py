"""Office files are known by their container, and taken in where nothing in them acts."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vault.offices import media_type, office, packed, relations

from carrears.vault.judging import judge_file
from carrears.vault.sniffing import EXTENSIONS, RefusedFileError

HEIC = b"\0\0\0\x24ftyp%s\0\0\0\0mif1heic" + bytes(60)


def judged(content: bytes, declared: str = "") -> str:
    return judge_file(io.BytesIO(content), declared=declared)


def refused(content: bytes, declared: str = "") -> str:
    with pytest.raises(RefusedFileError) as error:
        judged(content, declared)
    return error.value.why


@pytest.mark.parametrize(("program", "ending"), [("word", "docx"), ("xl", "xlsx"), ("ppt", "pptx")])
@pytest.mark.parametrize("called", ["", "application/octet-stream", "application/zip", "itself"])
def test_it_is_what_its_main_part_is(program: str, ending: str, called: str) -> None:
    found = judged(office(program), media_type(program) if called == "itself" else called)
    assert (found, EXTENSIONS[found]) == (media_type(program), ending)


@pytest.mark.parametrize("called", ["application/pdf", "image/png", "application/msword"])
def test_what_is_called_something_else_is_refused(called: str) -> None:
    assert refused(office(), called) == "mismatch"
    assert refused(office("xl"), media_type("word")) == "mismatch"


MACRO_MAIN = "application/vnd.ms-word.document.macroEnabled.main+xml"
PROJECT = '<Override PartName="/word/x.bin" ContentType="application/vnd.ms-office.vbaProject"/>'
MACROS = {
    "a docm": office(main=MACRO_MAIN, also={"word/vbaProject.bin": b"\xd0\xcf"}),
    "an xlsm": office("xl", main="application/vnd.ms-excel.sheet.macroEnabled.main+xml"),
    "an xlsb": office("xl", main="application/vnd.ms-excel.sheet.binary.macroEnabled.main"),
    "a docx with a project": office(also={"word/vbaProject.bin": b"\xd0\xcf"}),
    "under another name": office(types=PROJECT),
    "in capitals": office(also={"word/VBAPROJECT.BIN": b"\xd0\xcf"}),
    "by a relationship": office(
        also={"word/_rels/document.xml.rels": relations("vbaProject", "x.bin", outside=False)}
    ),
    "a macro sheet of Excel 4": office("xl", also={"xl/macrosheets/sheet1.xml": "<x/>"}),
}
ACTIVE = {
    "ActiveX": office(also={"word/activeX/activeX1.xml": "<x/>"}),
    "an embedded object": office(also={"word/embeddings/oleObject1.bin": b"\xd0\xcf"}),
    "an embedded file": office(also={"word/embeddings/Package1.xlsm": b"PK"}),
    "a template elsewhere": office(
        also={
            "word/_rels/settings.xml.rels": relations(
                "attachedTemplate", "https://evil.example/t.dotm", outside=True
            )
        }
    ),
    "a picture elsewhere": office(
        also={
            "word/_rels/document.xml.rels": relations(
                "image", "https://evil.example/seen.png", outside=True
            )
        }
    ),
    "another workbook": office(
        "xl",
        also={
            "xl/externalLinks/_rels/externalLink1.xml.rels": relations(
                "externalLinkPath", "file:///c:/x.xlsx", outside=True
            )
        },
    ),
}


@pytest.mark.parametrize("which", MACROS)
def test_macros_are_refused_by_name(which: str) -> None:
    assert refused(MACROS[which]) == "macros"


@pytest.mark.parametrize("which", ACTIVE)
def test_what_acts_or_fetches_is_refused(which: str) -> None:
    assert refused(ACTIVE[which]) == "active"


def test_a_link_that_somebody_follows_is_none() -> None:
    links = relations("hyperlink", "https://lender.example", outside=True)
    assert judged(office(also={"word/_rels/document.xml.rels": links})) == media_type()


def altered(content: bytes, old: bytes, new: bytes) -> bytes:
    assert old in content
    return content.replace(old, new)


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa">]><Types>&a;</Types>'
ARCHIVES = {
    "of anything": packed({"a.txt": "a"}),
    "with no types": packed({"word/document.xml": "<x/>"}),
    "with types that are none": packed({"[Content_Types].xml": "no xml"}),
    "with entities": packed({"[Content_Types].xml": BOMB}),
    "two programs at once": office(
        types=f'<Override PartName="/xl/x.xml" ContentType="{media_type("xl")}.main+xml"/>'
    ),
    "a template": office(main=f"{media_type()[:-8]}template.main+xml"),
    "that leaves its folder": office(also={"../../evil.xml": "<x/>"}),
    "that swells": office(also={"word/media/a.bmp": bytes(64 << 20)}),
    "of very many": office(also={f"word/m{n}.xml": "" for n in range(5001)}),
    "with types without end": office(types="<!-- " + "x" * (5 << 20) + " -->"),
    "with a password": altered(
        office(), b"PK\x01\x02\x14\x03\x14\0\0\0", b"PK\x01\x02\x14\x03\x14\0\1\0"
    ),
    "cut off": office()[:-30],
    "a head alone": b"PK\x03\x04" + bytes(80),
}


@pytest.mark.parametrize("which", ARCHIVES)
def test_any_other_archive_is_refused(which: str) -> None:
    assert refused(ARCHIVES[which]) == "zip"


def test_a_name_that_comes_twice_is_refused() -> None:
    """One program would read the first, another the last."""
    made = io.BytesIO(office())
    with (
        zipfile.ZipFile(made, "a") as container,
        pytest.warns(UserWarning, match="Duplicate name"),
    ):
        container.writestr("word/document.xml", "<other/>")
    assert refused(made.getvalue()) == "zip"


@given(at=st.integers(0, 10_000), byte=st.integers(0, 255), cut=st.integers(0, 3000))
@settings(deadline=None, max_examples=300)
def test_a_damaged_one_is_taken_or_refused_and_nothing_else(at: int, byte: int, cut: int) -> None:
    content = bytearray(office(also={"word/styles.xml": "<x/>" * 50}))
    content[at % len(content)] = byte
    try:
        found = judged(bytes(content[: len(content) - cut % 40]))
    except RefusedFileError as error:
        assert error.why in {"zip", "unknown", "active", "macros"}  # noqa: PT017  either is right
    else:
        assert found == media_type()


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1", b"msf1", b"hevc"])
@pytest.mark.parametrize("called", ["", "image/heic", "image/heif"])
def test_a_picture_of_a_telephone_is_known(brand: bytes, called: str) -> None:
    assert judged(HEIC % brand, called) == "image/heic"


def test_a_film_is_no_picture() -> None:
    assert refused(HEIC % b"qt  ", "image/heic") == "unknown"
    assert refused(HEIC % b"heic", "image/png") == "mismatch"
