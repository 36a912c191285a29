"""A letter as PDF: its address behind the window, the way to the portal, its pages counted."""

from __future__ import annotations

import functools
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import qrcode
import typst
import weblate_fonts
from babel.dates import format_date
from pydantic import BaseModel, ConfigDict
from qrcode.image.svg import SvgPathImage

from carrears.yamls import load_yaml

_FOLDER = Path(__file__).parent
_FONTS = Path(weblate_fonts.__file__).parent / "static" / "weblate_fonts" / "kurinto" / "ttf"
# Of Chinese type a line has as many characters as its width has ems; Latin letters take half.
_SIZES = (10.0, 9.0, 8.0, 7.0, 6.0)
_LINE = 1.5  # a line in ems, with what is between two
_POINTS_PER_MM = 72 / 25.4
_WIDE_FROM = 0x2E80
WindowName = Literal["gb_zl", "gb_dl", "din_b"]


class PaperError(ValueError):
    """The letter cannot be made; the message says what does not fit."""


class Box(BaseModel):
    """A part of the sheet, in millimetres from its upper left corner."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    x: float
    y: float
    width: float
    height: float


class Window(BaseModel):
    """Where the address may stand, what of the sheet may be seen, and by which standard."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: Box
    seen: Box
    source: str


@dataclass(frozen=True, slots=True)
class Letter:
    """All that one letter shows; ``at`` dates it, and makes the same letter the same bytes."""

    number: str
    to: tuple[str, ...] = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    locale: str
    lender: str
    phone: str
    at: datetime
    window: WindowName
    portal: str = ""
    specimen: bool = False


@functools.cache
def windows() -> Mapping[str, Window]:
    """The windows of windows.yaml."""
    raw = load_yaml((_FOLDER / "windows.yaml").read_text(encoding="utf-8"))
    return {name: Window.model_validate(one) for name, one in raw.items()}


def make_pdf(letter: Letter) -> bytes:
    """The letter as PDF, the same bytes for the same letter.

    Raises:
        PaperError: there is no address, or it is too long for the window.
    """
    pdf: bytes = typst.compile(
        str(_FOLDER / "letter.typ"),
        root=str(_FOLDER),
        font_paths=[str(_FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(_shown(letter))},
        timestamp=int(letter.at.timestamp()),
    )
    return pdf


def _shown(letter: Letter) -> dict[str, Any]:
    language = "en" if letter.locale.startswith("en") else "zh"
    words, window = _words()[language], windows()[letter.window]
    size, lines = fit_address(letter.to, window.address)
    return {
        "lang": language,
        "region": {"zh": "cn", "en": "us"}[language],
        "number": letter.number,
        "words": words,
        "window": window.address.model_dump(),
        "below": window.seen.y + window.seen.height + 4,
        "size": size,
        "address": lines,
        "lender": letter.lender,
        "phone": letter.phone,
        "date": format_date(letter.at, format="long", locale=letter.locale.replace("-", "_")),
        "subject": letter.subject,
        "body": [part.strip().splitlines() for part in letter.text.split("\n\n") if part.strip()],
        "qr": _qr(letter.portal) if letter.portal else "",
        "specimen": words["specimen"] if letter.specimen else "",
    }


def fit_address(lines: tuple[str, ...], box: Box) -> tuple[float, list[str]]:
    """The largest type, in points, in which the lines, broken where they must be, fit the box.

    Raises:
        PaperError: none does, or there is nothing to write.
    """
    kept = [line.strip() for line in lines if line.strip()]
    if not kept:
        raise PaperError("there is no address")
    for size in _SIZES:
        ems = box.width * _POINTS_PER_MM / size
        broken = [part for line in kept for part in _break(line, ems)]
        if len(broken) * _LINE * size <= box.height * _POINTS_PER_MM:
            return size, broken
    raise PaperError("the address is too long for the window")


def _break(line: str, ems: float) -> list[str]:
    parts, width = [""], 0.0
    for word in _words_of(line):
        wide = sum(1.0 if ord(one) >= _WIDE_FROM else 0.62 for one in word)
        if width + wide > ems and parts[-1]:
            parts.append("")
            width = 0.0
        parts[-1] += word
        width += wide
    return [part.strip() for part in parts]


def _words_of(line: str) -> list[str]:
    """What may not be broken: Chinese characters one by one, Latin words whole."""
    words: list[str] = []
    for one in line:
        glued = words and ord(one) < _WIDE_FROM and ord(words[-1][-1]) < _WIDE_FROM
        if glued and not words[-1].endswith(" "):
            words[-1] += one
        else:
            words.append(one)
    return words


def _qr(address: str) -> str:
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    code.add_data(address)
    out = io.BytesIO()
    code.make_image(image_factory=SvgPathImage).save(out)
    return out.getvalue().decode()


@functools.cache
def _words() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = load_yaml((_FOLDER / "words.yaml").read_text(encoding="utf-8"))
    return loaded
