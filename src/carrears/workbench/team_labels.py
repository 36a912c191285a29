"""The figures of the team's screen, each with its name and what it is (also ``docs/kpi.md``)."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from carrears.workbench.label import Label


class Told(NamedTuple):
    """A figure's name and its definition."""

    title: str | Promise
    about: str | Promise


FIGURES: dict[str, Told] = {
    "here": Told(
        _("At work"),
        _(
            "Collectors who work today (days of the week, absences) and whose shift it is now, of "
            "all collectors of your part of the house."
        ),
    ),
    "open": Told(
        _("With a case open"),
        _(
            "Collectors before whom a case is open at this moment, or who have a call that they "
            "have not told of; calls are those."
        ),
    ),
    "waiting": Told(
        _("Waiting for a person"),
        _(
            "Calls and visits that the strategy planned up to today and nobody made, on cases that "
            "you see; the oldest by the time for which it was planned."
        ),
    ),
    "pool": Told(
        _("Nobody's cases"),
        _("Open cases that nobody works and that are with no agency."),
    ),
    "due": Told(
        _("Promises due today"),
        _(
            "Parts of promises whose day is today, without cancelled promises: number and sum; met "
            "are those of which all is there."
        ),
    ),
    "overdue": Told(
        _("Follow-ups overdue"),
        _("Open cases with a follow-up day before today; the oldest by that day."),
    ),
    "replies": Told(
        _("Replies waiting"),
        _(
            "Replies that promise, dispute, tell of hardship or say something unknown, on whose "
            "case no outcome has been told since."
        ),
    ),
    "done": Told(
        _("Worked today"),
        _(
            "Different cases on which somebody called, wrote, visited or told a result today; what "
            "the machine sends by itself does not count."
        ),
    ),
    "contacts": Told(
        _("Calls and visits today"),
        _("Calls that were made and visits, today; not dialled ones do not count."),
    ),
    "right": Told(
        _("Right-party contacts today"),
        _(
            "Calls and visits of today that reached who answers for the debt (RPC); the rate is "
            "that ÷ calls and visits made."
        ),
    ),
    "promises": Told(
        _("Promises today"),
        _(
            "Promises made today: number and sum of all their parts; one that was replaced by "
            "another does not count."
        ),
    ),
    "stopped": Told(
        _("Stopped by the gate today"),
        _(
            "Contacts of today that the conduct gate blocked, and those that it sent to a person "
            "to decide (review), whoever or whatever asked."
        ),
    ),
    "plan": Told(
        _("Plan of the day"),
        _(
            "Of the cases of his queue that fit into his day, in the order of what acting now is "
            "worth, those on which he did something today. His day is his shift without pauses, "
            "none where he is away; each case takes the minutes of what it asks for. During the "
            "day what presses comes in first, and what is no business of his any more goes."
        ),
    ),
    "followed": Told(
        _("Came in / went unworked"),
        _(
            "Cases that the day brought into the plans of the collectors (a new reply, a promise "
            "due or broken, a task of today), and those that went out without having been worked: "
            "paid, closed, pulled back, moved, with an agency, on hold, promised or put off."
        ),
    ),
    "over": Told(
        _("Does not fit today"),
        _(
            "Cases that ask for work today and do not fit into the day of who has them, and the "
            "time they would take."
        ),
    ),
    "room": Told(
        _("People of room"),
        _(
            "People (not loans) whose open cases he works, of how many his desk or the rules let "
            "him work at a time."
        ),
    ),
}
LEVELS: dict[str, Told] = {
    "first_action": Told(
        _("New cases contacted in time"),
        _(
            "Of the cases whose time was up in the last %(days)s days: contacted by the end of day "
            "%(first_action_days)s after they were opened ÷ all of them. One that was over before "
            "and that nobody contacted does not count."
        ),
    ),
    "reply": Told(
        _("Replies answered in time"),
        _(
            "Of the replies that ask for a person and whose time was up in the last %(days)s days: "
            "an outcome was told within %(reply_hours)s hours ÷ all of them."
        ),
    ),
    "complaint": Told(
        _("Complaints answered in time"),
        _(
            "Of the complaints whose answer was due in the last %(days)s days by their rule pack: "
            "answered by that day ÷ all of them. Withdrawn ones do not count."
        ),
    ),
}
TEAM_LABELS: dict[str, dict[str, Label]] = {
    "in_plan": {
        "today": Label(_("fits today"), "info"),
        "not_today": Label(_("does not fit today"), "plain"),
        "came_in": Label(_("came in today"), "info"),
    },
    "left_day": {
        "paid": Label(_("paid")),
        "closed": Label(_("closed")),
        "pulled_back": Label(_("pulled back")),
        "moved": Label(_("moved to others")),
        "placed": Label(_("with an agency")),
        "held": Label(_("on hold")),
        "promised": Label(_("promised for later")),
        "later": Label(_("put off")),
    },
    "unsent_state": {
        "blocked": Label(_("Stopped by the gate")),
        "failed": Label(_("Failed")),
        "undelivered": Label(_("Not delivered")),
        "uncertain": Label(_("Uncertain whether it arrived")),
        "override_approved": Label(_("Approved: it may be sent")),
        "override_refused": Label(_("Override refused")),
    },
    "came_today": {
        "reply": Label(_("new reply")),
        "unsent": Label(_("message did not get through")),
        "broken": Label(_("promise broken")),
        "promise": Label(_("promise due")),
        "task": Label(_("task of today")),
    },
    "presence": {
        "here": Label(_("on duty"), "good"),
        "full": Label(_("no room"), "warn"),
        "off": Label(_("off shift"), "plain"),
        "away": Label(_("away"), "plain"),
    },
}
