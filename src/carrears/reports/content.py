"""What a report says: figures with what each is, and the files that go with it."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass

from carrears.analytics.sheets import MEDIA


class NotReadyYetError(RuntimeError):
    """Its figures are being worked out in the background; try in a while."""


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A figure: its name, its value and a note in the reader's words, and what it is."""

    title: str
    value: str
    note: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A file that goes with it: CSV as text, or a workbook in base64, since JSON keeps it."""

    name: str
    text: str = ""
    base64: str = ""

    @property
    def content(self) -> bytes:
        """What is in it."""
        return b64decode(self.base64) if self.base64 else self.text.encode()

    @property
    def media(self) -> str:
        """Of what type it is."""
        return MEDIA if self.base64 else "text/csv"


@dataclass(frozen=True, slots=True)
class Report:
    """A report as one reader may see it, in his language. Nothing of a debtor is in it.

    ``definitions`` are names with what they are, of what several figures have in common.
    """

    title: str
    about: str
    figures: tuple[FigureLine, ...]
    definitions: tuple[tuple[str, str], ...] = ()
    files: tuple[ReportFile, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A report as it is mailed."""

    subject: str
    text: str
    html: str
    files: tuple[ReportFile, ...] = ()
