"""Files that came with a mail."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFile:
    """One of them; ``state`` is a code of the group ``mail_file``, ``size`` in bytes.

    One that is kept lies among the files of ``loan_no``.
    """

    name: str
    size: int
    state: str
    loan_no: str = ""
