"""The log is anchored in a real chain (anvil), which tells what nobody else can tell any more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import DatabaseError, transaction
from evidence.attacks import as_superuser, cut_to, sign_anew
from evidence.chain.install import binary
from evidence.chain.running import Node, run_chain
from evidence.logs import NOW, write
from homes import run_jobs
from typer.testing import CliRunner
from witness.running import free_port

from carrears.cli.evidence import evidence
from carrears.evidence import jobs
from carrears.evidence.anchors import (
    AnchorError,
    anchor_newest,
    anchor_when_due,
    contradictions,
    open_anchorage,
)
from carrears.evidence.evm import Anchorage, ChainError, new_key
from carrears.evidence.models import Entry, StoredAnchor, StoredCheckpoint
from carrears.evidence.refusals import ANCHORS, is_refused
from carrears.evidence.services import verify_log

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("own_key"),
    pytest.mark.skipif(binary() is None, reason="no anvil to be the chain: make chain"),
]
LATER = NOW + timedelta(days=1)


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    with run_chain() as running:
        yield running


@pytest.fixture
def chain(settings: Any, tmp_path: Path, node: Node) -> Anchorage:
    """A contract on the chain, and an account with money, as the settings name them."""
    settings.EVM_URL, settings.EVM_KEY = node.url, str(tmp_path / "evm.key")
    settings.EVM_CONTRACT = ""
    beginning = open_anchorage(deploying=True)
    assert beginning is not None
    node.fund(beginning.owner)
    settings.EVM_CONTRACT = beginning.deploy()
    found = open_anchorage()
    assert found is not None
    return found


def test_what_is_anchored_is_read_off_the_chain_again(chain: Anchorage) -> None:
    write(300)

    made = anchor_newest(chain, at=NOW)
    write(5, start=300)
    again = anchor_newest(chain, at=NOW)

    assert made is not None
    assert again is not None
    assert (made.checkpoint_id, again.checkpoint_id) == (300, 305)
    assert made.transaction.startswith("0x")
    kept = list(chain.all())
    assert [(one.size, one.root) for one in kept] == [
        (size, bytes(root))
        for size, root in StoredCheckpoint.objects.order_by("size").values_list("size", "root")
    ]
    assert kept[0].at == made.anchored_at
    assert list(contradictions(chain)) == []


def test_what_the_chain_has_is_not_sent_again(chain: Anchorage) -> None:
    assert anchor_newest(chain, at=NOW) is None  # the log is empty
    write(5)
    assert anchor_newest(chain, at=NOW) is not None
    assert anchor_newest(chain, at=LATER) is None
    write(5, start=5)
    day = timedelta(days=1)
    assert anchor_newest(chain, at=NOW + timedelta(hours=23), every=day) is None
    assert anchor_newest(chain, at=LATER, every=day) is not None


def test_an_anchor_whose_note_was_lost_is_noted_and_not_sent_again(chain: Anchorage) -> None:
    write(5)
    chain.anchor(5, bytes(StoredCheckpoint.objects.get().root))  # and then it was killed

    noted = anchor_newest(chain, at=NOW)

    assert noted is not None
    assert (noted.checkpoint_id, noted.transaction) == (5, "")
    assert len(list(chain.all())) == 1


def test_the_contract_refuses_a_log_that_has_not_grown(chain: Anchorage) -> None:
    chain.anchor(10, bytes(32))
    for size in (0, 9, 10):
        with pytest.raises(ChainError, match="the log has not grown"):
            chain.anchor(size, bytes([1]) * 32)
    assert [one.size for one in chain.all()] == [10]


def test_nobody_else_can_anchor_for_an_account(chain: Anchorage, node: Node, settings: Any) -> None:
    chain.anchor(10, bytes(32))
    other = Anchorage(
        node.url,
        contract=chain.contract,
        key=new_key(),
        origin=settings.EVIDENCE_ORIGIN,
    )
    node.fund(other.owner)
    other.anchor(1000, bytes([7]) * 32)

    assert [one.size for one in chain.all()] == [10]


@pytest.mark.parametrize(
    ("attack", "kinds"),
    [
        pytest.param(lambda: cut_to(6), ["rolled_back"], id="tail-cut"),
        pytest.param(lambda: (cut_to(6), write(10, start=100)), ["forked"], id="grown-anew"),
        pytest.param(lambda: (_alter(), sign_anew(6, 10)), ["forked", "forked"], id="signed-anew"),
    ],
)
def test_an_attacker_with_all_keys_of_log_and_witnesses_is_told(
    chain: Anchorage, attack: Any, kinds: list[str]
) -> None:
    write(6)
    anchor_newest(chain, at=NOW)
    write(4, start=6)
    anchor_newest(chain, at=NOW)

    attack()

    assert verify_log().ok  # or the attack needs no chain
    assert [one.kind for one in contradictions(chain)] == kinds
    for _ in range(2):
        with pytest.raises(AnchorError):
            anchor_newest(chain, at=LATER)
    refused = Entry.objects.get(kind="anchor.refused")
    assert json.loads(refused.payload)["contradiction"] == kinds[-1]


def _alter() -> None:
    as_superuser("update evidence_entry set payload = '{\"case\":0}' where key = 'case:3'")


def test_an_anchor_that_the_chain_lacks_is_told(chain: Anchorage) -> None:
    write(5)
    anchor_newest(chain, at=NOW)
    as_superuser("update evidence_storedanchor set checkpoint_id = 4")
    assert [(one.kind, one.size) for one in contradictions(chain)] == [("gone", 4)]


def test_the_worker_remembers_a_contradiction_until_it_is_mended(
    chain: Anchorage, settings: Any
) -> None:
    cache.clear()
    settings.EVM_MINUTES = 1440
    write(6)
    anchor_when_due(at=NOW)
    assert not is_refused(ANCHORS)
    as_superuser("update evidence_storedanchor set checkpoint_id = 7")  # which the chain lacks
    for _ in range(2):
        anchor_when_due(at=NOW)
    assert is_refused(ANCHORS)
    assert json.loads(Entry.objects.get(kind="anchor.refused").payload)["contradiction"] == "gone"
    as_superuser("delete from evidence_storedanchor where checkpoint_id = 7")
    anchor_when_due(at=NOW)
    assert not is_refused(ANCHORS)
    assert len(list(chain.all())) == 1


def test_anchors_stay(chain: Anchorage) -> None:
    write(5)
    anchor_newest(chain, at=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        StoredAnchor.objects.all().delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        StoredAnchor.objects.update(block=0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("chain")
def test_the_worker_anchors_once_a_day(settings: Any) -> None:
    settings.EVM_MINUTES = 1440
    write(5)
    jobs.anchor_each_day.defer(timestamp=0)
    run_jobs()
    write(5, start=5)
    jobs.anchor_each_day.defer(timestamp=300)
    run_jobs()

    assert list(StoredAnchor.objects.values_list("checkpoint_id", flat=True)) == [5]


@pytest.mark.usefixtures("chain")
def test_what_gas_may_cost_has_a_limit(settings: Any) -> None:
    settings.EVM_MOST_GWEI = 0
    thrifty = open_anchorage()
    assert thrifty is not None
    with pytest.raises(ChainError, match="gwei, more than 0"):
        thrifty.anchor(1, bytes(32))


@pytest.mark.usefixtures("chain")
def test_a_node_that_does_not_answer_stops_nothing(settings: Any) -> None:
    settings.EVM_URL = f"http://127.0.0.1:{free_port()}"
    write(5)
    silent = open_anchorage()
    assert silent is not None
    with pytest.raises(ChainError, match="does not answer"):
        silent.newest()
    anchor_when_due(at=NOW)
    assert not StoredAnchor.objects.exists()


@pytest.mark.usefixtures("chain")
def test_a_node_is_asked_through_the_one_door(settings: Any) -> None:
    settings.EVM_URL = "http://169.254.169.254/"
    told = open_anchorage()
    assert told is not None
    with pytest.raises(ChainError, match="not to be asked"):
        told.chain_id()


@pytest.mark.usefixtures("chain")
def test_a_bad_key_is_not_shown(settings: Any) -> None:
    Path(settings.EVM_KEY).write_text("c0ffee")
    with pytest.raises(AnchorError) as told:
        open_anchorage()
    assert "c0ffee" not in str(told.value)
    Path(settings.EVM_KEY).chmod(0o644)
    with pytest.raises(AnchorError, match="chmod 600"):
        open_anchorage()


@pytest.mark.usefixtures("chain")
def test_the_command_anchors_and_tells_a_fork(settings: Any) -> None:
    write(6)
    run = CliRunner()
    assert "6 entries, anchored" in run.invoke(evidence, ["anchor"]).output
    _alter()
    sign_anew(6)

    told = run.invoke(evidence, ["anchor"])

    assert told.exit_code == 2, told.output
    assert "forked" in told.output
    settings.EVM_CONTRACT = ""
    assert "CARREARS_EVM_CONTRACT is not set" in run.invoke(evidence, ["anchor"]).output
    assert "contract 0x" in run.invoke(evidence, ["anchor", "--deploy"]).output
    settings.EVM_URL = ""
    assert "CARREARS_EVM_URL is not set" in run.invoke(evidence, ["anchor"]).output
