"""All that is held about a person, for that person (PIPL art. 45, GDPR art. 15 and 20).

One JSON object that other systems can take over, and the same as a PDF. What is sealed is opened
under the person's own key; an erased person's report has what is left of him.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import QuerySet

from carrears.evidence.services import record
from carrears.parties.custody import keyring
from carrears.parties.models import LoanParty, Party, Role
from carrears.parties.vault import SubjectKey, open_subject_key
from carrears.parties.words import commit_words
from carrears.rights.register import Holding, read_register

# A contact person (联系人) is not told of the loan of somebody else.
_OWN_LOANS = (Role.OBLIGOR, Role.CO_OBLIGOR, Role.GUARANTOR)


@dataclass(frozen=True, slots=True)
class SubjectReport:
    """What is held about one person: the rows of each model, in the order of the register."""

    token: str
    made_at: str
    rows: Mapping[str, list[dict[str, Any]]]

    def as_json(self) -> str:
        """The report as one JSON object, with what each part is for."""
        register = read_register()
        told = {
            "person": self.token,
            "made_at": self.made_at,
            "amounts": "integer minor units of the row's currency",
            "held": [
                {
                    "where": one.model,
                    "purpose": dict(register.activities[one.activity].purpose),
                    "basis": dict(register.activities[one.activity].basis),
                    "kept": dict(register.activities[one.activity].retention),
                    "recipients": dict(register.activities[one.activity].recipients),
                    "rows": self.rows[one.model],
                }
                for one in register.holdings
                if one.model in self.rows
            ],
        }
        return json.dumps(told, ensure_ascii=False, indent=1)


@transaction.atomic
def report_on(party: Party, *, actor: str, reason: str, at: datetime) -> SubjectReport:
    """Gather all that is held about a person; that it was done is evidence, with who and why."""
    key = (
        open_subject_key(keyring(), str(party.token), party.wrapped_key)
        if party.wrapped_key is not None
        else None
    )
    rows = {
        one.model: found
        for one in read_register().holdings
        if (found := [_told(one, row, key) for row in _rows_of(one, party)])
    }
    entry = f"reported:{uuid.uuid4()}"
    record(
        "person.reported",
        subject=str(party.token),
        payload={
            "party": str(party.token),
            **commit_words(entry, {"reason": reason}, party=party.pk),
            "rows": sum(len(found) for found in rows.values()),
        },
        actor=actor,
        key=entry,
        occurred_at=at,
    )
    return SubjectReport(str(party.token), at.isoformat(), rows)


def _rows_of(one: Holding, party: Party) -> QuerySet[models.Model]:
    model = apps.get_model(one.model)
    wanted: Any = party.pk
    path = one.path
    if one.by == "party_no":
        wanted = party.party_no
    elif one.by == "loan_no":
        links = LoanParty.objects.filter(party=party, role__in=_OWN_LOANS)
        path, wanted = f"{one.path}__in", list(links.values_list("loan_no", flat=True))
    found: QuerySet[models.Model] = model._default_manager.filter(**{path: wanted}).order_by("pk")  # noqa: SLF001  Django's documented name
    return found


def _told(one: Holding, row: models.Model, key: SubjectKey | None) -> dict[str, Any]:
    return {
        field.removesuffix("_sealed"): _value(one, row, field, key)
        for field in one.fields
        if getattr(row, field) not in (None, "", [], {})
    }


def _value(one: Holding, row: models.Model, field: str, key: SubjectKey | None) -> Any:
    value = getattr(row, field)
    sealed_as = one.sealed.get(field)
    if sealed_as is None:
        return _plain(value)
    if key is None:
        return None
    name = getattr(row, sealed_as[1:]) if sealed_as.startswith("*") else sealed_as
    return key.open(name, value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, uuid.UUID | Decimal):
        return str(value)
    return value
