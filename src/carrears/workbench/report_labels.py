"""What reports, their rhythms and what became of their mails are called."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from carrears.workbench.label import Label

REPORT_LABELS: dict[str, dict[str, Label]] = {
    "report": {
        "team": Label(_("Team now"), "plain", "gauge"),
        "promises": Label(_("Promise quality"), "plain", "calendar-clock"),
        "agencies": Label(_("Scorecard of agencies"), "plain", "handshake"),
        "book": Label(_("Key figures of the book"), "plain", "chart-line"),
    },
    "report_about": {
        "team": Label(_("figures of the day and service levels; each collector's day as CSV")),
        "promises": Label(_("promises due in the last thirty days; every grouping as CSV")),
        "agencies": Label(_("conduct and recovery in the last thirty days; both as CSV")),
        "book": Label(_("roll rates, cure rate, first-payment default of the last whole month")),
    },
    "report_mail": {
        "waiting": Label(_("Waiting"), "info", "hourglass"),
        "sent": Label(_("Sent"), "good", "check"),
        "barred": Label(_("Not sent"), "warn", "ban"),
        "failed": Label(_("Failed"), "bad", "triangle-alert"),
    },
    "report_error": {
        "inactive": Label(_("this account is closed")),
        "no_part": Label(_("does not see this team any more")),
        "no_right": Label(_("may not see this report any more")),
        "no_address": Label(_("has no e-mail address")),
        "stopped": Label(_("the report was stopped")),
        "not_ready": Label(_("the figures are being worked out")),
    },
}
