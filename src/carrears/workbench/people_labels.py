"""Names of what has to do with people of the house: kinds of places, states, proposals."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from carrears.workbench.label import Label

PEOPLE_LABELS: dict[str, dict[str, Label]] = {
    "desk_state": {
        "here": Label(_("There"), "good", "circle-check"),
        "away": Label(_("Away"), "warn", "calendar-clock"),
        "full": Label(_("No room"), "warn", "users"),
    },
    "worth": {
        "promise_due": Label(_("promise due")),
        "promise_waits": Label(_("promise not due yet")),
        "broken": Label(_("promise broken")),
        "reply": Label(_("reply to read")),
        "unsent": Label(_("message did not get through")),
        "follow_up": Label(_("follow-up due")),
        "follow_up_later": Label(_("follow-up later")),
        "closing": Label(_("hours close soon")),
        "shut": Label(_("outside the hours")),
        "held": Label(_("collection stopped")),
        "worked": Label(_("worked today")),
    },
    "lack": {
        "does_not_fit": Label(_("the rule is not for this case")),
        "no_collectors": Label(_("there is no collector")),
        "team": Label(_("nobody is in the team")),
        "skills": Label(_("nobody has the skills")),
        "language": Label(_("nobody speaks the debtor's language")),
        "region": Label(_("nobody is for the debtor's region")),
        "away": Label(_("whoever may get it is away")),
        "full": Label(_("whoever may get it has no room")),
    },
    "stays": {
        "not_found": Label(_("no open case that you see")),
        "agency": Label(_("with an agency")),
        "elsewhere": Label(_("another loan of the debtor is outside your part of the house")),
        "open_now": Label(_("somebody has it open now")),
        "promised": Label(_("a promise is to be met soon")),
        "same": Label(_("it is there already")),
        "away": Label(_("whoever would get it is away")),
        "full": Label(_("whoever would get it has no room")),
    },
    "pull_back_why": {
        "no_right_party": Label(_("nobody reached the right party for %(days)d days")),
        "no_action": Label(_("its collector did nothing to it for %(days)d days")),
        "absent": Label(_("its collector is not at work within %(days)d days, or has left")),
        "stage_changed": Label(_("bucket or treatment changed and no rule would give it to him")),
        "overload": Label(_("its collector works more people than he has room for")),
    },
    "pull_back_to": {
        "others": Label(_("to others by the rules, else it stays")),
        "others_or_pool": Label(_("to others by the rules, else to the pool")),
        "pool": Label(_("to the pool")),
    },
    "pull_back_spared": {
        "open_now": Label(_("somebody has it open now")),
        "promised": Label(_("a promise is to be met soon")),
        "nobody": Label(_("no rule gives it to anybody else")),
    },
    "move_way": {
        "person": Label(_("somebody who has left")),
        "pool": Label(_("Back to the pool")),
        "rules": Label(_("By the rules anew")),
    },
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
        "portal": Label(_("Portal account")),
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
        "held": Label(_("On hold"), "warn", "octagon-pause"),
        "coming": Label(_("To come"), "info", "clock"),
        "over": Label(_("Over"), "plain", "clock"),
        "recalled": Label(_("Called back"), "bad", "undo-2"),
    },
}
