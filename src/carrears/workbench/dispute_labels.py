"""Names of the words of a dispute: where it stands, what was done, what it was answered."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from carrears.workbench.label import Label

DISPUTE_LABELS: dict[str, dict[str, Label]] = {
    "dispute_state": {
        "raised": Label(_("To be acknowledged"), "warn", "inbox"),
        "acknowledged": Label(_("Being looked into"), "info", "mail-check"),
        "asked": Label(_("Information asked"), "accent", "circle-help"),
        "answered": Label(_("Answered"), "good", "check"),
        "withdrawn": Label(_("Withdrawn"), "plain", "undo-2"),
    },
    "collection": {
        "stopped": Label(_("stopped"), "warn", "octagon-pause"),
        "goes_on": Label(_("goes on"), "plain", "check"),
        "no_case": Label(_("no open case"), "info", "shield-check"),
        "no_case_over": Label(_("no open case"), "plain", "check"),
    },
    "dispute_outcome": {
        "upheld": Label(_("Upheld"), "good", "check"),
        "partly": Label(_("Partly upheld"), "warn", "check"),
        "rejected": Label(pgettext_lazy("dispute", "Rejected"), "bad", "x"),
    },
    "dispute_step": {
        "received": Label(_("Received"), "warn", "inbox"),
        "acknowledge": Label(_("Acknowledge"), "info", "mail-check"),
        "ask": Label(_("Ask for information"), "accent", "circle-help"),
        "inform": Label(_("Information came in"), "info", "inbox"),
        "answer": Label(_("Answer"), "good", "check"),
        "withdraw": Label(_("Withdraw the dispute"), "plain", "undo-2"),
        "assign": Label(_("Assign"), "info", "user"),
        "note": Label(_("Note"), "plain", "notebook-pen"),
        "attach": Label(_("Attach a file"), "plain", "folder"),
        "raised": Label(_("Raised by itself"), "bad", "triangle-alert"),
    },
}
