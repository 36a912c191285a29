"""What alerts are about, where they go, and how far a message got."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from carrears.workbench.label import Label

ALERT_LABELS: dict[str, dict[str, Label]] = {
    "alert": {
        "worker": Label(_("Background jobs are overdue"), "bad", "hourglass"),
        "sender": Label(_("Messages do not leave"), "bad", "send"),
        "day_run": Label(_("The day run is not done"), "bad", "calendar-clock"),
        "sequencer": Label(_("The evidence log is behind"), "bad", "scroll-text"),
        "mailbox": Label(_("The mailbox cannot be read"), "bad", "inbox"),
        "dead_letters": Label(_("Messages were not delivered"), "warn", "mail-x"),
        "gate": Label(_("The gate stops far more than usual"), "warn", "shield-check"),
        "service_level": Label(_("Service levels are at risk"), "warn", "gauge"),
        "pool": Label(_("The pool is not empty"), "warn", "user-check"),
        "rules": Label(_("Rules have to be read again"), "warn", "scale"),
        "untold": Label(_("Alerts were not taken"), "bad", "bell-off"),
        "check": Label(_("Checks failed"), "bad", "triangle-alert"),
    },
    "alert_target": {
        "wecom": Label(_("WeCom robot")),
        "dingtalk": Label(_("DingTalk robot")),
        "feishu": Label(_("Feishu robot")),
        "apprise": Label(_("Apprise")),
    },
    "alert_message": {
        "waiting": Label(_("Waits"), "info", "hourglass"),
        "sent": Label(_("Sent"), "good", "circle-check"),
        "failed": Label(_("Failed"), "bad", "circle-x"),
    },
}
