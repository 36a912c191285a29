"""One connection that agencies share by turns shows each what is his, whatever went wrong before.

Kept by a thread, lent by psycopg's pool of one, and lent by the transaction by PgBouncer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from access.outsiders import go_abroad, open_agency, place
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory
from factories import make_user
from pools import BOUNCER, WITHOUT_BOUNCER, bouncer, reached_by, server_address

from carrears.access.middleware import BehindTheWall
from carrears.access.models import User
from carrears.casework.models import Case
from carrears.clock import now
from carrears.database.session import ensure_tables, run_kept
from carrears.database.wall import as_house
from carrears.evidence.record import Record
from carrears.evidence.services import record_many

pytestmark = pytest.mark.django_db(transaction=True)

_CASES = "select loan_no from casework_case order by 1"
_PID = "select pg_backend_pid()"
_LEFT = "select current_user = session_user, current_setting('carrears.org', true)"


@dataclass(frozen=True)
class Two:
    """Two agencies' people, each with one case that the other does not see."""

    first: User
    second: User

    def turns(self) -> Iterator[tuple[User | None, list[str]]]:
        """Who asks, by turns, and the cases that are his."""
        for _ in range(3):
            yield self.first, ["PLACED-1"]
            yield self.second, ["OTHERS-9"]
            yield None, []


@pytest.fixture(params=["kept", "pool", "pgbouncer"])
def way(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[str]:
    """How the database is reached; every thread reaches it so."""
    request.getfixturevalue("transactional_db")
    if request.param == "kept":
        with reached_by({"CONN_MAX_AGE": 60}):
            yield "kept"
    elif request.param == "pool":
        options = connection.settings_dict["OPTIONS"] | {"pool": {"min_size": 1, "max_size": 1}}
        with reached_by({"CONN_MAX_AGE": 0, "OPTIONS": options}):
            yield "pool"
    elif BOUNCER is None:
        pytest.skip(WITHOUT_BOUNCER)
    else:
        with bouncer(tmp_path / "bouncer", server_address()) as port, reached_by(_through(port)):
            yield "pgbouncer"


def _through(port: int) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "USER": "postgres",
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }


@pytest.fixture
def two(way: str) -> Two:  # noqa: ARG001  what it makes lies in the database that is so reached
    abroad = go_abroad()
    agency = open_agency("SECOND")
    rival = make_user(role="agency_user", username="rival", organisation=agency)
    place(abroad.other, agency)
    connection.close()
    return Two(abroad.user, rival)


def ask(user: User | None, view: Callable[[Any], Any]) -> Any:
    """One request, at whose end the connection goes back to where it came from."""
    request = RequestFactory().get("/")
    if user is not None:
        request.user = user
    try:
        return BehindTheWall(view)(request)
    finally:
        connection.close_if_unusable_or_obsolete()


def rows(statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [row[0] for row in cursor.fetchall()]


def shown(user: User | None, statement: str = _CASES) -> list[Any]:
    """What this user's request is shown."""
    found: list[Any] = []

    def view(_: Any) -> HttpResponse:
        found.extend(rows(statement))
        return HttpResponse()

    ask(user, view)
    return found


def left_behind() -> tuple[Any, ...]:
    """Role and standing of the session, for whoever borrows it next, outside of any wall."""
    with connection.cursor() as cursor:
        cursor.execute(_LEFT)
        is_itself, org = cursor.fetchone()
    connection.close_if_unusable_or_obsolete()
    return is_itself, org or ""


def expect_each_his_own(two: Two) -> None:
    assert left_behind() == (True, "")
    for user, cases in two.turns():
        assert shown(user) == cases
    assert left_behind() == (True, "")


def test_by_turns_through_one_session(two: Two) -> None:
    pids = {tuple(shown(user, _PID)) for user, _ in two.turns()}

    assert len(pids) == 1
    expect_each_his_own(two)


def _fails_in_a_transaction(_: Any) -> HttpResponse:
    with transaction.atomic():
        assert rows(_CASES) == ["PLACED-1"]
        raise ConnectionAbortedError


def _fails_in_the_database(_: Any) -> HttpResponse:
    with transaction.atomic():
        rows("select 1 / 0")
    raise AssertionError


def _fails_alone(_: Any) -> HttpResponse:
    rows("select 1 / 0")
    raise AssertionError


def _goes_on_after_a_savepoint(_: Any) -> HttpResponse:
    with transaction.atomic():
        with suppress(DatabaseError), transaction.atomic(), as_house():
            assert rows(_CASES) == ["OTHERS-9", "PLACED-1"]
            rows("select 1 / 0")
        assert rows(_CASES) == ["PLACED-1"]
        with suppress(ConnectionAbortedError), as_house(), transaction.atomic():
            raise ConnectionAbortedError
        assert rows(_CASES) == ["PLACED-1"]
    raise ConnectionAbortedError


def _leaves_a_transaction_open(_: Any) -> HttpResponse:
    connection.set_autocommit(False)
    assert rows(_CASES) == ["PLACED-1"]
    raise ConnectionAbortedError


def _leaves_an_aborted_one(_: Any) -> HttpResponse:
    connection.set_autocommit(False)
    rows("select 1 / 0")
    raise AssertionError


def _dies_as_the_house(_: Any) -> HttpResponse:
    with as_house(), transaction.atomic():
        assert rows(_CASES) == ["OTHERS-9", "PLACED-1"]
        raise ConnectionAbortedError


@pytest.mark.parametrize(
    "view",
    [
        _fails_in_a_transaction,
        _fails_in_the_database,
        _fails_alone,
        _goes_on_after_a_savepoint,
        _leaves_a_transaction_open,
        _leaves_an_aborted_one,
        _dies_as_the_house,
    ],
)
def test_what_fails_in_mid_request_leaves_nothing(
    two: Two, view: Callable[[Any], HttpResponse]
) -> None:
    for _ in range(2):
        with pytest.raises((ConnectionAbortedError, DatabaseError)):
            ask(two.first, view)
        assert shown(two.second) == ["OTHERS-9"]
    expect_each_his_own(two)


def _streamed(user: User) -> StreamingHttpResponse:
    def parts() -> Iterator[bytes]:
        for _ in range(3):
            yield f"{rows(_CASES)}".encode()
        for case in Case.objects.order_by("pk").iterator(chunk_size=1):
            yield case.loan_no.encode()

    request = RequestFactory().get("/")
    request.user = user
    answer: StreamingHttpResponse = BehindTheWall(lambda _: StreamingHttpResponse(parts()))(request)
    return answer


def _in_a_thread(work: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    told: list[Any] = []

    def run() -> None:
        try:
            told.append(work())
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, told


def test_a_stream_shares_with_who_asks_meanwhile(two: Two, way: str) -> None:
    answer = _streamed(two.first)
    stream = iter(answer)
    sent = [next(stream)]

    thread, told = _in_a_thread(lambda: shown(two.second))
    if way == "pgbouncer":  # between two parts the one session is lent to the other
        thread.join(60)
    sent += list(stream)
    answer.close()
    connection.close()
    thread.join(60)

    assert sent == [b"['PLACED-1']"] * 3 + [b"PLACED-1"]
    assert told == [["OTHERS-9"]]
    expect_each_his_own(two)


def test_a_stream_that_nobody_reads_to_its_end(two: Two) -> None:
    for _ in range(3):
        answer = _streamed(two.first)
        stream = iter(answer)
        assert [next(stream) for _ in range(4)][-1] == b"PLACED-1"
        connection.close_if_unusable_or_obsolete()
        assert shown(two.second) == ["OTHERS-9"]
        answer.close()
    expect_each_his_own(two)


def test_what_a_session_keeps_for_the_house_is_refused(two: Two) -> None:
    def append(_: Any) -> HttpResponse:
        keys = [f"k{n}" for n in range(600)]
        at = now()
        told = [
            Record(
                kind="note.added", subject="PLACED-1", payload={}, actor="", key=key, occurred_at=at
            )
            for key in keys
        ]
        assert record_many(told[:1]) == 1
        # One of them is known, so that all are put into the session's table and looked for.
        assert record_many(told) == len(told) - 1
        return HttpResponse()

    ask(two.first, append)
    with as_house():
        assert rows("select count(*) > 0 from pg_temp.evidence_given") == [True]
    connection.close_if_unusable_or_obsolete()
    for user in (two.second, two.first, None):
        with pytest.raises(DatabaseError, match="permission denied"):
            shown(user, "select * from pg_temp.evidence_given")
    assert shown(two.first, "select count(*) from evidence_entry where key like 'k%'") == [600]


@pytest.mark.usefixtures("two")
def test_statements_that_a_session_keeps_go_to_whichever_there_is() -> None:
    asked = "select loan_no, %(word)s::text || '%' from casework_case where loan_no like %(like)s"

    def work() -> list[Any]:
        with transaction.atomic():
            ensure_tables({"kept_here": {"n": "integer"}})
            given = {"word": "x", "like": "P%"}
            first, second = run_kept([(asked, given), ("insert into kept_here values (1)", {})])
            assert (second.count, rows("select n from kept_here")) == (1, [1])
        return first.rows

    for _ in range(2):
        thread, told = _in_a_thread(work)
        thread.join(60)
        assert told == [[("PLACED-1", "x%")]]


def test_the_pages_of_two_agencies(two: Two) -> None:
    clients = {}
    for user in (two.first, two.second):
        clients[user] = Client()
        clients[user].force_login(user)
    for _ in range(2):
        for user, own, other in (
            (two.first, "PLACED-1", "OTHERS-9"),
            (two.second, "OTHERS-9", "PLACED-1"),
        ):
            queue = clients[user].get("/queue/").content.decode()
            assert (own in queue, other in queue) == (True, False)
            assert clients[user].get(f"/case/{own}/").status_code == 200
            assert clients[user].get(f"/case/{other}/").status_code == 404
            found = clients[user].post("/search/", {"q": other}, follow=True).content.decode()
            assert f"/case/{other}/" not in found
        anonymous = Client().get("/queue/")
        assert anonymous.status_code == 302
    assert left_behind() == (True, "")


def test_reads_share_a_transaction_that_ends_before_anything_is_written(two: Two) -> None:
    begun: list[Any] = []

    def view(_: Any) -> HttpResponse:
        begun.extend(rows("select now()") + rows("select now()"))
        assert Case.objects.filter(loan_no="PLACED-1").update(band="Z") == 1
        begun.extend(rows("select now()"))
        with transaction.atomic():
            Case.objects.filter(loan_no="PLACED-1").update(priority=7)
            begun.extend(rows("select now()"))
        begun.extend(rows("select now()"))
        rows("select 1 / 0")
        raise AssertionError

    with pytest.raises(DatabaseError, match="zero"):
        ask(two.first, view)

    assert begun[0] == begun[1]
    assert len(set(begun)) == 4
    assert Case.objects.filter(band="Z", priority=7).count() == 1
    assert left_behind() == (True, "")


def test_what_only_looks_like_a_read_is_done_all_the_same(two: Two) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "create function raise_priority() returns bigint language sql volatile as"
            " 'update casework_case set priority = 9 returning id'"
        )

    def view(_: Any) -> HttpResponse:
        assert rows(_CASES) == ["PLACED-1"]
        assert len(rows("select raise_priority()")) == 1
        rows("select 1 / 0")
        raise AssertionError

    try:
        with pytest.raises(DatabaseError, match="zero"):
            ask(two.first, view)
        done = Case.objects.filter(priority=9).values_list("loan_no", flat=True)
        assert list(done) == ["PLACED-1"]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("drop function raise_priority()")
    expect_each_his_own(two)


def test_a_request_may_begin_by_writing(two: Two) -> None:
    """Who he is has to be read first, which is no part of what he writes."""
    request = RequestFactory().get("/")

    def view(_: Any) -> HttpResponse:
        request.user = User.objects.get(pk=two.first.pk)
        assert Case.objects.update(band="Y") == 1
        return HttpResponse()

    BehindTheWall(view)(request)
    connection.close_if_unusable_or_obsolete()

    assert list(Case.objects.filter(band="Y").values_list("loan_no", flat=True)) == ["PLACED-1"]
    expect_each_his_own(two)
