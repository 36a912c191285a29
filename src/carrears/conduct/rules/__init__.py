"""The logic that rule packs refer to by name: small, pure, shared between packs."""

from __future__ import annotations

from collections.abc import Mapping

from carrears.conduct.rules import (
    clocks,
    content,
    counts,
    lists,
    mandate,
    persons,
    recovery,
    recovery_draft,
    vehicle,
    wishes,
)
from carrears.conduct.rules.base import Logic

LOGIC: Mapping[str, Logic] = {
    "night_ban": clocks.night_ban,
    "quiet_hours": clocks.quiet_hours,
    "house_hours": clocks.house_hours,
    "effective_calls": counts.effective_calls,
    "unanswered_dials": counts.unanswered_dials,
    "close_calls": counts.close_calls,
    "field_visits": counts.field_visits,
    "visit_staff": counts.visit_staff,
    "house_calls": counts.house_calls,
    "collect_from_obligor": persons.collect_from_obligor,
    "third_persons": persons.third_persons,
    "personal_basis": persons.personal_basis,
    "forbidden_acts": content.forbidden_acts,
    "identify_institution": content.identify_institution,
    "publication": content.publication,
    "dwelling": content.dwelling,
    "forbidden_by_statute": content.forbidden_by_statute,
    "illegal_debt": content.illegal_debt,
    "mandate": mandate.mandate,
    "source_of_contact": mandate.source_of_contact,
    "data_transfer": mandate.data_transfer,
    "location_data": mandate.location_data,
    "automated_decision": mandate.automated_decision,
    "realise_security": vehicle.realise_security,
    "self_sale": vehicle.self_sale,
    "self_help": vehicle.self_help,
    "respect_medium": wishes.respect_medium,
    "respect_peace": wishes.respect_peace,
    "do_not_contact": lists.do_not_contact,
    "recovery_hours": recovery.recovery_hours,
    "no_harassment": recovery.no_harassment,
    "microfinance_recovery": recovery.microfinance_recovery,
    "mandated_contact": recovery.mandated_contact,
    "recovery_conduct": recovery_draft.recovery_conduct,
}
