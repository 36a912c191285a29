"""Names of what has to do with people of the house: kinds of places, states, proposals."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from carrears.workbench.label import Label

PEOPLE_LABELS: dict[str, dict[str, Label]] = {
    "organisation_kind": {
        "lender": Label(_("Lender"), "accent", "building-2"),
        "branch": Label(_("Branch"), "info", "building-2"),
        "team": Label(_("Team"), "plain", "users"),
        "agency": Label(_("Agency"), "warn", "handshake"),
    },
    "personal_kind": {
        "name": Label(_("Name")),
        "phone": Label(_("Phone")),
        "email": Label(_("E-mail")),
        "id_no": Label(_("Identity number")),
        "plate": Label(_("Plate")),
        "vin": Label(_("VIN")),
        "address": Label(_("Address")),
    },
    "account_state": {
        "active": Label(_("Active"), "good", "circle-check"),
        "invited": Label(_("Invited"), "info", "mail"),
        "expired": Label(_("Link expired"), "warn", "hourglass"),
        "locked": Label(_("Locked out"), "warn", "lock"),
        "inactive": Label(_("Deactivated"), "bad", "ban"),
    },
    "proposal_kind": {
        "roles": Label(_("Roles"), "info", "shield-check"),
        "place": Label(_("Sight of every case"), "warn", "eye"),
        "reset": Label(_("Reset of an account"), "warn", "refresh-cw"),
        "token": Label(_("API token of wide scopes"), "warn", "lock"),
    },
    "proposal_state": {
        "asked": Label(_("Waits for a second person"), "warn", "hourglass"),
        "lapsed": Label(_("Lapsed"), "plain", "clock"),
        "done": Label(_("Confirmed"), "good", "circle-check"),
        "refused": Label(_("Refused"), "bad", "ban"),
        "withdrawn": Label(_("Withdrawn"), "plain", "undo-2"),
    },
    "placement_state": {
        "live": Label(_("In force"), "good", "circle-check"),
        "coming": Label(_("To come"), "info", "clock"),
        "over": Label(_("Over"), "plain", "clock"),
        "recalled": Label(_("Called back"), "bad", "undo-2"),
    },
}
