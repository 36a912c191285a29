"""Names of the words of a complaint: where it stands, what it is about, what became of it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from carrears.workbench.label import Label

COMPLAINT_LABELS: dict[str, dict[str, Label]] = {
    "complaint_state": {
        "received": Label(_("Received"), "warn", "inbox"),
        "acknowledged": Label(_("Acknowledged"), "info", "mail-check"),
        "answered": Label(_("Answered"), "good", "check"),
        "escalated": Label(_("Escalated"), "bad", "flag"),
        "closed": Label(pgettext_lazy("complaint", "Closed"), "plain", "circle-check"),
    },
    "complaint_category": {
        "conduct": Label(_("Rude or threatening")),
        "frequency": Label(_("Too many contacts")),
        "hours": Label(_("At the wrong hour")),
        "third_party": Label(_("Others were told or called")),
        "privacy": Label(_("Personal data")),
        "wrong_person": Label(_("Wrong person")),
        "amount": Label(_("Amount or fees")),
        "payment": Label(_("Payment not booked")),
        "credit_report": Label(_("Credit report")),
        "vehicle": Label(_("Recovery of the car")),
        "service": Label(_("Service")),
        "other": Label(_("Other")),
    },
    "complaint_channel": {
        "phone": Label(_("Phone")),
        "email": Label(_("E-mail")),
        "letter": Label(_("Letter")),
        "web": Label(_("Web form")),
        "in_person": Label(_("In person")),
        "message": Label(_("Chat message")),
        "regulator": Label(_("Regulator")),
        "ombudsman": Label(_("Ombudsman")),
        "court": Label(_("Court")),
        "other": Label(_("Other")),
    },
    "complainant": {
        "borrower": Label(_("Borrower")),
        "guarantor": Label(_("Guarantor")),
        "contact": Label(_("Contact person")),
        "third_party": Label(_("Third party")),
        "representative": Label(_("Representative")),
    },
    "complaint_outcome": {
        "upheld": Label(_("Upheld"), "bad", "check"),
        "partly": Label(_("Partly upheld"), "warn", "check"),
        "not_upheld": Label(_("Not upheld"), "good", "x"),
        "withdrawn": Label(_("Withdrawn"), "plain", "undo-2"),
    },
    "complaint_remedy": {
        "none": Label(_("No remedy")),
        "apology": Label(_("Apology")),
        "correction": Label(_("Correction")),
        "refund": Label(_("Refund")),
        "waiver": Label(_("Waiver")),
        "contact_changed": Label(_("Contact changed as wished")),
        "training": Label(_("Training of the collector")),
        "agency_warned": Label(_("Agency warned")),
    },
    "complaint_step": {
        "received": Label(_("Received"), "warn", "inbox"),
        "acknowledge": Label(_("Acknowledge"), "info", "mail-check"),
        "answer": Label(_("Answer"), "good", "check"),
        "extend": Label(_("Extend the time"), "warn", "clock"),
        "escalate": Label(_("Escalate"), "bad", "flag"),
        "close": Label(_("Close the complaint"), "plain", "circle-check"),
        "assign": Label(_("Assign"), "info", "user"),
        "note": Label(_("Note"), "plain", "notebook-pen"),
        "raised": Label(_("Raised by itself"), "bad", "triangle-alert"),
    },
    "due": {
        "overdue": Label(_("Overdue"), "bad", "triangle-alert"),
        "soon": Label(_("Due soon"), "warn", "clock"),
        "later": Label(_("In time"), "plain", "clock"),
    },
}
