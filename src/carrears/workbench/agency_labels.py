"""Names of codes about agencies and their batches."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from carrears.workbench.label import Label

AGENCY_LABELS: dict[str, dict[str, Label]] = {
    "placing_state": {
        "proposed": Label(_("Waits for approval"), "warn", "hourglass"),
        "approved": Label(_("Is being placed"), "info", "clock"),
        "placed": Label(_("Placed"), "good", "circle-check"),
        "refused": Label(_("Refused"), "bad", "x"),
    },
    "line_state": {
        "waiting": Label(_("Not placed"), "plain", "hourglass"),
        "taken_out": Label(_("Taken out"), "plain", "x"),
        "recalled": Label(_("Called back"), "bad", "undo-2"),
        "over": Label(_("Returned"), "plain", "clock"),
        "coming": Label(_("To come"), "info", "clock"),
        "held": Label(_("On hold"), "warn", "octagon-pause"),
        "live": Label(_("With the agency"), "good", "circle-check"),
    },
    "invoice_verdict": {
        "agreed": Label(_("Agreed"), "good", "circle-check"),
        "differs": Label(_("Differs"), "warn", "triangle-alert"),
        "unknown": Label(_("Not known to us"), "bad", "circle-help"),
        "twice": Label(_("Claimed twice"), "bad", "x"),
        "missing": Label(_("Not claimed"), "info", "info"),
    },
    "breach": {
        "breach": Label(_("Breach: made without the gate"), "bad", "triangle-alert"),
        "late": Label(_("Breach: an earlier contact was told later"), "bad", "triangle-alert"),
    },
    "log_source": {
        "file": Label(_("File")),
        "api": Label(_("API")),
    },
    # Holds take out by their own reasons.
    "taken_out": {
        "death": Label(_("The debtor has died")),
        "insolvency": Label(_("Insolvency")),
        "moratorium": Label(_("Breathing space")),
        "legal": Label(_("Legal proceedings")),
        "dispute": Label(_("Dispute")),
        "complaint": Label(_("Complaint")),
        "bereavement": Label(_("Bereavement")),
        "hospital": Label(_("In hospital")),
        "hardship": Label(_("Hardship")),
        "disaster": Label(_("Disaster area")),
        "erased": Label(_("His data was erased")),
        "appeal": Label(_("An appeal against a decision is open")),
        "complaint_open": Label(_("A complaint is open")),
        "barred": Label(_("Must not be contacted")),
        "promise": Label(_("A promise is open")),
        "placed": Label(_("With an agency already")),
        "rest": Label(_("Too soon after the last agency")),
        "gone": Label(_("No open case any more")),
        "no_agency": Label(_("The rule's agency is not open")),
        "had_all": Label(_("Every agency of the rule had him")),
        "full": Label(_("The agencies have no room")),
    },
}
