"""The log in PostgreSQL: writing, sequencing, and what it tells."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from evidence.logs import NOW, leaf_of_stored, made, write

from carrears.evidence import checkpoint, commitment, merkle, queries, sequencer
from carrears.evidence.canonical import NotCanonicalError
from carrears.evidence.log_key import LogKeyError, log_signer
from carrears.evidence.models import Entry, QueuedEntry, StoredCheckpoint
from carrears.evidence.services import (
    BadRecordError,
    KeyReusedError,
    keep_verification,
    record,
    record_many,
    seal_some,
    sequence,
    verify_log,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_key")]


def test_an_empty_log_is_sound_and_has_no_checkpoint() -> None:
    assert sequence() is None
    found = verify_log()
    assert (found.ok, found.size, found.root) == (True, 0, merkle.EMPTY_ROOT)


def test_a_leaf_is_the_hash_of_the_canonical_entry() -> None:
    record_many([made(1, actor='Ann "王" \U0001f600', payload={"b": [1, None], "a": {"ü": "x"}})])

    stored = Entry.objects.get(key="case:1")

    assert bytes(stored.leaf_hash) == leaf_of_stored("case:1")


def test_entries_are_sequenced_in_the_order_of_writing_and_signed() -> None:
    write(600)

    signed = StoredCheckpoint.objects.get()
    found = checkpoint.verify(signed.note, origin="lender.example/log", vkeys=[queries.log_vkey()])
    hashes = [leaf_of_stored(f"case:{number}") for number in range(600)]
    assert (found.size, found.root) == (600, merkle.root_hash(hashes))
    assert not QueuedEntry.objects.exists()
    assert [entry.key for entry in queries.latest_entries(limit=3)] == [
        "case:599",
        "case:598",
        "case:597",
    ]
    assert [entry.number for entry in queries.latest_entries(below=2)] == [1, 0]


@pytest.mark.parametrize("batch_size", [1, 7, 256, 300])
def test_the_root_does_not_depend_on_the_batches(batch_size: int) -> None:
    write(300, batch_size=batch_size)

    roots = merkle.root_hash([leaf_of_stored(f"case:{number}") for number in range(300)])

    assert verify_log() == verify_log()
    assert (verify_log().ok, verify_log().root) == (True, roots)
    assert StoredCheckpoint.objects.count() == -(-300 // batch_size)


def test_some_are_sealed_in_the_order_they_came() -> None:
    record_many(made(number) for number in range(25))

    assert [seal_some(10), seal_some(10), seal_some(10), seal_some(10)] == [
        True,
        True,
        False,
        False,
    ]

    assert (verify_log().ok, verify_log().size) == (True, 25)
    assert [each.size for each in StoredCheckpoint.objects.order_by("size")] == [10, 20, 25]


@pytest.mark.django_db(transaction=True)
def test_who_seals_some_waits_for_no_other_sequencer() -> None:
    record_many([made(1)])
    held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", [sequencer._LOCK])
            held.set()
            let_go.wait(30)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert held.wait(30)
        assert not seal_some(10)
        assert not StoredCheckpoint.objects.exists()
    finally:
        let_go.set()
        holder.join(30)
    assert not seal_some(10)
    assert verify_log().size == 1


def test_the_log_grows_across_runs_and_proves_it() -> None:
    write(300)
    old = sequence()
    write(500, start=300)
    new = sequence()

    assert old is not None
    assert new is not None
    merkle.verify_consistency(
        old_size=old.size,
        new_size=new.size,
        old_root=old.root,
        new_root=new.root,
        proof=queries.prove_growth(old.size, new.size),
    )
    for number in (0, 255, 256, 799):
        proof = queries.prove_inclusion(number)
        assert proof.leaf_hash == leaf_of_stored(f"case:{number}")
        merkle.verify_inclusion(
            leaf_hash=leaf_of_stored(f"case:{number}"),
            index=number,
            tree_size=new.size,
            proof=proof.hashes,
            root=checkpoint.parse(proof.checkpoint)[0].root,
        )
    with pytest.raises(merkle.ProofError):
        queries.prove_inclusion(800)


def test_the_same_key_records_once() -> None:
    assert record_many([made(1), made(2), made(1)]) == 2
    assert record_many([made(2), made(3)]) == 1
    sequence()
    assert (
        record(
            "case.opened",
            subject="loan-1",
            payload={"open": True, "text": "入催", "case": 1},
            actor="",
            key="case:1",
            occurred_at=NOW + timedelta(seconds=1),
        )
        is False
    )
    assert Entry.objects.count() == 3


@pytest.fixture
def owner_behind_walls() -> None:
    """What a managed server's owner is: no superuser, so that he passes by a policy of his own."""
    with connection.cursor() as cursor:
        cursor.execute("create role plain_owner nologin")
        for table in ("evidence_entry", "evidence_queuedentry"):
            cursor.execute(f"grant select, insert on {table} to plain_owner")
            cursor.execute(f"alter table {table} enable row level security")
            cursor.execute(
                f"create policy passes on {table} to plain_owner using (true) with check (true)"
            )
        cursor.execute("grant usage on evidence_entry_id_seq to plain_owner")
        cursor.execute("set local role plain_owner")


def _record_a_night_of_which_some_is_known(known: list[int]) -> None:
    record_many([made(number) for number in known])
    night = [*range(400), 7, 399]  # a key twice in one is the same record

    assert record_many(made(number) for number in night) == 400 - len(known)
    assert record_many(made(number) for number in night) == 0

    keys = list(Entry.objects.order_by("pk").values_list("key", flat=True))
    new = [number for number in range(400) if number not in known]
    assert keys == [f"case:{number}" for number in [*known, *new]]
    assert QueuedEntry.objects.count() == 400


@pytest.mark.parametrize("known", [[], [0], [399], [200, 3]])
def test_of_a_night_only_what_is_new_is_recorded_in_its_order(known: list[int]) -> None:
    _record_a_night_of_which_some_is_known(known)
    sequence()
    assert verify_log().ok


@pytest.mark.usefixtures("owner_behind_walls")
@pytest.mark.parametrize("known", [[], [200, 3]])
def test_so_it_is_where_copy_is_refused(known: list[int]) -> None:
    _record_a_night_of_which_some_is_known(known)


def test_what_copy_would_read_otherwise_comes_in_as_it_is() -> None:
    odd = ["\\", "\t", "\n", "\r\n", "\\N", "\\.", '"', "a\\tb", "入\t催"]
    texts = [*odd, *(f"{one}\x01" for one in odd)]
    night = [made(number) for number in range(300)]
    for number, text in enumerate(texts):
        night[number] = made(
            number, key=f"k{number}{text}", actor=text, payload={"text": text, "of": [text]}
        )

    assert record_many(night) == len(night)

    kept = dict(Entry.objects.values_list("key", "actor"))
    assert {kept[f"k{number}{text}"] == text for number, text in enumerate(texts)} == {True}
    sequence()
    assert verify_log().ok  # each leaf hash is over what was read back


def test_a_night_that_stands_for_something_else_leaves_nothing() -> None:
    record_many([made(1)])
    with pytest.raises(KeyReusedError, match="case:1"):
        record_many([*(made(number) for number in range(2, 300)), made(1, actor="ann")])
    assert Entry.objects.count() == QueuedEntry.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"payload": {"case": 2}},
        {"subject": "loan-9"},
        {"kind": "case.closed"},
        {"actor": "ann"},
        {"occurred_at": NOW},
    ],
)
def test_a_key_cannot_stand_for_two_things(changes: dict[str, Any]) -> None:
    record_many([made(1)])

    with pytest.raises(KeyReusedError, match="case:1"):
        record_many([made(5), made(1, **changes)])

    assert Entry.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"payload": {"rate": 0.5}}, NotCanonicalError),
        ({"occurred_at": datetime(2026, 1, 1)}, NotCanonicalError),  # noqa: DTZ001  the point
        ({"key": ""}, BadRecordError),
        ({"kind": ""}, BadRecordError),
        ({"subject": "x" * 201}, BadRecordError),
        ({"actor": "\0"}, BadRecordError),
    ],
)
def test_a_record_that_cannot_be_proven_is_refused(
    changes: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        record_many([made(0), made(1, **changes)])
    assert not Entry.objects.exists()


def test_what_is_rolled_back_was_never_recorded() -> None:
    with transaction.atomic():
        record_many([made(1)])
        transaction.set_rollback(True)

    assert sequence() is None
    assert not Entry.objects.exists()


def test_a_timeline_has_its_subjects_entries_in_order_and_queued_ones_too() -> None:
    write(20)
    record_many([made(99, subject="loan-1")])

    found = queries.entries_of("loan-1")

    assert [entry.number for entry in found] == [1, 8, 15, None]
    assert queries.numbers_of(["case:8", "case:99"]) == {"case:8": 8}
    assert len(queries.entries_of(["loan-1", "loan-2"])) == 7
    assert [entry.number for entry in queries.entries_of("loan-1", limit=2)] == [15, None]


@pytest.mark.parametrize("rows", [1, 3])
def test_a_page_costs_one_query(django_assert_num_queries: Any, rows: int) -> None:
    write(10)
    with django_assert_num_queries(1):
        queries.latest_entries(limit=rows)
    with django_assert_num_queries(1):
        queries.entries_of("loan-1", limit=rows)


def test_the_state_of_the_log_and_its_last_check_are_told() -> None:
    assert queries.last_verification() is None
    write(3)
    record_many([made(50)])
    keep_verification(verify_log(), at=NOW)

    state, check = queries.log_state(), queries.last_verification()

    assert (state.size, state.queued, state.origin) == (3, 1, "lender.example/log")
    assert check is not None
    assert (check.ok, check.size, bytes(check.root)) == (True, 3, state.root)


def test_the_key_keeps_its_origin(settings: Any) -> None:
    first = log_signer()
    assert log_signer() == first

    settings.EVIDENCE_ORIGIN = "other.example/log"

    with pytest.raises(LogKeyError, match=r"lender\.example/log"):
        log_signer()


def test_a_commitment_shows_its_value_only_with_the_salt() -> None:
    salt = b"s" * 32
    made_to = commitment.commit("王小明", salt=salt)

    assert commitment.is_opened_by(made_to, value="王小明", salt=salt)
    assert not commitment.is_opened_by(made_to, value="王小红", salt=salt)
    assert not commitment.is_opened_by(made_to, value="王小明", salt=b"t" * 32)
    with pytest.raises(ValueError, match="hides nothing"):
        commitment.commit("王小明", salt=b"short")


@pytest.mark.django_db(transaction=True)
def test_writers_and_sequencers_at_once_lose_nothing_and_fork_nothing() -> None:
    problems: list[BaseException] = []
    door = threading.Lock()

    def guarded(work: Any) -> Any:
        def run() -> None:
            try:
                with door:  # opening connections is not what is tested here
                    connection.ensure_connection()
                work()
            except BaseException as error:  # noqa: BLE001  told to the test below
                problems.append(error)
            finally:
                connection.close()

        return run

    def writer(first: int) -> Any:
        # Every key is written by two threads, as a retried job would.
        return lambda: [record_many([made(number)]) for number in range(first, first + 40)]

    threads = [threading.Thread(target=guarded(writer(first))) for first in (0, 0, 40, 40)]
    threads += [
        threading.Thread(target=guarded(lambda: [sequence(batch_size=9) for _ in range(20)]))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    sequence()

    assert problems == []
    found = verify_log()
    assert (found.ok, found.size) == (True, 80), found.reason
