"""What PostgreSQL shows to the role of the web: row-level security on every table of cases.

``TABLES`` says for each table which of its rows belong to what an agency has placed with it, and
``storeys`` which are shown to who sees a part of the lender's house.
``ensure_walls`` brings the database to that after every migration, so that a table which comes
later cannot be forgotten (``tests/access/test_walls.py`` holds every table there is against
``TABLES`` and ``OPEN``). Owner and workers pass by a policy of their own, also where the owner is
no superuser.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from psycopg import errors, sql

from carrears.access.agency_sight import agency_sight
from carrears.access.storeys import (
    CASE,
    DAY,
    ENTRY,
    LOAN,
    PARTY,
    PEOPLE_OF,
    RECORDING,
    STOREYS,
    of,
)
from carrears.database.fitness import UnfitDatabaseError, lacking, may

_MINE = "any (string_to_array(current_setting('carrears.org', true), ','))"
# By key, as lines of a timeline and contacts name the agency that did them; and by its people.
_OURS = (
    "(select g.key from access_organisation g"  # noqa: S608  of this module's own words
    f" where g.kind = 'agency' and g.id::text = {_MINE})"
)
_PEOPLE = (
    "(select m.user_id from access_membership m"  # noqa: S608  as above
    f" where m.organisation_id::text = {_MINE})"
)
_NAMES = f"(select u.username from access_user u where u.id in {_PEOPLE})"  # noqa: S608  as above
# What others did on its cases it is shown by the same table as on the pages.
_KINDS = ", ".join(f"'{kind}'" for kind in sorted(agency_sight().events))

# By table (``{0}``), the rows of an agency; each is read by the same role, and so behind its own
# wall.
TABLES: Mapping[str, str] = {
    "casework_placement": f"agency_id::text = {_MINE}"
    f" and from_on <= {DAY} and (until_on is null or until_on >= {DAY})",
    # What was over before it was placed is none of the agency's business, nor is a loan that is not
    # behind and was only reminded.
    "casework_case": "{0}.state <> 'watch' and exists (select from casework_placement p"
    " where p.obligor_no = {0}.obligor_no"
    " and ({0}.closed_on is null or p.from_on <= {0}.closed_on))",
    "casework_caseevent": f"({{0}}.agency in {_OURS} or {{0}}.kind in ({_KINDS})) and {CASE}",
    "casework_plannedaction": CASE,
    "casework_promise": CASE,
    "casework_promisepart": of("promise_id", "casework_promise"),
    "casework_hold": f"{CASE} or ({{0}}.case_id is null and {PARTY})",
    "casework_holdstep": of("hold_id", "casework_hold"),
    "casework_showing": CASE,
    "agencies_placing": "false",
    "agencies_batch": "false",
    "agencies_placingline": "false",
    "agencies_placementstep": "false",
    "agencies_invoice": "false",
    "agencies_invoiceline": "false",
    "agencies_invoicereject": "false",
    # An agency sees its own logs whatever was placed with it since; what they tell, while it is.
    "agencies_contactlog": f"agency_id::text = {_MINE}",
    "agencies_contactlogreject": of("log_id", "agencies_contactlog"),
    "agencies_loggedcontact": f"agency_id::text = {_MINE}",
    "agencies_recordingfile": f"agency_id::text = {_MINE}",
    "agencies_recordingreject": of("file_id", "agencies_recordingfile"),
    "agencies_loggedrecording": of("file_id", "agencies_recordingfile"),
    "agencies_destruction": f"agency_id::text = {_MINE}",
    "agencies_destroyedplacement": of("destruction_id", "agencies_destruction"),
    "casework_desk": "false",
    "casework_dayplan": "false",
    "casework_asked": "false",
    "casework_move": "false",
    "casework_movedcase": "false",
    "casework_holdingtogether": "false",
    "casework_heldtogether": "false",
    "casework_absence": "false",
    "conduct_verdictrecord": CASE,
    "conduct_complaint": "false",
    "conduct_complaintstep": "false",
    "conduct_dispute": CASE,
    "conduct_disputedloan": of("dispute_id", "conduct_dispute"),
    "conduct_disputestep": of("dispute_id", "conduct_dispute"),
    "conduct_disputedocument": of("dispute_id", "conduct_dispute"),
    "rights_rightsrequest": "false",
    "rights_contesteddecision": "false",
    "casework_ruling": "false",
    "rights_rightsstep": "false",
    "conduct_flaggednote": of("note_id", "casework_caseevent"),
    "conduct_donotcontact": PARTY,
    "outreach_attempt": CASE,
    "outreach_breach": of("attempt_id", "outreach_attempt"),
    "outreach_override": f"{{0}}.asked_by_id in {_PEOPLE} and {CASE}",
    "outreach_fieldvisit": CASE,
    "outreach_visitstep": of("visit_id", "outreach_fieldvisit"),
    "outreach_contactoutcome": f"{{0}}.agency in {_OURS} and {CASE}",
    "outreach_portalmessage": f"{PARTY} and {CASE}",
    "outreach_sendingagain": "false",
    "outreach_letteragain": "false",
    "outreach_unknowntext": "false",
    "outreach_textpart": "false",
    "outreach_receivedmail": "false",
    "outreach_mailattachment": "false",
    "outreach_receipt": of("delivery_id", "outreach_delivery"),
    "outreach_delivery": of("attempt_id", "outreach_attempt"),
    "outreach_letterbatch": "false",
    "outreach_letterstatusfile": "false",
    "outreach_letterstatusreject": "false",
    "outreach_printedletter": of("delivery_id", "outreach_delivery"),
    "outreach_opening": of("action_id", "casework_plannedaction"),
    "parties_loanparty": LOAN,
    "parties_party": "carrears_shows_party({0}.token)",
    "parties_contactpoint": PARTY,
    "parties_consent": PARTY,
    "parties_correction": PARTY,
    "parties_unmasking": PARTY,
    "parties_damagedkey": "false",
    "parties_sealedwords": PARTY,
    # The log as a whole is the lender's; an agency is shown what was done on its cases.
    # What its own people did on its cases, and what nobody did; a line's where the line is shown.
    "evidence_entry": f"({{0}}.actor = '' or {{0}}.actor in {_NAMES})"
    " and ({0}.kind not like 'case.%'"
    " or exists (select from casework_caseevent o where o.key = substr({0}.key, 6)))"
    f" and {of('subject', 'casework_case', 'loan_no')}",
    "evidence_position": ENTRY,
    "evidence_queuedentry": ENTRY,
    "warning_watchedloan": LOAN,
    "portfolio_receivedpayment": LOAN,
    "portfolio_receivedevent": LOAN,
    "event_inbox": LOAN,
    "exchange_rejectedrow": "false",
    "conduct_rejectedlisting": "false",
    "notices_notice": LOAN,
    "notices_staffmessage": of("notice_id", "notices_notice"),
    "savedviews_savedview": "false",
    "reports_reportschedule": "false",
    "reports_reportschedule_recipients": "false",
    "reports_reportrun": "false",
    "reports_reportmail": "false",
    "signin_invitation": "false",
    "signin_proposal": "false",
    "bundles_preparedbundle": "false",
    "vault_storedobject": CASE,
    "vault_legalhold": of("stored_id", "vault_storedobject", "token") + f" or {LOAN}",
    "recordings_recording": f"{{0}}.staff_id in {_PEOPLE} and {CASE}",
    "recordings_duerecording": CASE,
    "recordings_part": RECORDING,
    "recordings_playback": RECORDING,
    "recordings_recordedcontact": of("attempt_id", "outreach_attempt"),
}


# Of what no wall stands around, all that requests of agencies, and of who is nobody yet, write by
# themselves; they read the rest. What may give somebody a right (users, roles, places, tokens) is
# written for the house (``database.wall.as_house``) or not at all.
WRITTEN: Mapping[str, str] = {
    "access_apitoken": "update (last_used_at)",
    "axes_accessattempt": "insert, update, delete",
    "axes_accessattemptexpiration": "insert, update, delete",
    "django_session": "insert, update, delete",
    "mfa_authenticator": "insert, update, delete",
    "notices_preference": "insert, update",
    "procrastinate_events": "insert",
    "procrastinate_jobs": "insert",
    "recordings_chunk": "insert",
    "signin_cache": "insert, update, delete",
    "signin_rate": "insert, update, delete",
    "signin_staffsession": "insert, update, delete",
    "vault_opening": "insert",
    "vault_opening_objects_opened": "insert",
}


# The index of names may serve no condition behind a wall, as its operator might tell of rows that
# the wall hides. The function tells tokens only, and what they stand for stays behind the wall.
_FIND_BY_NAME = sql.SQL("""
create or replace function parties_named(tokens bytea[]) returns setof uuid
  language sql stable security definer set search_path = public, pg_temp rows 100
  as 'select token from parties_party where name_tokens @> tokens';
revoke all on function parties_named(bytea[]) from public;
grant execute on function parties_named(bytea[]) to {web}
""")

# Whether somebody has a debtor, and the cases that a dispute names, decide whether they are shown:
# asked from behind the wall, the wall would ask for itself.
_DECIDE = sql.SQL("""
create or replace function carrears_is_placed(debtor text, today date) returns boolean
  language plpgsql stable security definer set search_path = public, pg_temp
  as 'begin return exists (select from casework_placement p where p.obligor_no = debtor
    and p.from_on <= today and (p.until_on is null or p.until_on >= today)); end';
create or replace function carrears_disputed_cases(dispute bigint) returns bigint[]
  language plpgsql stable security definer set search_path = public, pg_temp
  as 'begin return array(select l.case_id from conduct_disputedloan l
    where l.dispute_id = dispute and l.case_id is not null); end';
revoke all on function carrears_is_placed(text, date), carrears_disputed_cases(bigint) from public;
grant execute on function carrears_is_placed(text, date), carrears_disputed_cases(bigint) to {part}
""")


# They look as whoever asks, and so from behind the walls of the tables that they look at: each adds
# no sight of its own.
_LOOKS: Mapping[str, tuple[str, ...]] = {
    "carrears_shows_case(wanted bigint)": (
        "exists (select from public.casework_case c where c.id = wanted)",
    ),
    "carrears_shows_debtor(wanted text)": (
        "exists (select from casework_case c where c.obligor_no = wanted and c.state = 'open')",
    ),
    # The borrower first: most are, and his case is found by one look at an index.
    "carrears_shows_party(wanted uuid)": (
        "exists (select from public.casework_case c where c.party_id = wanted)",
        "exists (select from public.parties_loanparty l where l.party_id = wanted)",
    ),
}


def _look(head: str, shown: tuple[str, ...]) -> sql.Composed:
    # One after the other: within one statement, what is not needed would be made ready as well.
    # One plan for all: left to itself, the server thought a debtor's worth a new plan at each look.
    first = "".join(f" if {one} then return true; end if;" for one in shown[:-1])
    return sql.SQL(
        "create or replace function {head} returns boolean language plpgsql stable strict"
        " security invoker set plan_cache_mode = force_generic_plan as {body}"
    ).format(head=sql.SQL(head), body=sql.Literal(f"begin{first} return {shown[-1]}; end"))


def ensure_walls(*, anew: bool = False, keep_rights: bool = False) -> None:
    """Give the roles of the web their rights, and every table of ``TABLES`` its policies.

    A table whose walls stand as they were made is left alone: to touch them takes it from
    everybody for a moment. ``anew`` makes all of them again. With ``keep_rights`` nothing is taken
    from a role, as a process of the old release may still ask for it.

    Raises:
        UnfitDatabaseError: the role is lacking and this database user may not make it.
    """
    roles = settings.WEB_ROLES
    for role in roles.values():
        ensure_role(role)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = current_schema()")
        there = {name for (name,) in cursor.fetchall()}
        for role in (roles["inside"], roles["part"]):
            cursor.execute(_grants(role))
        for statement in _few_grants(roles["outside"], there, keep_rights=keep_rights):
            cursor.execute(statement)
        web = sql.SQL(", ").join(map(sql.Identifier, roles.values()))
        cursor.execute(_FIND_BY_NAME.format(web=web))
        cursor.execute(PEOPLE_OF)
        cursor.execute(_DECIDE.format(part=sql.Identifier(roles["part"])))
        for head, shown in _LOOKS.items():
            cursor.execute(_look(head, shown))
        stand = {} if anew else _stand(cursor)
        for name, mine in TABLES.items():
            policies = _policies(name, mine)
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


def _few_grants(role: str, there: set[str], *, keep_rights: bool) -> Iterator[sql.Composed]:
    """Agencies write what a wall shows them some rows of, and what ``WRITTEN`` names."""
    name = sql.Identifier(role)
    if not keep_rights:
        taken = "revoke all on all tables in schema public from {role}"
        yield sql.SQL(taken).format(role=name)
    yield sql.SQL(
        "grant usage on schema public to {role};"
        "grant select on all tables in schema public to {role};"
        "grant usage, select on all sequences in schema public to {role}"
    ).format(role=name)
    shown = {table: "insert, update, delete" for table, mine in TABLES.items() if mine != "false"}
    for table, rights in sorted({**shown, **WRITTEN}.items()):
        if table in there:
            yield sql.SQL("grant {rights} on {table} to {role}").format(
                rights=sql.SQL(rights), table=sql.Identifier(table), role=name
            )


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


def _policies(name: str, mine: str) -> sql.Composed:
    return sql.SQL(
        "alter table {table} enable row level security;"
        "alter table {table} force row level security;"
        "drop policy if exists carrears_house on {table};"
        "create policy carrears_house on {table} to current_user, {inside} using (true);"
        "drop policy if exists carrears_wall on {table};"
        "create policy carrears_wall on {table} to {outside} using ({mine});"
        "drop policy if exists carrears_storey on {table};"
        "create policy carrears_storey on {table} to {part} using ({within})"
    ).format(
        table=sql.Identifier(name),
        inside=sql.Identifier(settings.WEB_ROLES["inside"]),
        outside=sql.Identifier(settings.WEB_ROLES["outside"]),
        part=sql.Identifier(settings.WEB_ROLES["part"]),
        mine=sql.SQL(mine.format(name)),  # of this module's own words
        within=sql.SQL(STOREYS.get(name, mine).format(name)),  # see above
    )
