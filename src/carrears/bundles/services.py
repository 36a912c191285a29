"""Make the proof bundle of a loan; that it was made is evidence itself."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from carrears.bundles.gathering import BundleError, gather
from carrears.bundles.layout import pack
from carrears.bundles.report import LANGUAGES, report_name, write_report
from carrears.clock import now
from carrears.evidence.services import record, sequence
from carrears.evidence.witnesses import read_policy, send_checkpoint

__all__ = ["Bundle", "BundleError", "make_bundle"]

_LENDER: Mapping[str, str] = {"zh": "zh-CN", "en": "en-US"}


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle: its bytes, and what it covers."""

    data: bytes
    sha256: str
    entries: int
    size: int


def make_bundle(loan_no: str, *, by: str, at: datetime) -> Bundle:
    """The bundle of all that is sealed about a loan, after sealing what waits.

    Witnesses for whom it is time are asked first, so that it is cosigned.

    Args:
        loan_no: the loan.
        by: who asks for it, as the log names him; empty for the house itself.
        at: the moment that it is dated.

    Raises:
        BundleError: nothing is known about the loan.
        LogAlteredError: the log is not what it signed; nothing is proven by it.
        PolicyError, OSError: the policy of witnesses cannot be read.
    """
    sequence()
    if policy := read_policy():
        send_checkpoint(policy, at=now())
    contents = gather(loan_no, at=at)
    reports = {
        report_name(language): write_report(
            contents,
            language=language,
            loan_no=loan_no,
            lender=settings.LENDER_NAME[_LENDER[language]],
        )
        for language in LANGUAGES
    }
    data = pack(contents, reports)
    made = Bundle(data, hashlib.sha256(data).hexdigest(), len(contents.entries), contents.size)
    with transaction.atomic():
        record(
            "bundle.made",
            subject=loan_no,
            key=f"bundle:{made.sha256}",
            actor=by,
            occurred_at=at,
            payload={"sha256": made.sha256, "entries": made.entries, "size": made.size},
        )
    sequence()
    return made
