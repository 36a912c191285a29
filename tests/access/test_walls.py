"""The second wall: what PostgreSQL itself shows to a request, by raw SQL and past every view."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from access.outsiders import Abroad, go_abroad, open_agency, place
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory
from factories import make_action, make_case, make_user

from carrears.access.middleware import BehindTheWall
from carrears.access.models import User
from carrears.access.walls import TABLES, WRITTEN, ensure_walls
from carrears.casework.models import Case, CaseEvent, CaseState
from carrears.casework.services import add_note
from carrears.clock import now
from carrears.database.wall import as_house
from carrears.evidence.models import StoredCheckpoint
from carrears.evidence.services import record, sequence
from carrears.outreach.calls import book_call
from carrears.outreach.models import Attempt
from carrears.parties.models import Party
from carrears.parties.queries import search_by_name

# Tables of which the web may see every row: they hold nothing of a case, or nothing in clear.
OPEN = {
    "access_apitoken", "access_membership", "access_organisation", "access_user",
    "access_user_groups", "access_user_user_permissions", "account_emailaddress",
    "account_emailconfirmation", "auth_group", "axes_accessattempt",
    "axes_accessattemptexpiration", "axes_accessfailurelog", "axes_accesslog",
    "auth_group_permissions", "auth_permission", "django_content_type", "django_migrations",
    "django_session", "mfa_authenticator", "signin_cache",
    "signin_rate", "signin_staffsession", "socialaccount_socialaccount",
    "socialaccount_socialapp", "socialaccount_socialtoken",
    # Hashes of the log and what was signed of them: made to be shown to anybody.
    "evidence_storedanchor", "evidence_storedcheckpoint", "evidence_storedcosignature",
    "evidence_storedtile",
    "evidence_storedtimestamp", "evidence_verificationrun", "evidence_witnessstate",
    # What is amiss in the house, in figures.
    "alerts_alert", "alerts_alertmessage", "alerts_telling",
    # Of the house: books, days, strategies, experiments, lists and mandates.
    "conduct_industrylist", "conduct_listing", "conduct_listupload", "conduct_mandate",
    "dayrun_dayrun",
    "dayrun_daystep", "dayrun_stripestep", "exchange_tapeimport", "experiments_arm",
    "experiments_enrolment", "experiments_experiment", "experiments_figure",
    "notices_preference", "outreach_pacing", "outreach_templateevent", "outreach_templateversion",
    "parties_retiredkey", "portfolio_snapshot", "simulation_simulation", "strategy_draft",
    "strategy_publication", "strategy_strategyevent", "strategy_strategyversion",
    "warning_levelchange",
    # Background jobs carry numbers.
    "procrastinate_events", "procrastinate_jobs", "procrastinate_periodic_defers",
    "procrastinate_workers",
    # Sealed pieces, which nothing but their recording or object names.
    "recordings_chunk", "vault_opening", "vault_opening_objects_opened",
}  # fmt: skip
CASE_TABLES = sorted(TABLES)


def ask(user: User | None, view: Any) -> Any:
    """Run a view in a request of this user, behind the wall, as the server does."""
    request = RequestFactory().get("/")
    if user is not None:
        request.user = User.objects.get(pk=user.pk)
    return BehindTheWall(view)(request)


def asked(user: User | None, statement: str) -> list[Any]:
    """What this user's request gets for raw SQL."""

    def view(_: Any) -> HttpResponse:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return HttpResponse(str([row[0] for row in cursor.fetchall()]))

    return list(eval(ask(user, view).content.decode()))  # noqa: S307  our own text


@pytest.fixture
def abroad() -> Abroad:
    return go_abroad()


@pytest.mark.django_db
def test_every_table_is_behind_the_wall_or_open_for_a_reason() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = current_schema()")
        there = {name for (name,) in cursor.fetchall()}
        cursor.execute("select relname from pg_class where relrowsecurity and relforcerowsecurity")
        forced = {name for (name,) in cursor.fetchall()}

    assert there == set(TABLES) | OPEN
    assert forced == set(TABLES)


@pytest.mark.django_db
def test_an_agency_writes_what_it_is_shown_some_of_and_little_else() -> None:
    role = settings.WEB_ROLES["outside"]
    writes = set()
    with connection.cursor() as cursor:
        for table in sorted(set(TABLES) | OPEN):
            for right in ("insert", "update", "delete", "truncate", "references", "trigger"):
                cursor.execute("select has_table_privilege(%s, %s, %s)", [role, table, right])
                if cursor.fetchone()[0]:
                    writes.add((table, right))
            cursor.execute("select has_table_privilege(%s, %s, 'select')", [role, table])
            assert cursor.fetchone()[0] is True

    shown = {table for table, mine in TABLES.items() if mine != "false"}
    whole = {table for table, rights in WRITTEN.items() if "(" not in rights}
    assert {table for table, _ in writes} == shown | whole
    assert {right for _, right in writes} == {"insert", "update", "delete"}
    assert shown & WRITTEN.keys() == set()
    assert WRITTEN.keys() <= OPEN


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "update access_user set is_superuser = true",
        "update access_user set password = ''",
        (
            "insert into access_user_groups (user_id, group_id) select u.id, g.id"
            " from access_user u, auth_group g"
        ),
        (
            "insert into auth_group_permissions (group_id, permission_id) select g.id, p.id"
            " from auth_group g, auth_permission p"
        ),
        "update access_membership set organisation_id = organisation_id",
        "delete from access_membership",
        "update access_organisation set kind = 'lender'",
        "update access_apitoken set scopes = '{*:*}'",
        "insert into access_apitoken (user_id, name) select id, 'x' from access_user",
        "update strategy_strategyversion set id = id",
        "delete from conduct_listing",
        "update evidence_witnessstate set refusal = ''",
        "update signin_proposal set decided_at = now()",
        "insert into agencies_batch default values",
        "truncate django_session",
    ],
)
def test_an_agency_gives_itself_no_right_by_raw_sql(abroad: Abroad, statement: str) -> None:
    def view(_: Any) -> HttpResponse:
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
        return HttpResponse("")

    ask(abroad.user, view)
    ask(None, view)


@pytest.mark.django_db
def test_what_comes_back_after_an_upgrade_is_taken_again() -> None:
    role = settings.WEB_ROLES["outside"]
    asked = "select has_table_privilege(%s, 'auth_group', 'insert')"
    with connection.cursor() as cursor:
        cursor.execute(f"grant insert on auth_group to {role}")
        ensure_walls(keep_rights=True)  # an old release may still ask
        cursor.execute(asked, [role])
        assert cursor.fetchone() == (True,)
        ensure_walls()
        cursor.execute(asked, [role])
        assert cursor.fetchone() == (False,)


@pytest.mark.django_db
def test_the_roles_of_the_web_cannot_pass() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select rolsuper, rolbypassrls, rolcanlogin from pg_roles where rolname = any (%s)",
            [list(settings.WEB_ROLES.values())],
        )
        assert cursor.fetchall() == [(False, False, False)] * 3


@pytest.mark.django_db
def test_raw_sql_shows_an_agency_what_is_placed_with_it(abroad: Abroad) -> None:
    for case in (abroad.placed, abroad.other):
        add_note(case, text="spoke to him", by=abroad.user, at=now())
        make_action(case=case)
        assert case.party is not None
        book_call(case, party=case.party, key="first", by=None)

    loans = "select loan_no from casework_case"
    assert asked(abroad.user, loans) == ["PLACED-1"]
    for table in (
        "casework_caseevent", "casework_plannedaction", "outreach_attempt", "conduct_verdictrecord",
    ):  # fmt: skip
        assert asked(abroad.user, f"select case_id from {table}") == [abroad.placed.pk]  # noqa: S608  ours
    people = "select token::text from parties_party"
    assert asked(abroad.user, people) == [str(abroad.placed.party_id)]
    assert asked(abroad.user, "select distinct party_id::text from parties_contactpoint") == [
        str(abroad.placed.party_id)
    ]


@pytest.mark.django_db
def test_an_agency_is_shown_no_loan_that_was_only_reminded(abroad: Abroad) -> None:
    Case.objects.filter(pk=abroad.placed.pk).update(state=CaseState.WATCH)

    assert asked(abroad.user, "select loan_no from casework_case") == []
    assert asked(abroad.user, "select token::text from parties_party") == []


@pytest.mark.django_db
@pytest.mark.parametrize("table", CASE_TABLES)
def test_nobody_and_who_has_no_home_get_no_row(abroad: Abroad, table: str) -> None:
    abroad.user.memberships.all().delete()

    statement = f"select count(*) from {table}"  # noqa: S608  one of our own tables
    assert asked(None, statement) == [0]
    assert asked(abroad.user, statement) == [0]


@pytest.mark.django_db
def test_the_log_shows_an_agency_what_was_done_on_its_cases(abroad: Abroad) -> None:
    def write(request: Any) -> HttpResponse:
        add_note(abroad.placed, text="spoke to him", by=abroad.user, at=now())
        record("account.unlocked", subject="somebody", payload={}, actor="", key="x",
               occurred_at=now())  # fmt: skip
        assert request.user == abroad.user
        return HttpResponse("")

    ask(abroad.user, write)  # whoever acts writes, also of what he is not shown
    add_note(abroad.other, text="spoke to another", by=None, at=now())
    everything = asked(make_user(role="auditor"), "select subject from evidence_entry order by id")
    assert everything == ["organisation:HENGXIN", "PLACED-1", "somebody", "OTHERS-9"]

    assert asked(abroad.user, "select subject from evidence_entry") == ["PLACED-1"]
    queued = "select count(*) from evidence_queuedentry"
    assert (asked(abroad.user, queued), asked(None, queued)) == ([1], [0])

    def seal(_: Any) -> HttpResponse:
        sequence()
        return HttpResponse("")

    ask(abroad.user, seal)  # the whole log, not what he is shown of it
    sealed = StoredCheckpoint.objects.get()
    assert sealed.size == 4
    assert asked(abroad.user, "select count(*) from evidence_position") == [1]


@pytest.mark.django_db
def test_people_of_the_lender_get_all_and_another_agency_nothing(abroad: Abroad) -> None:
    loans = "select loan_no from casework_case order by 1"
    lead = make_user(role="team_lead")
    second = open_agency("SECOND")
    rival = make_user(role="agency_user", username="rival", organisation=second)

    assert asked(lead, loans) == ["OTHERS-9", "PLACED-1"]
    assert asked(rival, loans) == []
    place(abroad.other, second)
    assert asked(rival, loans) == ["OTHERS-9"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "update casework_case set priority = 1 where loan_no = 'OTHERS-9' returning 1",
        "delete from casework_plannedaction returning 1",
        "update parties_party set region = 'x' where token <> '{mine}' returning 1",
    ],
)
def test_what_is_not_shown_is_not_changed(abroad: Abroad, statement: str) -> None:
    make_action(case=abroad.other)
    assert asked(abroad.user, statement.format(mine=abroad.placed.party_id)) == []


@pytest.mark.django_db
def test_nothing_is_written_for_anothers_case(abroad: Abroad) -> None:
    def view(_: Any) -> HttpResponse:
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            CaseEvent.objects.create(case=abroad.other, key="x", happened_at=now(), kind="note")
        return HttpResponse(str(Case.objects.count()))

    assert ask(abroad.user, view).content == b"1"
    assert not CaseEvent.objects.exists()


@pytest.mark.django_db
def test_a_savepoint_that_is_rolled_back_leaves_the_wall(abroad: Abroad) -> None:
    counts = []

    def fail_after_counting() -> None:
        with transaction.atomic():
            counts.append(Case.objects.count())
            with as_house():
                counts.append(Case.objects.count())
                raise ZeroDivisionError

    def view(_: Any) -> HttpResponse:
        for _again in range(2):
            with pytest.raises(ZeroDivisionError):
                fail_after_counting()
            counts.append(Case.objects.count())
        return HttpResponse("")

    ask(abroad.user, view)

    assert counts == [1, 2, 1, 1, 2, 1]


@pytest.mark.django_db(transaction=True)
def test_nothing_outlives_a_request_on_its_connection() -> None:
    """A pool of one: the same connection is used by one after the other."""
    ensure_walls()
    abroad = go_abroad()
    loans = "select loan_no from casework_case order by 1"
    lead = make_user(role="team_lead")

    def fail(_: Any) -> HttpResponse:
        with transaction.atomic():
            Case.objects.count()
            raise ZeroDivisionError

    raw = connection.connection
    for user, sees in (
        (lead, ["OTHERS-9", "PLACED-1"]), (None, []), (abroad.user, ["PLACED-1"]), (None, []),
    ):  # fmt: skip
        assert asked(user, loans) == sees
        with pytest.raises(ZeroDivisionError):
            ask(user, fail)
        with connection.cursor() as cursor:
            cursor.execute(
                "select current_user = session_user,"
                " coalesce(current_setting('carrears.org', true), '')"
            )
            assert cursor.fetchone() == (True, "")
        # Whoever borrows the connection as the web, and says nothing, is shown nothing.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"set local role {settings.WEB_ROLES['outside']}")
            cursor.execute("select count(*) from casework_case")
            assert cursor.fetchone() == (0,)
    assert connection.connection is raw


@pytest.mark.django_db(transaction=True)
def test_what_is_streamed_is_asked_for_behind_the_wall() -> None:
    ensure_walls()
    abroad = go_abroad()

    def view(_: Any) -> StreamingHttpResponse:
        def lines() -> Iterator[str]:
            yield "first,"
            for case in Case.objects.iterator(chunk_size=1):
                yield f"{case.loan_no},"
            yield str(Party.objects.count())

        return StreamingHttpResponse(lines())

    assert b"".join(ask(abroad.user, view)) == b"first,PLACED-1,1"
    with connection.cursor() as cursor:
        cursor.execute("select current_user = session_user")
        assert cursor.fetchone() == (True,)


@pytest.mark.django_db
def test_people_are_found_by_name_among_ones_own(abroad: Abroad) -> None:
    make_case(loan_no="THIRD", name="孙试三")

    def view(_: Any) -> HttpResponse:
        return HttpResponse(f"{search_by_name('孙').count()} {search_by_name('钱').count()}")

    assert ask(make_user(role="team_lead"), view).content == b"2 1"
    assert ask(abroad.user, view).content == b"0 1"


@pytest.mark.django_db
def test_the_gate_counts_what_the_caller_cannot_see(abroad: Abroad) -> None:
    """Somebody stands behind another debt, too: the calls about it count all the same."""
    shared = abroad.placed.party
    assert shared is not None
    elsewhere = make_case(loan_no="ELSE", obligor_no="P-77", name="", party_id=shared.pk)
    theirs = book_call(elsewhere, party=shared, key="their call", by=None)
    told = []

    def view(_: Any) -> HttpResponse:
        told.append(Attempt.objects.filter(party=shared).count())
        attempt = book_call(abroad.placed, party=shared, key="ours", by=abroad.user)
        told.append(str(attempt.verdict.facts))
        return HttpResponse("")

    ask(abroad.user, view)

    assert told[0] == 0
    assert f"'A.{theirs.pk}'" in told[1]
