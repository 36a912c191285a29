"""What PostgreSQL shows to the role of the web: row-level security on every table of cases.

``TABLES`` says for each table which of its rows belong to what an agency has placed with it.
``ensure_walls`` brings the database to that after every migration, so that a table which comes
later cannot be forgotten (``tests/access/test_walls.py`` holds every table there is against
``TABLES`` and ``OPEN``). Owner and workers pass by a policy of their own, also where the owner is
no superuser.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from psycopg import errors, sql

from carrears.database.fitness import UnfitDatabaseError, lacking, may

_CASE = "case_id in (select c.id from casework_case c)"
_LOAN = "loan_no in (select c.loan_no from casework_case c)"
_PARTY = "party_id in (select p.token from parties_party p)"
_ENTRY = "entry_id in (select e.id from evidence_entry e)"
_MINE = "any (string_to_array(current_setting('carrears.org', true), ','))"
_DAY = "nullif(current_setting('carrears.day', true), '')::date"

# By table, the rows of an agency; each is read by the same role, and so behind its own wall.
TABLES: Mapping[str, str] = {
    "casework_placement": f"agency_id::text = {_MINE}"
    f" and from_on <= {_DAY} and (until_on is null or until_on >= {_DAY})",
    "casework_case": "obligor_no in (select p.obligor_no from casework_placement p)"
    " and (closed_on is null or exists (select from casework_placement p"
    " where p.obligor_no = casework_case.obligor_no and p.from_on <= casework_case.closed_on))",
    "casework_caseevent": _CASE,
    "casework_plannedaction": _CASE,
    "casework_promise": _CASE,
    "casework_promisepart": "promise_id in (select o.id from casework_promise o)",
    "casework_hold": _CASE,
    "casework_showing": _CASE,
    "casework_desk": "false",
    "casework_absence": "false",
    "conduct_verdictrecord": _CASE,
    "conduct_complaint": _CASE,
    "conduct_complaintstep": "complaint_id in (select o.id from conduct_complaint o)",
    "rights_rightsrequest": _CASE,
    "rights_contesteddecision": "request_id in (select o.id from rights_rightsrequest o)",
    "casework_ruling": _PARTY,
    "rights_rightsstep": "request_id in (select o.id from rights_rightsrequest o)",
    "conduct_flaggednote": "note_id in (select o.id from casework_caseevent o)",
    "conduct_donotcontact": _PARTY,
    "outreach_attempt": _CASE,
    "outreach_override": _CASE,
    "outreach_unknowntext": "false",
    "outreach_receipt": "delivery_id in (select o.id from outreach_delivery o)",
    "outreach_delivery": "attempt_id in (select o.id from outreach_attempt o)",
    "outreach_opening": "action_id in (select a.id from casework_plannedaction a)",
    "parties_loanparty": _LOAN,
    "parties_party": "token in (select l.party_id from parties_loanparty l)"
    " or token in (select c.party_id from casework_case c)",
    "parties_contactpoint": _PARTY,
    "parties_consent": _PARTY,
    "parties_correction": _PARTY,
    "parties_unmasking": _PARTY,
    # The log as a whole is the lender's; an agency is shown what was done on its cases.
    "evidence_entry": "subject in (select c.loan_no from casework_case c)",
    "evidence_position": _ENTRY,
    "evidence_queuedentry": _ENTRY,
    "warning_watchedloan": _LOAN,
    "portfolio_receivedpayment": _LOAN,
    "portfolio_receivedevent": _LOAN,
    "event_inbox": _LOAN,
    "exchange_rejectedrow": "false",
    "conduct_rejectedlisting": "false",
    "signin_invitation": "false",
    "signin_proposal": "false",
    "bundles_preparedbundle": _CASE,
    "vault_storedobject": _CASE,
    "vault_legalhold": "stored_id in (select o.token from vault_storedobject o)"
    " or loan_no in (select c.loan_no from casework_case c)",
    "recordings_recording": _CASE,
    "recordings_part": "recording_id in (select r.token from recordings_recording r)",
    "recordings_playback": "recording_id in (select r.token from recordings_recording r)",
    "recordings_recordedcontact": "attempt_id in (select o.id from outreach_attempt o)",
}


# The index of names may serve no condition behind a wall, as its operator might tell of rows that
# the wall hides. The function tells tokens only, and what they stand for stays behind the wall.
_FIND_BY_NAME = sql.SQL("""
create or replace function parties_named(tokens bytea[]) returns setof uuid
  language sql stable security definer set search_path = public, pg_temp rows 100
  as 'select token from parties_party where name_tokens @> tokens';
revoke all on function parties_named(bytea[]) from public;
grant execute on function parties_named(bytea[]) to {}
""")


def ensure_walls(*, anew: bool = False) -> None:
    """Give the role of the web its rights, and every table of ``TABLES`` its policies.

    A table whose walls stand as they were made is left alone: to touch them takes it from
    everybody for a moment. ``anew`` makes all of them again.

    Raises:
        UnfitDatabaseError: the role is lacking and this database user may not make it.
    """
    role = settings.WEB_ROLE
    ensure_role(role)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = current_schema()")
        there = {name for (name,) in cursor.fetchall()}
        cursor.execute(_grants(role))
        cursor.execute(_FIND_BY_NAME.format(sql.Identifier(role)))
        stand = {} if anew else _stand(cursor)
        for name, mine in TABLES.items():
            policies = _policies(name, mine, role)
            state, seal = stand.get(name, ("", ""))
            if name not in there or seal == _seal(policies, state):
                continue
            cursor.execute(policies)
            wanted = _seal(policies, _stand(cursor)[name][0])
            comment = sql.SQL("comment on policy carrears_wall on {} is {}")
            cursor.execute(comment.format(sql.Identifier(name), sql.Literal(wanted)))


def _stand(cursor: Any) -> dict[str, tuple[str, str]]:
    """How each table's walls stand, in short, and what was noted when they were made."""
    cursor.execute(_STANDING)
    return {name: (state, seal or "") for name, state, seal in cursor.fetchall()}


def _seal(policies: sql.Composed, state: str) -> str:
    made_by = f"{connection.settings_dict['USER']} {policies.as_string(None)}"
    return f"{sha256(made_by.encode()).hexdigest()[:16]} {state}"


def ensure_role(role: str) -> None:
    """Have the role as which requests ask the database; it belongs to the server.

    Raises:
        UnfitDatabaseError: this user may not make or take it, or it passes by row-level security.
    """
    with connection.cursor() as cursor:
        cursor.execute("select rolbypassrls or rolsuper from pg_roles where rolname = %s", [role])
        found = cursor.fetchone()
    if found and found[0]:
        raise UnfitDatabaseError(f"the role {role!r} passes by row-level security; it must not")
    if found is None:
        _try("create role {} nologin", role)
    if not may(role):
        _try("grant {} to current_user", role)


def _try(statement: str, role: str) -> None:
    # Roles are the server's, not the database's: two that migrate at once may both come here.
    known = (errors.DuplicateObject, errors.UniqueViolation)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(sql.Identifier(role)))
    except DatabaseError as error:
        if isinstance(error.__cause__, errors.InsufficientPrivilege):
            raise UnfitDatabaseError("\n".join(lacking())) from error
        if not isinstance(error.__cause__, known):
            raise


def _grants(role: str) -> sql.Composed:
    return sql.SQL(
        "grant usage on schema public to {role};"
        "grant select, insert, update, delete on all tables in schema public to {role};"
        "grant usage, select on all sequences in schema public to {role}"
    ).format(role=sql.Identifier(role))


# What stands around each table, in PostgreSQL's words, and the seal that was kept with it.
_STANDING = """
select c.relname, md5(concat_ws('|', c.relrowsecurity, c.relforcerowsecurity, (
    select string_agg(concat_ws('|', p.polname, p.polcmd, p.polpermissive, p.polroles::regrole[],
      pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)), '|'
      order by p.polname) from pg_policy p where p.polrelid = c.oid))),
  (select obj_description(p.oid, 'pg_policy') from pg_policy p
    where p.polrelid = c.oid and p.polname = 'carrears_wall')
from pg_class c where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'
"""


def _policies(name: str, mine: str, role: str) -> sql.Composed:
    # Asked once a statement, and so first: for the lender's own nothing else is looked at.
    shown = f"(select current_setting('carrears.org', true)) = '*' or ({mine})"
    return sql.SQL(
        "alter table {table} enable row level security;"
        "alter table {table} force row level security;"
        "drop policy if exists carrears_house on {table};"
        "create policy carrears_house on {table} to current_user using (true);"
        "drop policy if exists carrears_wall on {table};"
        "create policy carrears_wall on {table} to {role} using ({shown})"
    ).format(
        table=sql.Identifier(name),
        role=sql.Identifier(role),
        shown=sql.SQL(shown),  # of this module's own words
    )
