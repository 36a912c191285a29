"""The state of the evidence log."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Max, QuerySet
from django.http import QueryDict

from carrears.database.prepared import Blank, prepared
from carrears.evidence.anchors import REFUSED
from carrears.evidence.models import (
    Entry,
    Position,
    StoredAnchor,
    StoredCheckpoint,
    StoredTimestamp,
    VerificationRun,
    WitnessState,
)
from carrears.evidence.policy import PolicyError
from carrears.evidence.witnesses import newest_vouched, read_policy, state_of
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.view_models.evidence import (
    AnchorRow,
    EntryRow,
    EvidencePage,
    Verification,
    WitnessRow,
)


def evidence_page(params: QueryDict) -> EvidencePage:
    """The newest checkpoint, the last check, and the entries, newest first."""
    checkpoint = StoredCheckpoint.objects.order_by("-size").first()
    last = Position.objects.aggregate(last=Max("index"))["last"]
    pager = make_pager(params, total=0 if last is None else last + 1)
    rows = Position.objects.select_related("entry").order_by("-index")[rows_of(pager)]
    return EvidencePage(
        origin=settings.EVIDENCE_ORIGIN,
        size=checkpoint.size if checkpoint else 0,
        root_hash=bytes(checkpoint.root).hex() if checkpoint else "",
        checkpoint_at=checkpoint.signed_at if checkpoint else None,
        verification=_last_verification(),
        rows=tuple(_row(position) for position in rows),
        pager=pager,
        stamped_at=_stamped_at(),
        anchor=_anchor(),
        **_witnesses(),
    )


def _witnesses() -> dict[str, Any]:
    try:
        policy = read_policy()
    except (PolicyError, OSError) as error:
        return {"policy_problem": str(error)}
    if policy is None:
        return {}
    vouched = newest_vouched(policy)
    states = (state_of(one) for one in policy.witnesses if one.url)
    return {
        "witnesses": tuple(map(_witness, states)),
        "vouched": vouched.checkpoint.size if vouched else 0,
    }


def _witness(state: WitnessState) -> WitnessRow:
    """How a witness stands; one that was never asked is waited for."""
    calm = "cosigned" if state.size else "waiting"
    return WitnessRow(
        name=state.name,
        size=state.size,
        cosigned_at=state.cosigned_at,
        state=state.refusal or ("unreachable" if state.failures else calm),
        error=state.error,
        since=state.refused_at,
    )


def _stamped_at() -> datetime | None:
    if not settings.TSA_URL:
        return None
    newest = StoredTimestamp.objects.order_by("-pk").first()
    return newest.stamped_at if newest else None


def _anchor() -> AnchorRow | None:
    if not settings.EVM_URL:
        return None
    newest = StoredAnchor.objects.order_by("-pk").first()
    if newest is None:
        return None
    refused = Entry.objects.filter(subject=newest.contract, kind=REFUSED).order_by("-id").first()
    is_refused = refused is not None and refused.occurred_at > newest.received_at
    return AnchorRow(
        size=newest.checkpoint_id,
        at=newest.anchored_at,
        chain_id=newest.chain_id,
        contract=newest.contract,
        refusal=json.loads(refused.payload)["contradiction"] if refused and is_refused else "",
    )


def entry_numbers(keys: Iterable[str]) -> dict[str, int]:
    """The places in the log of the entries with these keys, where they have one."""
    return dict(_places.ask(keys=list(keys)))


@prepared
def _places(keys: Blank) -> QuerySet[Position, tuple[Any, ...]]:
    found = Position.objects.filter(keys.has("entry__key", "text"))
    return found.order_by().values_list("entry__key", "index")


def _row(position: Position) -> EntryRow:
    entry = position.entry
    return EntryRow(
        number=position.index,
        at=entry.occurred_at,
        kind=entry.kind,
        subject=entry.subject,
        actor=entry.actor,
        leaf_hash=bytes(entry.leaf_hash).hex(),
    )


def _last_verification() -> Verification | None:
    run = VerificationRun.objects.order_by("-finished_at", "-pk").first()
    if run is None:
        return None
    return Verification(
        at=run.finished_at,
        size=run.size,
        ok=run.ok,
        first_bad=run.first_altered,
        message=run.reason,
    )
