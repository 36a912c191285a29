"""Which addresses are open to people of agencies; every other is closed to them.

A new page or operation is closed until somebody puts it here, having looked whose rows it shows;
``tests/access/test_doors.py`` walks every address there is with somebody of an agency.
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.urls import ResolverMatch

from carrears.access.models import User
from carrears.access.seeing import reach_of

# The language, whether the server lives, and a link in a message: nothing of anybody's.
_OF_NOBODY = frozenset(
    {
        "login",
        "logout",
        "sso_login",
        "openid_connect_callback",
        "set_language",
        "health",
        "workbench:opt-out",
        "sms-push",  # a gateway tells of its texts, by signature or secret
        "sms-push-signed",
    }
)
# Signing in, and one's own account, password and second factor.
_OF_ONESELF = ("account_", "mfa_")
SCREENS = frozenset(
    {
        "workbench:dashboard",  # leads to the queue
        "workbench:queue",
        "workbench:next-case",  # of those that he sees
        "workbench:showing",
        "workbench:give-back",
        "workbench:search",
        "workbench:case",
        "workbench:timeline",
        "workbench:documents",  # of the vault, what its own people brought
        "workbench:files",
        "workbench:file-add",
        "workbench:file-open",
        "workbench:file",
        "workbench:file-content",
        "workbench:ledger",
        "workbench:reveal",
        "workbench:promise",
        "workbench:promise-withdraw",  # what its own people recorded
        "workbench:note",
        "workbench:mentions",  # people of its own agency
        "workbench:follow-up",
        "workbench:hold",
        "workbench:hold-end",
        "workbench:hold-lift",
        "workbench:holds",
        "workbench:disputes",  # of those that name a loan it was placed with
        "workbench:dispute",
        "workbench:dispute-new",
        "workbench:call",
        "workbench:call-result",
        "workbench:contact-told",
        "workbench:open-calls",
        "workbench:number-confirm",
        "workbench:visits",  # its own
        "workbench:visit",
        "workbench:visit-new",
        "workbench:visit-step",
        "workbench:visits-route",
        "workbench:visits-today",
        "workbench:visits-today-worker",
        "workbench:visits-today-data",
        "workbench:visits-today-tell",
        "workbench:contact-logs",  # its own
        "workbench:contact-log",
        "workbench:contact-log-bring",
        "workbench:contact-log-rejects",
        "workbench:agency-recordings",  # its own
        "workbench:agency-recordings-bring",
        "workbench:agency-recordings-rejects",
        "workbench:destruction",
        "workbench:destruction-state",
        "workbench:destruction-certificate",
        "workbench:destruction-paper",
        "workbench:own-settlement",
        "workbench:own-statement-file",
        "workbench:own-invoice",
        "workbench:own-invoice-file",
        "workbench:recording-begin",  # what he does is recorded as everybody's
        "workbench:recording-append",
        "workbench:recording-end",
        "workbench:notices",  # his own
        "workbench:notice-open",
        "workbench:notices-read",
        "workbench:notices-bell",
        "workbench:notices-choose",
        "workbench:rules",
        "workbench:rule",
    }
)
OPERATIONS = frozenset(
    {
        ("GET", "api/cases"),
        ("GET", "api/cases/<case_id>"),
        ("GET", "api/cases/<case_id>/events"),
        ("GET", "api/cases/<case_id>/promises"),
        ("POST", "api/cases/<case_id>/promises"),
        ("POST", "api/cases/<case_id>/promises/<promise_id>/withdraw"),
        ("POST", "api/cases/<case_id>/promises/<promise_id>/replace"),
        ("POST", "api/cases/<case_id>/calls"),
        ("POST", "api/attempts/<attempt_id>/result"),
        ("POST", "api/attempts/<attempt_id>/outcome"),
        ("GET", "api/cases/<case_id>/outcomes"),
        ("POST", "api/cases/<case_id>/outcomes"),
        ("GET", "api/disputes"),
        ("POST", "api/disputes"),
        ("GET", "api/disputes/kinds"),
        ("GET", "api/disputes/<dispute_id>"),
        ("GET", "api/holds"),
        ("POST", "api/holds/<hold_id>/end"),
        ("POST", "api/holds/<hold_id>/lift"),
        ("GET", "api/cases/<case_id>/documents"),
        ("GET", "api/cases/<case_id>/files"),
        ("POST", "api/cases/<case_id>/files"),
        ("POST", "api/cases/<case_id>/files/<token>/open"),
        ("GET", "api/cases/<case_id>/files/<token>/openings/<opening>/content"),
        ("GET", "api/cases/<case_id>/holds"),
        ("POST", "api/cases/<case_id>/holds"),
        ("GET", "api/visits"),
        ("GET", "api/visits/<visit_id>"),
        ("POST", "api/cases/<case_id>/visits"),
        ("POST", "api/visits/<visit_id>/steps"),
        ("POST", "api/visits/<visit_id>/call-off"),
        ("GET", "api/contact-logs"),
        ("POST", "api/contact-logs"),
        ("POST", "api/contact-logs/file"),
        ("GET", "api/contact-logs/<log_id>"),
        ("GET", "api/contact-logs/recordings"),
        ("POST", "api/contact-logs/recordings"),
        ("GET", "api/destructions"),
        ("POST", "api/destructions"),
        ("GET", "api/destructions/awaited"),
        ("GET", "api/destructions/<destruction_id>/certificate"),
        ("GET", "api/destructions/<destruction_id>/paper"),
        ("GET", "api/settlements/own"),
        ("GET", "api/settlements/own/invoices"),
        ("GET", "api/settlements/own/invoices/<invoice_id>/lines"),
        ("GET", "api/outcome-codes"),  # the house's words, nobody's rows
    }
)


def is_open(match: ResolverMatch, method: str) -> bool:
    """Whether people of agencies may come in here."""
    if (method, match.route) in OPERATIONS:
        return True
    return match.view_name in SCREENS or is_of_nobody(match.view_name)


def is_of_nobody(view_name: str) -> bool:
    """Whether a page shows nothing but who asks himself."""
    return view_name in _OF_NOBODY or view_name.startswith(_OF_ONESELF)


def refuse_outsiders(user: object, match: ResolverMatch | None, method: str) -> None:
    """Let whoever does not belong to the lender in by the open doors only.

    Raises:
        PermissionDenied: this door is closed to him, or he belongs nowhere today.
    """
    if not isinstance(user, User) or match is None or is_of_nobody(match.view_name):
        return
    reach = reach_of(user)
    if not reach.inside and not (reach.agency and is_open(match, method)):
        raise PermissionDenied("this is not open to people from outside the lender")
