"""What of a delivery, and of its attempt, is read and written on its way."""

from __future__ import annotations

KEPT = [
    "state", "gateway", "tries", "due_at", "handed_at", "settled_at", "done_at", "error",
    "references", "parts",
]  # fmt: skip
# What is asked for on the way of a message, and of whom.
GIVEN = ("attempt__case", "attempt__party", "attempt__verdict", "attempt__made_by")
_OF_ATTEMPTS = (
    "key", "state", "channel", "at", "action", "contact_point", "locale", "template",
    "template_version", "arm", "choice", "message_id", "override", "error", "result", "sent_at",
    "reported", "subject_sealed", "body_sealed", "case__loan_no", "case__jurisdiction",
    "party__wrapped_key", "made_by__username", "verdict__gate_action", "verdict__pack",
    "verdict__pack_version", "verdict__findings",
)  # fmt: skip
GIVEN_FIELDS = (*KEPT, *(f"attempt__{each}" for each in _OF_ATTEMPTS))
# What is long and not asked for of what was left.
UNREAD = (
    "attempt__verdict__facts",
    "attempt__case__loan",
    "attempt__case__reasons",
    "attempt__case__decision",
)
# What is told of one that fails: nothing of what it says.
TOLD_FIELDS = tuple(each for each in GIVEN_FIELDS if not each.endswith("_sealed"))
