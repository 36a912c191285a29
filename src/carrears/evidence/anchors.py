"""Anchor the log in a chain, and hold the log against all that was anchored.

Who steals the log's key and those of the witnesses still cannot take back what a public chain
keeps: its sizes only grow, and each old size with its root contradicts another history.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import QuerySet

from carrears.evidence import tiles
from carrears.evidence.models import Entry, StoredAnchor, StoredCheckpoint
from carrears.evidence.refusals import ANCHORS, note_accepted, note_refused
from carrears.evidence.sequencer import read_tile
from carrears.evidence.services import record
from carrears.keyfiles import ExposedKeyError, read_or_create

if TYPE_CHECKING:
    from carrears.evidence.evm import Anchorage, Anchored

_log = logging.getLogger(__name__)
REFUSED = "anchor.refused"


class AnchorError(Exception):
    """The log cannot be anchored; the message says why."""


class ContradictedError(AnchorError):
    """The chain keeps another log."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What the chain keeps, and the log does not say: ``rolled_back``, ``forked`` or ``gone``.

    ``gone`` is an anchor of ours that the chain does not have (any more).
    """

    kind: str
    size: int
    detail: str


def open_anchorage(*, deploying: bool = False) -> Anchorage | None:
    """The anchors that the settings name; None when they name no chain.

    Raises:
        AnchorError: there is no contract yet, the account's key cannot be used, or the extra
            ``evm`` is not installed.
    """
    if not settings.EVM_URL:
        return None
    if not (settings.EVM_CONTRACT or deploying):
        raise AnchorError("CARREARS_EVM_CONTRACT is not set: carrears evidence anchor --deploy")
    try:
        from carrears.evidence.evm import (  # noqa: PLC0415  an extra
            Anchorage,
            ChainError,
            new_key,
        )
    except ImportError as error:
        raise AnchorError("install carrears[evm] to anchor in a chain") from error
    try:
        return Anchorage(
            settings.EVM_URL,
            contract=settings.EVM_CONTRACT,
            key=read_or_create(Path(settings.EVM_KEY), make=new_key),
            origin=settings.EVIDENCE_ORIGIN,
            most_gwei=settings.EVM_MOST_GWEI,
        )
    except (ChainError, ExposedKeyError, OSError) as error:
        raise AnchorError(str(error)) from error


def anchor_newest(
    chain: Anchorage, *, at: datetime, every: timedelta | None = None
) -> StoredAnchor | None:
    """Anchor the newest checkpoint where it is larger than what the chain has; the new anchor.

    What the chain has is held against the log first. With ``every`` nothing is sent before that
    time has passed since the last. An anchor that an earlier attempt brought to the chain, and was
    killed before it could note, is noted now.

    Raises:
        ChainError: the chain cannot be asked, or refuses.
        ContradictedError: the chain has a larger log than this one, or another of this size.
    """
    known = chain.newest()
    if known is not None and (wrong := _contradiction(known)):
        _refuse(chain, wrong, at=at)
        raise ContradictedError(wrong.detail)
    newest = StoredCheckpoint.objects.order_by("-size").first()
    if newest is None:
        return None
    if known is not None and not _ours(chain).filter(checkpoint_id=known.size).exists():
        return _keep(chain, known.size, transaction="", block=0, anchored_at=known.at, at=at)
    last = _ours(chain).order_by("-received_at").first()
    if known is not None and known.size == newest.size:
        return None
    if every and last and last.received_at <= at < last.received_at + every:
        return None
    sent = chain.anchor(newest.size, bytes(newest.root))
    return _keep(
        chain,
        newest.size,
        transaction=sent.transaction,
        block=sent.block,
        anchored_at=sent.at,
        at=at,
    )


def anchor_when_due(*, at: datetime) -> None:
    """As ``anchor_newest`` for the chain of the settings; what fails is logged."""
    if not settings.EVM_URL or not settings.EVM_CONTRACT:
        return
    try:
        chain = open_anchorage()
        if chain is not None:
            anchor_newest(chain, at=at, every=timedelta(minutes=settings.EVM_MINUTES))
            _expect_ours(chain, at=at)
            note_accepted(ANCHORS)
    except ContradictedError as error:
        note_refused(ANCHORS)
        _log.warning("the chain contradicts: %s", error)
    except Exception as error:  # noqa: BLE001  the worker's other work goes on, whatever a node says
        _log.warning("not anchored: %s", error)


def contradictions(chain: Anchorage) -> Iterator[Contradiction]:
    """All that the chain keeps of this log and the log does not say, and the other way round.

    Raises:
        ChainError: the chain cannot be asked.
    """
    found = {one.size: one for one in chain.all()}
    for one in found.values():
        if wrong := _contradiction(one):
            yield wrong
    for size in _ours(chain).order_by("checkpoint_id").values_list("checkpoint_id", flat=True):
        if size not in found:
            yield Contradiction("gone", size, f"the chain has no anchor of {size} entries")


def _expect_ours(chain: Anchorage, *, at: datetime) -> None:
    """The newest anchor that we noted is to be in the chain still.

    Raises:
        ContradictedError: it is not.
    """
    last = _ours(chain).order_by("-checkpoint_id").values_list("checkpoint_id", flat=True).first()
    known = chain.newest()
    if last is None or (known is not None and known.size >= last):
        return
    gone = Contradiction("gone", last, f"the chain has no anchor of {last} entries")
    _refuse(chain, gone, at=at)
    raise ContradictedError(gone.detail)


def _ours(chain: Anchorage) -> QuerySet[StoredAnchor]:
    return StoredAnchor.objects.filter(contract=chain.contract, owner=chain.owner)


def _contradiction(one: Anchored) -> Contradiction | None:
    newest = StoredCheckpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
    if one.size > newest:
        text = f"{one.size} entries were anchored at {one.at:%F %H:%M}, the log has {newest}"
        return Contradiction("rolled_back", one.size, text)
    if _root(one.size) != one.root:
        text = f"with {one.size} entries the log was another when anchored at {one.at:%F %H:%M}"
        return Contradiction("forked", one.size, text)
    return None


def _root(size: int) -> bytes:
    """The root that the log had with ``size`` entries; empty where its tiles do not say."""
    try:
        return tiles.read_edge(size, functools.cache(read_tile)).root()
    except tiles.TileError:
        return b""


def _keep(
    chain: Anchorage,
    size: int,
    *,
    transaction: str,
    block: int,
    anchored_at: datetime,
    at: datetime,
) -> StoredAnchor:
    made, _ = StoredAnchor.objects.get_or_create(
        checkpoint_id=size,
        chain_id=chain.chain_id(),
        contract=chain.contract,
        owner=chain.owner,
        defaults={
            "transaction": transaction,
            "block": block,
            "anchored_at": anchored_at,
            "received_at": at,
        },
    )
    return made


def _refuse(chain: Anchorage, wrong: Contradiction, *, at: datetime) -> None:
    """Record it, once."""
    key = f"{REFUSED}:{chain.contract}:{chain.owner}:{wrong.kind}:{wrong.size}"
    if Entry.objects.filter(key=key).exists():
        return
    record(
        REFUSED,
        subject=chain.contract,
        key=key,
        actor="",
        occurred_at=at,
        payload={"contradiction": wrong.kind, "anchored_size": wrong.size},
    )
