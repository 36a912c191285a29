"""Names of what has to do with strategies: drafts, simulations, experiments and their tables."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from carrears.workbench.label import Label
from carrears.workbench.template_labels import TEMPLATE_LABELS

STRATEGY_LABELS: dict[str, dict[str, Label]] = {
    "draft_state": {
        "open": Label(_("Draft"), "info", "notebook-pen"),
        "submitted": Label(_("Waits for approval"), "warn", "hourglass"),
        "published": Label(_("Published"), "good", "badge-check"),
        "discarded": Label(_("Discarded"), "plain", "x"),
    },
    "simulation_state": {
        "waiting": Label(_("Waits"), "plain", "hourglass"),
        "running": Label(_("Runs"), "info", "hourglass"),
        "done": Label(_("Done"), "good", "badge-check"),
        "failed": Label(_("Failed"), "bad", "triangle-alert"),
    },
    "experiment_state": {
        "planned": Label(_("Planned"), "info", "calendar-clock"),
        "running": Label(_("Runs"), "accent", "hourglass"),
        "stopped": Label(_("Stopped"), "warn", "octagon-pause"),
        "dropped": Label(_("Given up"), "plain", "x"),
    },
    "conclusion": {
        "proposed": Label(_("Waits for confirmation"), "warn", "hourglass"),
        "adopted": Label(_("Challenger adopted"), "good", "badge-check"),
        "kept": Label(_("Champion kept"), "good", "shield-check"),
    },
    "advice": {
        "": Label(_("No figures yet"), "plain", "clock"),
        "continue": Label(_("Let it run"), "info", "hourglass"),
        "adopt": Label(_("Adopt the challenger"), "good", "trending-up"),
        "keep": Label(_("Keep the champion"), "warn", "shield-check"),
        "no_difference": Label(_("No difference that matters"), "plain", "circle-check"),
        "stop_for_harm": Label(_("Stop: it does harm"), "bad", "triangle-alert"),
    },
    "guard": {
        "complaint": Label(_("Complaints")),
        "block": Label(_("Blocked by the gate")),
        "opt_out": Label(_("Opt-outs")),
    },
    "metric": {
        "cure": Label(_("Cure")),
        "recovery": Label(_("Recovery")),
        "delivered": Label(_("Delivered")),
        "replied": Label(_("Replied")),
        "promised": Label(_("Promised")),
        "paid": Label(_("Paid")),
    },
    "experiment_event": {
        "planned": Label(_("Planned"), "info"),
        "started": Label(_("Experiment started"), "accent"),
        "arm_stopped": Label(_("Challenger stopped"), "warn"),
        "stopped": Label(_("Stopped"), "warn"),
        "dropped": Label(_("Given up")),
        "kept": Label(_("Champion kept"), "good"),
        "proposed": Label(_("Challenger proposed"), "info"),
        "rejected": Label(_("Proposal refused"), "bad"),
        "adopted": Label(_("Challenger adopted"), "good"),
    },
    "strategy_event": {
        "opened": Label(_("Draft opened")),
        "imported": Label(_("Brought in from a file")),
        "edited": Label(_("Edited")),
        "submitted": Label(_("Submitted for approval"), "warn"),
        "returned": Label(_("Returned"), "warn"),
        "published": Label(_("Approved and published"), "good"),
        "discarded": Label(_("Discarded")),
        "adopted": Label(_("Adopted out of an experiment"), "good"),
        "rolled_back": Label(_("Rolled back"), "bad"),
        "file": Label(_("Kept as the file said")),
    },
    "publication": {
        "approved": Label(_("approved by a second person"), "good"),
        "adopted": Label(_("proven by an experiment, confirmed by a second person"), "good"),
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
    "strategy_output": {
        "treatment": Label(_("Treatment")),
        "stage": Label(_("Stage")),
        "channel": Label(_("Contact channel")),
        "template": Label(_("Template")),
        "tone": Label(_("Tone")),
        "offer": Label(_("What it offers")),
        "else_channel": Label(_("Otherwise by")),
        "else_template": Label(_("Template otherwise")),
        "cadence_days": Label(_("Days between contacts")),
        "cadence": Label(_("Reminders by")),
        "priority": Label(_("Priority")),
        "review_days": Label(_("Days until review")),
        "step": Label(_("Next step")),
    },
    "closed_day": {
        "as_is": Label(_("all the same")),
        "earlier": Label(_("the working day before")),
        "later": Label(_("the next working day")),
        "skip": Label(_("left out")),
    },
    "closed_hours": {
        "later": Label(_("when it may be said")),
        "skip": Label(_("left out")),
    },
    "tone": {
        "none": Label(_("No contact")),
        "friendly": Label(_("Friendly")),
        "neutral": Label(_("Neutral")),
        "supportive": Label(_("Supportive")),
        "firm": Label(_("Firm")),
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
} | TEMPLATE_LABELS
