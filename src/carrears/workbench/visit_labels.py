"""Names of the words of a field visit."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from carrears.workbench.label import Label

VISIT_LABELS: dict[str, dict[str, Label]] = {
    "visit_state": {
        "ordered": Label(_("Ordered"), "info", "calendar-clock"),
        "there": Label(_("At the door"), "accent", "map-pin"),
        "done": Label(_("Visit made"), "good", "check"),
        "blocked": Label(_("Blocked"), "bad", "ban"),
        "called_off": Label(_("Called off"), "plain", "x"),
        "stopped": Label(_("Stopped at the door"), "bad", "ban"),
    },
    "visit_step": {
        "check_in": Label(_("Check in")),
        "photo": Label(_("Photo")),
        "signature": Label(_("Signature")),
        "result": Label(_("Result")),
        "check_out": Label(_("Check out")),
    },
    "visit_standing": {
        "kept": Label(_("Kept as told"), "good", "check"),
        "stopped": Label(_("Stopped at the door"), "bad", "ban"),
        "waits": Label(_("Waits for the second to check in"), "warn", "clock"),
        "conflict": Label(_("Does not fit any more"), "warn", "triangle-alert"),
    },
    "visit_mark": {
        "breach": Label(_("Breach"), "bad", "shield-alert"),
        "conflict": Label(_("Does not fit any more"), "warn", "triangle-alert"),
        "late": Label(_("told afterwards"), "plain", "clock"),
    },
    "visit_position": {
        "denied": Label(_("position refused")),
        "unavailable": Label(_("no position to be had")),
    },
    "visit_announced": {
        "call": Label(_("Phone call")),
        "sms": Label(_("Text message")),
        "email": Label(_("E-mail")),
        "letter": Label(_("Letter")),
    },
    "visit_called_off": {
        "asked": Label(_("The person asked for it")),
        "settled": Label(_("Not needed any more")),
        "promise": Label(_("Promise recorded")),
        "staff": Label(_("The visitors cannot go")),
        "other": Label(_("Other")),
        "gate": Label(_("The gate let it go no more")),
    },
}
