"""Names of the words of a person's request: what he asks for, how it stands, what was done."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from carrears.workbench.label import Label

RIGHTS_LABELS: dict[str, dict[str, Label]] = {
    "request_kind": {
        "access": Label(_("Access"), "info", "eye"),
        "portability": Label(_("Portable copy"), "info", "download"),
        "correction": Label(_("Correction"), "info", "notebook-pen"),
        "erasure": Label(_("Erasure"), "bad", "ban"),
        "restriction": Label(_("Restriction"), "warn", "octagon-pause"),
        "withdrawal": Label(_("Withdrawal of consent"), "warn", "undo-2"),
        "explanation": Label(_("Explanation of an automated decision"), "info", "list-checks"),
        "appeal": Label(_("Appeal against an automated decision"), "warn", "scale"),
    },
    "request_state": {
        "open": Label(_("Open"), "warn", "inbox"),
        "proposed": Label(_("Waits for a second person"), "accent", "user-check"),
        "done": Label(_("Done"), "good", "circle-check"),
        "refused": Label(_("Refused"), "bad", "x"),
        "withdrawn": Label(_("Taken back"), "plain", "undo-2"),
    },
    "request_asker": {
        "self": Label(_("The person")),
        "representative": Label(_("Representative")),
        "next_of_kin": Label(_("Next of kin")),
    },
    "request_proof": {
        "id_document": Label(_("Identity document seen")),
        "called_back": Label(_("Called back on the number on record")),
        "signed_letter": Label(_("Signed letter")),
        "power": Label(_("Power of attorney")),
        "authority": Label(_("Through an authority")),
    },
    "request_refusal": {
        "must_be_kept": Label(_("The law has it kept")),
        "identity": Label(_("Who asks could not be made sure")),
        "not_held": Label(_("It is not held")),
        "right_already": Label(_("What is held is right")),
        "others": Label(_("It would show data of others")),
        "excessive": Label(_("Manifestly unfounded or excessive")),
        "no_ground": Label(_("The law gives no such right here")),
    },
    "request_step": {
        "received": Label(_("Received"), "warn", "inbox"),
        "report": Label(_("Report made"), "info", "download"),
        "fulfil": Label(_("Fulfil the request"), "good", "circle-check"),
        "propose": Label(_("Propose the erasure"), "accent", "user-check"),
        "confirm": Label(_("Confirm the erasure"), "bad", "ban"),
        "decline": Label(_("Send the proposal back"), "warn", "undo-2"),
        "uphold": Label(_("The decision stands"), "info", "circle-check"),
        "change": Label(_("Decide another treatment"), "good", "list-checks"),
        "exclude": Label(_("Take out of automated decisions"), "accent", "user-check"),
        "lift": Label(_("Let the strategy decide again"), "warn", "undo-2"),
        "refuse": Label(_("Refuse the request"), "bad", "x"),
        "extend": Label(_("Extend the time"), "warn", "clock"),
        "withdraw": Label(_("The person takes it back"), "plain", "undo-2"),
        "note": Label(_("Note"), "plain", "notebook-pen"),
    },
    "appeal_outcome": {
        "upheld": Label(_("The decision stood"), "info", "circle-check"),
        "changed": Label(_("A person decided another treatment"), "good", "list-checks"),
        "excluded": Label(_("Out of automated decisions"), "accent", "user-check"),
    },
    "ruling": {
        "placed": Label(_("begins")),
        "ended": Label(_("ended")),
        "confirmed": Label(_("confirmed")),
        "declined": Label(_("declined")),
    },
    "ruling_kind": {
        "decided": Label(_("Treatment decided by a person"), "good", "user-check"),
        "frozen": Label(_("Appeal open: nothing harder begins by itself"), "warn", "octagon-pause"),
        "confirm": Label(_("Each new treatment waits for a person"), "accent", "user-check"),
    },
    "correctable": {
        "name": Label(_("Name")),
        "id_no": Label(_("Identity number")),
        "phone": Label(_("Phone")),
        "email": Label(_("E-mail")),
        "address": Label(_("Address")),
    },
    "kept_why": {
        "open_case": Label(_("a case is open")),
        "hold": Label(_("collection is held for a reason that is not settled")),
        "complaint": Label(_("a complaint is open")),
        "loan_runs": Label(_("the loan has not ended")),
        "charged_off": Label(_("the loan was charged off, and what is owed remains")),
        "retention": Label(_("the law has it kept")),
        "file": Label(_("the law has a file in the vault kept")),
        "file_held": Label(_("a file in the vault is held")),
    },
}
