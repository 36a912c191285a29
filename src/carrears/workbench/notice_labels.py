"""What a notification is about, and which lists views are kept of."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from carrears.workbench.label import Label

NOTICE_LABELS: dict[str, dict[str, Label]] = {
    "notice": {
        "mention": Label(_("You were mentioned"), "info", "message-square"),
        "moved": Label(_("Cases were moved to you"), "info", "user-check"),
        "taken": Label(_("Cases were taken back from you"), "plain", "undo-2"),
        "reply": Label(_("A reply waits"), "warn", "inbox"),
        "promise_broken": Label(_("A promise was not kept"), "bad", "calendar-clock"),
        "approval": Label(_("Waits for your decision"), "warn", "shield-question-mark"),
        "dead_letters": Label(_("Messages did not get through"), "bad", "mail-x"),
        "complaint": Label(_("A complaint came to you"), "warn", "flag"),
        "complaint_due": Label(_("A complaint nears its day"), "warn", "calendar-clock"),
        "complaint_late": Label(_("A complaint is late"), "bad", "calendar-clock"),
        "dispute": Label(_("A dispute came to you"), "warn", "scale"),
        "dispute_due": Label(_("A dispute nears its day"), "warn", "calendar-clock"),
        "dispute_late": Label(_("A dispute is late"), "bad", "calendar-clock"),
        "unplaced": Label(_("Texts wait that fit no case"), "warn", "inbox"),
        "case_due": Label(_("A case is due"), "info", "calendar-clock"),
        "staff_message": Label(_("Messages to staff reached nobody"), "bad", "mail-x"),
    },
    "notice_what": {
        "override": Label(_("an override of the gate")),
        "proposal": Label(_("a change of what somebody may do")),
        "template": Label(_("a template")),
        "strategy": Label(_("a draft of the strategy")),
        "placing": Label(_("a placing with agencies")),
    },
    "view_place": {
        "queue": Label(_("Queue")),
        "holds": Label(_("Holds")),
        "disputes": Label(_("Disputes")),
        "warning": Label(_("Early warning")),
    },
}
