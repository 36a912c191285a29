"""What PostgreSQL shows the lender's own who see a part of the house: its storeys.

Collectors, and leads of a team or branch, ask as a role of their own, which says in each
transaction who asks, whose cases are his to see, whether the pool is, and on which day. So do
those of the house who see no case at all, programs and administrators, and are shown none.
``casework.seeing`` says the same of cases; ``tests/access/test_storeys.py`` holds the one against
the other. What hangs on a case or a person follows it. ``walls`` makes policies of this.
"""

from __future__ import annotations

from collections.abc import Mapping


def of(column: str, table: str, key: str = "id") -> str:
    """The rows (of ``{0}``) whose column names a row of another table that is shown.

    ``exists``, as the planner then weighs a look at the index for each row against a table of all;
    with ``in`` it would count the whole table anew for every row that a join leads to.
    """
    return f"exists (select from {table} o where o.{key} = {{0}}.{column})"


# What hangs on a case or a person asks by a function, whose plan a session keeps: spelled out, the
# walls within walls of a dozen tables cost the planner more than all else of a page.
CASE = "carrears_shows_case({0}.case_id)"
LOAN = of("loan_no", "casework_case", "loan_no")
PARTY = "carrears_shows_party({0}.party_id)"
ENTRY = of("entry_id", "evidence_entry")
RECORDING = of("recording_id", "recordings_recording", "token")
DAY = "nullif(current_setting('carrears.day', true), '')::date"

_ME = "nullif(current_setting('carrears.user', true), '')::bigint"
_POOL = "current_setting('carrears.pool', true) = 'seen'"
# He himself and whose work he sees, by number: told once a transaction, as a look at every
# membership for each row that hangs on a case took longer than the page (``PEOPLE_OF``). Read once
# a query, as a sub-select: for each row it was a third of what two thousand cases took.
_PEOPLE = (
    "any ((select string_to_array(current_setting('carrears.people', true), ',')::bigint[])"
    "::bigint[])"
)
PEOPLE_OF = """
create or replace function carrears_people(who bigint, places text, today date) returns text
  language sql stable security invoker as
  'select string_agg(p.pk::text, '','') from (
    select who as pk union select m.user_id from access_membership m
    where m.organisation_id::text = any (string_to_array(places, '',''))
      and m.from_on <= today and (m.until_on is null or m.until_on >= today)) p'
"""
# Who sees no case at all sees none that is his by some older day either.
_CASES = "current_setting('carrears.cases', true) is distinct from 'none'"
_EVERYBODY = "true"  # of the lender's house: it tells nothing of a debtor
_NOBODY = "false"


def _worked(column: str) -> str:
    """What is his own work, or that of people whose work he sees."""
    return f"{{0}}.{column} = {_PEOPLE}"


def _his(column: str) -> str:
    return f"{{0}}.{column} = {_ME}"


def _his_case(column: str) -> str:
    """What is his, unless he sees no case."""
    return f"({_CASES} and {_his(column)})"


# A user of the database who may take every role is behind the policies of all of them at once. So
# no table may ask, for one role or another, for a table that asks for it: but by a function.
# By table, what they are shown where that is not what follows from a case as it does for agencies.
STOREYS: Mapping[str, str] = {
    "casework_case": f"({_CASES} and {_worked('assignee_id')}) or ({_POOL}"
    f" and {{0}}.assignee_id is null and not carrears_is_placed({{0}}.obligor_no, {DAY}))",
    "casework_placement": f"({_CASES} and {_worked('placed_by_id')})"
    " or carrears_shows_debtor({0}.obligor_no)",
    "casework_caseevent": CASE,
    # Of people's work: no debtor's.
    "casework_desk": _EVERYBODY,
    "casework_absence": _EVERYBODY,
    "casework_dayplan": _worked("user_id"),
    "casework_asked": _his("by_id"),
    # A move tells how many; which, its cases and the evidence say.
    "casework_move": _EVERYBODY,
    "casework_movedcase": f"({_CASES} and ({_worked('before_id')} or {_worked('after_id')}))"
    f" or {CASE}",
    "casework_holdingtogether": _his("asked_by_id"),
    "casework_heldtogether": of("order_id", "casework_holdingtogether"),
    "casework_ruling": f"{LOAN} or {PARTY}",
    "agencies_placementstep": of("placement_id", "casework_placement"),
    "agencies_batch": _EVERYBODY,  # by which terms: the debtors are lines of its placing
    "agencies_contactlog": of("id", "agencies_loggedcontact", "log_id"),
    "agencies_contactlogreject": _NOBODY,
    "agencies_loggedcontact": of("attempt_id", "outreach_attempt")
    + f" or {of('outcome_id', 'outreach_contactoutcome')}",
    "agencies_recordingfile": _NOBODY,
    "agencies_recordingreject": _NOBODY,
    "agencies_loggedrecording": of("contact_id", "agencies_loggedcontact"),
    "agencies_destruction": _NOBODY,
    "agencies_destroyedplacement": of("placement_id", "casework_placement"),
    "conduct_complaint": CASE,
    "conduct_complaintstep": of("complaint_id", "conduct_complaint"),
    # One that names loans of several cases is seen by who sees one of them; see ``casework.seeing``
    # for one of a loan without a case.
    "conduct_dispute": f"{CASE} or exists (select from"
    " unnest(carrears_disputed_cases({0}.id)) d where carrears_shows_case(d))"
    " or (carrears_disputed_cases({0}.id) = '{{}}' and {0}.case_id is null and"
    f" (({_CASES} and {_worked('assigned_to_id')}) or ({_POOL} and {{0}}.assigned_to_id is null)))",
    "rights_rightsrequest": CASE,
    "rights_rightsstep": of("request_id", "rights_rightsrequest"),
    "rights_contesteddecision": of("request_id", "rights_rightsrequest"),
    "outreach_override": CASE,
    "outreach_fieldvisit": f"{_his_case('first_id')} or {_his_case('second_id')} or {CASE}",
    "outreach_contactoutcome": CASE,
    "outreach_portalmessage": CASE,
    "outreach_sendingagain": of("stopped_by_id", "outreach_attempt"),
    "outreach_letteragain": of("delivery_id", "outreach_delivery"),
    "outreach_letterbatch": _EVERYBODY,
    "outreach_unknowntext": f"{CASE} or ({_POOL} and {{0}}.case_id is null)",
    "outreach_receivedmail": of("delivery_id", "outreach_delivery")
    + f" or ({_POOL} and {{0}}.delivery_id is null)"
    " or exists (select from outreach_mailattachment o where o.mail_id = {0}.id)",
    "outreach_mailattachment": f"{CASE} or {of('unknown_id', 'outreach_unknowntext')}",
    "evidence_entry": of("subject", "casework_case", "loan_no"),
    # A watched loan belongs to nobody yet.
    "warning_watchedloan": f"{_POOL} or {LOAN}",
    # Of a loan without a case, while it is watched or disputed.
    "parties_loanparty": f"{LOAN} or ({_POOL} and"
    f" {of('loan_no', 'warning_watchedloan', 'loan_no')}) or exists (select from conduct_dispute o"
    " where o.loan_no = {0}.loan_no and o.case_id is null)",
    "parties_damagedkey": _NOBODY,
    "notices_notice": f"{_worked('user_id')} or {LOAN}",
    "savedviews_savedview": f"{_his('owner_id')} or {{0}}.shared_with_id is not null",
    "reports_reportschedule": _EVERYBODY,
    "reports_reportschedule_recipients": _EVERYBODY,
    "reports_reportrun": _EVERYBODY,
    "reports_reportmail": _his("user_id"),
    "signin_invitation": _EVERYBODY,
    "signin_proposal": _EVERYBODY,
    "bundles_preparedbundle": CASE,
    "vault_storedobject": f"{CASE} or {_his_case('created_by_id')}"
    " or exists (select from conduct_disputedocument o where o.stored_id = {0}.token)",
    "recordings_recording": f"{_his_case('staff_id')} or {CASE}",
}
