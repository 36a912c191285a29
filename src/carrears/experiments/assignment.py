"""Which arm a debtor falls in: a stable hash, the same for one debtor and for a whole book.

The hash takes the debtor, not the loan, so that all loans of a person are treated alike, and the
experiment's key, so that two experiments split the same debtors independently.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

WHOLE = 10_000  # basis points
# 52 of the 256 bits fit a bigint; 2^52 over 10,000 leaves a bias below one in 10^11.
_DIGITS = 13


def assign_arm(debtor: str, *, experiment: str, shares: Mapping[str, int]) -> str:
    """The arm of ``debtor``, the same whenever and wherever it is asked.

    ``experiment`` is the experiment's key; ``shares`` gives each arm's share in basis points, in
    the order in which the arms take their places of 0…9,999.

    Raises:
        ValueError: the shares are not positive, or are not 10,000 in all.
    """
    check_shares(shares)
    place = place_of(debtor, experiment=experiment)
    for arm, share in shares.items():
        if place < share:
            return arm
        place -= share
    raise AssertionError("shares of 10,000 cover every place")


def place_of(debtor: str, *, experiment: str) -> int:
    """The debtor's place, 0…9,999: the first 52 bits of SHA-256 of ``experiment:debtor``."""
    digest = hashlib.sha256(f"{experiment}:{debtor}".encode()).hexdigest()
    return int(digest[:_DIGITS], 16) % WHOLE


def place_sql(debtor: str, *, experiment: str) -> str:
    """``place_of`` as a DuckDB expression over the column or expression ``debtor``.

    Raises:
        ValueError: the key is not of letters, digits, ``-``, ``_`` or ``.``.
    """
    if not experiment.replace("-", "").replace("_", "").replace(".", "").isalnum():
        raise ValueError(f"{experiment!r} is no key of an experiment")
    text = f"sha256('{experiment}:' || {debtor})"
    return f"(('0x' || substr({text}, 1, {_DIGITS}))::bigint % {WHOLE})"


def arm_sql(debtor: str, *, experiment: str, shares: Mapping[str, int]) -> str:
    """``assign_arm`` as a DuckDB expression over the column or expression ``debtor``.

    Raises:
        ValueError: as ``assign_arm`` and ``place_sql``.
    """
    check_shares(shares)
    place = place_sql(debtor, experiment=experiment)
    edge = 0
    cases = []
    for arm, share in shares.items():
        edge += share
        name = arm.replace("'", "''")
        cases.append(f"when {place} < {edge} then '{name}'")
    return f"case {' '.join(cases)} end"


def check_shares(shares: Mapping[str, int]) -> None:
    """Refuse shares that do not part the whole.

    Raises:
        ValueError: the shares are not positive, or are not 10,000 in all.
    """
    if any(share <= 0 for share in shares.values()):
        raise ValueError("each arm's share must be above nothing")
    if sum(shares.values()) != WHOLE:
        raise ValueError(f"the shares make {sum(shares.values())} basis points, not {WHOLE}")
