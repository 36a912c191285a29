"""Names of what has to do with message templates."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from carrears.workbench.label import Label

TEMPLATE_LABELS: dict[str, dict[str, Label]] = {
    "template_state": {
        "draft": Label(_("Draft"), "info", "notebook-pen"),
        "proposed": Label(_("Waits for approval"), "warn", "hourglass"),
        "approved": Label(_("Approved"), "good", "badge-check"),
        "coming": Label(_("Approved, not in force yet"), "info", "calendar-clock"),
        "tried": Label(_("Approved, only for its experiment"), "info", "hourglass"),
        "in_force": Label(_("In force"), "good", "badge-check"),
        "withdrawn": Label(_("Withdrawn"), "bad", "ban"),
        "discarded": Label(_("Discarded"), "plain", "x"),
    },
    "template_event": {
        "opened": Label(_("opened")),
        "edited": Label(_("edited")),
        "proposed": Label(_("submitted"), "warn"),
        "approved": Label(_("approved"), "good"),
        "returned": Label(_("returned"), "warn"),
        "discarded": Label(_("discarded")),
        "withdrawn": Label(_("withdrawn"), "bad"),
        "file": Label(_("taken over from the file")),
    },
    "template_purpose": {
        "collect": Label(_("Collection")),
        "service_notice": Label(_("Notice of service")),
    },
    "variable_kind": {
        "name": Label(_("name of a person")),
        "text": Label(_("text")),
        "number": Label(_("number")),
        "date": Label(_("date")),
        "money": Label(_("amount of money")),
    },
    "template_code": {
        "same": Label(_("the words are registered with the gateway"), "good", "badge-check"),
        "other": Label(
            _("the gateway has other words registered: texts would fail"), "bad", "triangle-alert"
        ),
        "none": Label(
            _("the gateway has no template for this one: texts would fail"),
            "bad",
            "triangle-alert",
        ),
    },
    "template_part": {
        "subject": Label(_("Subject")),
        "body": Label(_("Text")),
        "variables": Label(_("Variables")),
        "manner": Label(_("Tone and offer")),
    },
    "choice_by": {
        "only": Label(_("it is the one that the strategy names")),
        "both": Label(_("it makes the offer that was decided, in the tone that was decided")),
        "offer": Label(_("it makes the offer that was decided; in that tone there is none")),
        "tone": Label(_("it speaks in the tone that was decided")),
        "plain": Label(_("no variant has that tone or offer, and it has none of its own")),
        "named": Label(_("no variant fits, so the one that the strategy names is sent as it is")),
    },
    "choice_out": {
        "channel": Label(_("goes by another channel or is for another purpose")),
        "stage": Label(_("is not for this stage")),
        "language": Label(_("is not written in this language")),
        "offer": Label(_("makes an offer that was not decided")),
        "tone": Label(_("speaks in another tone")),
        "later": Label(_("fits less well")),
    },
    "choice_source": {
        "planned": Label(_("planned"), "info"),
        "decided": Label(_("by the decision")),
        "otherwise": Label(_("where that cannot be done")),
    },
    "template_fault": {
        "no_language": Label(_("There is no text in any language.")),
        "empty": Label(_("The text is empty.")),
        "subject_unwanted": Label(_("A text message has no subject.")),
        "subject_lines": Label(_("The subject has to be one line.")),
        "not_plain": Label(_("What stands in braces is no plain variable: %(what)s")),
        "unknown": Label(_("There is no variable %(what)s.")),
        "undeclared": Label(_("%(what)s is used, but not ticked among the variables.")),
        "unused": Label(_("%(what)s is ticked among the variables, but not used.")),
        "wrong_kind": Label(_("%(what)s is declared as %(kind)s, but is: %(other)s")),
        "missing": Label(_("Every message has to show %(what)s.")),
        "unknown_offer": Label(_("There is no offer %(what)s.")),
        "no_base": Label(_("There is no template %(what)s of which this could be a variant.")),
        "other_base": Label(_("%(what)s goes by another channel or is for another purpose.")),
    },
}
