"""Names of the vault's words: kinds of files, reasons to open and to hold."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from carrears.workbench.label import Label

VAULT_LABELS: dict[str, dict[str, Label]] = {
    "file_kind": {
        "audio": Label(_("Sound recording"), "info", "phone"),
        "screen": Label(_("Screen recording"), "info", "eye"),
        "letter": Label(_("Letter"), "plain", "mail"),
        "photo": Label(_("Photo"), "plain", "eye"),
        "document": Label(_("Document"), "plain", "file-text"),
        "contract": Label(_("Contract or agreement"), "plain", "handshake"),
        "statement": Label(_("Statement of account"), "plain", "scroll-text"),
        "signature": Label(_("Signature"), "plain", "notebook-pen"),
        "bundle": Label(_("Proof bundle"), "good", "file-check"),
    },
    "mail_file": {
        "kept": Label(_("kept"), "good", "circle-check"),
        "waiting": Label(_("being kept"), "plain", "hourglass"),
        "unplaced": Label(_("waits with the mail"), "plain", "hourglass"),
        "destroyed": Label(_("destroyed"), "plain", "file-x"),
        "unknown": Label(_("not kept: of an unknown type"), "bad", "circle-x"),
        "mismatch": Label(_("not kept: not what it says it is"), "bad", "circle-x"),
        "active": Label(_("not kept: it runs something when opened"), "bad", "shield-alert"),
        "macros": Label(_("not kept: an office file with macros"), "bad", "shield-alert"),
        "zip": Label(_("not kept: an archive"), "bad", "circle-x"),
        "office": Label(_("not kept: an old office file"), "bad", "circle-x"),
        "gzip": Label(_("not kept: an archive"), "bad", "circle-x"),
        "archive": Label(_("not kept: an archive"), "bad", "circle-x"),
        "program": Label(_("not kept: a program"), "bad", "shield-alert"),
        "web_page": Label(_("not kept: a web page"), "bad", "shield-alert"),
        "empty": Label(_("not kept: it is empty"), "plain", "circle-x"),
        "too_large": Label(_("not kept: too large"), "bad", "circle-x"),
        "too_many": Label(_("not kept: too many files"), "bad", "circle-x"),
        "dismissed": Label(_("not kept: the mail was dismissed"), "plain", "circle-x"),
        "erased": Label(_("not kept: the person was erased"), "plain", "circle-x"),
    },
    "file_origin": {
        "house": Label(_("the lender")),
        "debtor": Label(_("the debtor")),
        "agency": Label(_("the agency")),
        "other": Label(_("somebody else")),
    },
    "bundle_state": {
        "waiting": Label(_("waits"), "plain", "hourglass"),
        "running": Label(_("being prepared"), "info", "hourglass"),
        "ready": Label(_("ready"), "good", "circle-check"),
        "failed": Label(_("failed"), "bad", "circle-x"),
        "gone": Label(_("not here any more"), "plain", "file-x"),
    },
    "bundle_problem": {
        "log": Label(_("nothing about it is in the log, or the log was altered")),
        "policy": Label(_("the policy of witnesses cannot be read")),
        "store": Label(_("the vault cannot be reached")),
        "keys": Label(_("a key does not open what it sealed")),
        "disk": Label(_("it cannot be written")),
        "other": Label(_("an unexpected error; see the log of the server")),
    },
    "file_why": {
        "casework": Label(_("Work on the case")),
        "complaint": Label(_("Answer to a complaint")),
        "quality": Label(_("Quality check")),
        "dispute": Label(_("Facts of a dispute")),
        "authority": Label(_("Request of a court or an authority")),
        "subject": Label(_("The debtor asks for it")),
        "other": Label(_("Another reason")),
    },
    "file_hold": {
        "litigation": Label(_("Litigation")),
        "complaint": Label(_("Complaint")),
        "authority": Label(_("Request of a court or an authority")),
        "other": Label(_("Another reason")),
    },
    "file_refused": {
        "unknown": Label(
            _("Only photos (JPEG, PNG, WebP, HEIC), PDF, docx, xlsx, pptx and sound are taken in.")
        ),
        "mismatch": Label(_("The file is not what it says it is, or not of the chosen kind.")),
        "active": Label(_("The file holds a script, a program or another file, or fetches one.")),
        "macros": Label(_("The office file holds macros; save it without them.")),
        "zip": Label(_("Archives are not taken in; send the files one by one.")),
    },
}
