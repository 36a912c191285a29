"""Names of codes in the reader's language, the tone and the icon they are shown with."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Label(NamedTuple):
    """A name; ``tone`` is one of good, bad, warn, info, accent, plain."""

    text: str | Promise
    tone: str = "plain"
    icon: str = ""


LABELS: dict[str, dict[str, Label]] = {
    "component": {
        "principal": Label(_("Principal")),
        "interest": Label(_("Interest")),
        "penalty": Label(_("Penalty interest")),
        "fee": Label(_("Fees")),
    },
    "case_state": {
        "open": Label(_("In collections"), "warn", "circle-dot"),
        "closed": Label(_("Closed"), "plain", "circle-check"),
    },
    "close_reason": {
        "cured": Label(_("Cured"), "good"),
        "paid_off": Label(_("Paid off"), "good"),
        "charged_off": Label(_("Charged off"), "bad"),
        "repossessed": Label(_("Car recovered"), "accent"),
        "other": Label(_("Other")),
    },
    "stage": {
        "current": Label(_("Not behind")),
        "early": Label(_("Early stage")),
        "mid": Label(_("Middle stage"), "warn"),
        "late": Label(_("Late stage"), "bad"),
    },
    "role": {
        "obligor": Label(_("Borrower")),
        "co_obligor": Label(_("Co-borrower")),
        "guarantor": Label(_("Guarantor")),
        "contact": Label(_("Contact person")),
    },
    "point": {
        "phone": Label(_("Phone"), icon="phone"),
        "email": Label(_("E-mail"), icon="mail"),
        "address": Label(_("Address"), icon="map-pin"),
    },
    "source": {
        "contract": Label(_("from the contract")),
        "debtor": Label(_("told by the borrower")),
        "bureau": Label(_("from the credit bureau")),
        "contact_person": Label(_("told by a contact person")),
        "public": Label(_("from a public record")),
        "import": Label(_("from the import")),
        "opt_out_link": Label(_("by the link in a message")),
    },
    "channel": {
        "email": Label(_("E-mail"), icon="mail"),
        "sms": Label(_("SMS"), icon="message-square"),
        "call": Label(_("Phone call"), icon="phone"),
        "letter": Label(_("Letter"), icon="file-text"),
        "visit": Label(_("Field visit"), icon="map-pin"),
        "legal": Label(_("Legal action"), icon="scale"),
        "review": Label(_("Review"), icon="eye"),
        "none": Label(_("No contact"), icon="ban"),
    },
    "action_state": {
        "planned": Label(_("Planned"), "info", "calendar-clock"),
        "sent": Label(_("Sent"), "good", "mail-check"),
        "blocked": Label(_("Blocked"), "bad", "ban"),
        "failed": Label(_("Failed"), "bad", "circle-x"),
        "cancelled": Label(_("Cancelled"), "plain", "x"),
        "done": Label(_("Done"), "good", "check"),
        "booked": Label(_("Being sent"), "info", "hourglass"),
        "overtaken": Label(_("Overtaken"), "plain", "x"),
    },
    "outcome": {
        "allow": Label(_("Allowed"), "good", "shield-check"),
        "block": Label(_("Blocked"), "bad", "shield-x"),
        "review": Label(_("Needs review"), "warn", "shield-alert"),
    },
    "hold": {
        "dispute": Label(_("Dispute")),
        "hardship": Label(_("Hardship")),
        "hospital": Label(_("In hospital")),
        "bereavement": Label(_("Bereavement")),
        "legal": Label(_("Legal proceedings")),
        "complaint": Label(_("Complaint")),
    },
    "flag": {
        "hold": Label(_("On hold"), "warn", "octagon-pause"),
        "dispute": Label(_("Disputed"), "warn", "flag"),
        "do_not_contact": Label(_("Do not contact"), "bad", "bell-off"),
        "broken_promise": Label(_("Broken promise"), "bad", "handshake"),
        "promise": Label(_("Promise open"), "info", "handshake"),
    },
    "event": {
        "opened": Label(_("Case opened"), "warn", "briefcase"),
        "closed": Label(_("Case closed"), "good", "circle-check"),
        "bucket": Label(_("Bucket changed"), "warn", "trending-up"),
        "treatment": Label(_("Treatment changed"), "info", "list-checks"),
        "promise": Label(_("Promise recorded"), "info", "handshake"),
        "promise_kept": Label(_("Promise kept"), "good", "handshake"),
        "promise_broken": Label(_("Promise broken"), "bad", "handshake"),
        "note": Label(_("Note"), "plain", "notebook-pen"),
        "hold": Label(_("Collection stopped"), "warn", "octagon-pause"),
        "hold_lifted": Label(_("Collection resumed"), "info", "circle-dot"),
        "payment": Label(_("Payment received"), "good", "banknote"),
        "reversal": Label(_("Payment taken back"), "bad", "undo-2"),
        "complaint": Label(_("Complaint"), "bad", "flag"),
        "bureau_change": Label(_("Credit score changed"), "warn", "trending-down"),
        "device_alarm": Label(_("Alarm of the car's device"), "bad", "shield-alert"),
        "phone_changed": Label(_("Phone number changed"), "warn", "phone"),
        "message": Label(_("Message"), "info", "mail"),
        "message_sent": Label(_("Message sent"), "good", "mail-check"),
        "message_blocked": Label(_("Message blocked"), "bad", "ban"),
        "message_failed": Label(_("Message failed"), "bad", "mail-x"),
        "planned": Label(_("Action planned"), "plain", "calendar-clock"),
        "assigned": Label(_("Case assigned"), "plain", "user-check"),
    },
    "alarm": {
        "offline": Label(_("device silent")),
        "tampered": Label(_("device opened")),
        "left_region": Label(_("car left its region")),
        "near_pawnshop": Label(_("car near a pawnshop")),
    },
    "import_state": {
        "running": Label(_("Running"), "info", "hourglass"),
        "done": Label(_("Imported"), "good", "check"),
        "refused": Label(_("Refused"), "bad", "file-x"),
    },
    "run_state": {
        "running": Label(_("Running"), "info", "hourglass"),
        "done": Label(_("Finished"), "good", "check"),
    },
    "step": {
        "snapshot": Label(_("Snapshot")),
        "delinquency": Label(_("Delinquency")),
        "risk": Label(_("Risk scores")),
        "strategy": Label(_("Strategy")),
        "cases": Label(_("Cases")),
        "actions": Label(_("Plan actions")),
        "plan": Label(_("Plan actions")),
        "contact": Label(_("Contact")),
        "conduct": Label(_("Conduct gate")),
        "send": Label(_("Sending")),
        "outreach": Label(_("Sending")),
        "evidence": Label(_("Evidence")),
        "summary": Label(_("Summary")),
    },
    "draft_state": {
        "open": Label(_("Draft"), "info", "notebook-pen"),
        "submitted": Label(_("Waits for approval"), "warn", "hourglass"),
        "published": Label(_("Published"), "good", "badge-check"),
        "discarded": Label(_("Discarded"), "plain", "x"),
    },
    "strategy_event": {
        "opened": Label(_("Draft opened")),
        "imported": Label(_("Brought in from a file")),
        "edited": Label(_("Edited")),
        "submitted": Label(_("Submitted for approval"), "warn"),
        "returned": Label(_("Returned"), "warn"),
        "published": Label(_("Approved and published"), "good"),
        "discarded": Label(_("Discarded")),
        "rolled_back": Label(_("Rolled back"), "bad"),
        "file": Label(_("Kept as the file said")),
    },
    "publication": {
        "approved": Label(_("approved by a second person"), "good"),
        "rolled_back": Label(_("rolled back"), "bad"),
        "file": Label(_("from the file")),
    },
    "change": {
        "added": Label(_("added"), "good"),
        "removed": Label(_("removed"), "bad"),
        "changed": Label(_("changed"), "warn"),
        "moved": Label(_("moved"), "info"),
    },
    "node": {
        "inputNode": Label(_("Input")),
        "outputNode": Label(_("Output")),
        "decisionTableNode": Label(_("Decision table")),
        "expressionNode": Label(_("Expressions")),
        "switchNode": Label(_("Switch")),
    },
    "table": {
        "loans": Label(_("Loans")),
        "instalments": Label(_("Instalments")),
        "payments": Label(_("Payments")),
        "events": Label(_("Events")),
        "reports": Label(_("Servicer's reports")),
        "parties": Label(_("Parties")),
    },
    "condition": {
        "new": Label(_("New car")),
        "used": Label(_("Used car")),
    },
    "language": {
        "zh-CN": Label(_("Chinese")),
        "en-US": Label(_("English")),
        "zh": Label(_("Chinese")),
        "en": Label(_("English")),
    },
}


def label_of(code: str, group: str) -> Label:
    """The label of a code; a code that is not known is shown as it is.

    Raises:
        KeyError: no such group.
    """
    return LABELS[group].get(code, Label(code))
