"""Names of what the ledger tells of: parts, entries, and the choices of a product's terms."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from carrears.workbench.label import Label

LEDGER_LABELS: dict[str, dict[str, Label]] = {
    "component": {
        "principal": Label(_("Principal")),
        "interest": Label(_("Interest")),
        "penalty": Label(_("Penalty interest")),
        "compound": Label(_("Compound interest")),
        "fee": Label(_("Fees")),
    },
    "entry": {
        "payment": Label(_("Payment"), "good", "banknote"),
        "fee": Label(_("Fee")),
        "penalty_charge": Label(_("Penalty charged")),
        "waiver": Label(_("Waiver")),
        "refund": Label(_("Refund")),
        "pause": Label(_("Pause")),
        "resume": Label(_("End of a pause")),
        "move_due": Label(_("Due date moved")),
        "penalty_rate": Label(_("New penalty rate")),
        "charge_off": Label(_("Charged off"), "bad"),
    },
    "timing": {
        "past": Label(_("past due")),
        "due": Label(_("due that day")),
        "future": Label(_("before it fell due")),
    },
    "ledger_column": {
        "owed": Label(_("charged")),
        "paid": Label(_("paid")),
        "waived": Label(_("waived")),
    },
    "allocation": {
        "installment_by_installment": Label(_("the oldest instalment first, part by part")),
        "due_then_advance": Label(_("what is due, instalment by instalment; then what is not")),
        "horizontal": Label(
            _("past due, then due that day, then the rest; instalment by instalment")
        ),
        "vertical": Label(_("past due, then due that day, then the rest; part by part")),
        "principal_first": Label(
            _("principal at the head: past due, then due that day, then the rest")
        ),
    },
    "advance": {
        "next": Label(_("the next instalment")),
        "last": Label(_("the last instalment")),
        "reamortize": Label(_("all later instalments in equal shares")),
    },
    "grace": {
        "from_due": Label(_("within them nothing; past them all days from the due date")),
        "from_grace": Label(_("days count from the end of the grace")),
    },
    "payoff_unearned": {
        "given_back": Label(_("what was paid and is not earned by the day is given back")),
        "kept": Label(_("what was paid and is not earned by the day is kept, by the contract")),
    },
    "payoff_interest": {
        "elapsed": Label(_("of the running period its share by days")),
        "whole": Label(_("all of the running period")),
        "all": Label(_("all that was ever scheduled")),
    },
}
