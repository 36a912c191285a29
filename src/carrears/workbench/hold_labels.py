"""Names of what holds about stopping the collection of a case, and of many."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from carrears.workbench.label import Label

HOLD_LABELS: dict[str, dict[str, Label]] = {
    "hold": {
        "dispute": Label(_("Dispute")),
        "hardship": Label(_("Hardship")),
        "hospital": Label(_("In hospital")),
        "bereavement": Label(_("Bereavement")),
        "legal": Label(_("Legal proceedings")),
        "complaint": Label(_("Complaint")),
        "disaster": Label(_("Disaster area")),
        "death": Label(_("The debtor has died")),
        "insolvency": Label(_("Insolvency")),
        "moratorium": Label(_("Breathing space")),
        "personal": Label(_("Personal circumstances")),  # what an agency is told
    },
    "hold_state": {
        "waits": Label(_("Begins later"), "info", "calendar-clock"),
        "live": Label(_("Stopped"), "warn", "octagon-pause"),
        "over": Label(_("Run out"), "plain", "clock"),
        "lifted": Label(_("Lifted"), "good", "check"),
    },
    "holding_state": {
        "holding": Label(_("Being stopped"), "info", "hourglass"),
        "held": Label(_("Stopped"), "warn", "octagon-pause"),
        "lifting": Label(_("Being lifted"), "info", "hourglass"),
        "lifted": Label(_("Lifted"), "good", "check"),
    },
    "held_fared": {
        "waits": Label(_("to come")),
        "held": Label(_("stopped")),
        "before": Label(_("held already")),
        "gone": Label(_("nothing open any more")),
        "stopped": Label(_("not stopped, as the order was lifted before")),
        "broken": Label(_("ended with an error")),
        "lifted": Label(_("lifted")),
        "kept": Label(_("left, as it was changed or lifted by hand")),
    },
    "hold_list": {
        "live": Label(_("Those that stand")),
        "open_ended": Label(_("Without an end")),
        "over": Label(_("Over or lifted")),
        "all": Label(_("All")),
    },
    "hold_step": {
        "placed": Label(_("placed")),
        "moved": Label(_("end moved")),
        "lifted": Label(_("lifted")),
    },
}
