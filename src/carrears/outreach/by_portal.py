"""The inbox of the lender's own app or portal as a gateway: what is stored there has arrived.

Stored in the transaction that keeps what came of the delivery, so a message is in the inbox if and
only if its delivery says so; given twice it is there once, by its key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from carrears.clock import now
from carrears.database.bulk import insert_unknown_rows
from carrears.evidence.commitment import commit
from carrears.evidence.services import Record, record_many
from carrears.outreach.channels import Handed, Parcel
from carrears.outreach.delivery_models import Delivery, Fate, Receipt
from carrears.outreach.models import Attempt
from carrears.outreach.portal_models import BODY, TITLE, PortalMessage
from carrears.parties.models import Party
from carrears.parties.services import keyring
from carrears.parties.vault import SubjectKey, open_subject_key

NAME, NAME_REPLAYED = "portal", "portal-replayed"
NAMES = (NAME, NAME_REPLAYED)


@dataclass(frozen=True, slots=True)
class PortalGateway:
    """The store of messages; ``specimens`` are those of a book that is history."""

    name: str = NAME
    window: int = 200
    repeatable: bool = True

    @contextmanager
    def open(self) -> Iterator[PortalGateway]:
        """The store itself."""
        yield self

    def hand_over(self, parcels: Sequence[Parcel]) -> Iterator[Handed]:
        """Store each message, with its receipt and its evidence."""
        keys = [each.key for each in parcels]
        attempts = Attempt.objects.select_related("case", "delivery").filter(key__in=keys)
        known = {one.key: one for one in attempts}
        sealing, at = _keys_of({each.party for each in parcels}), now()
        insert_unknown_rows(
            [
                _message(parcel, known[parcel.key], sealing[parcel.party], self.name, at)
                for parcel in parcels
            ]
        )
        stored = {one.key: one for one in PortalMessage.objects.filter(key__in=keys)}
        insert_unknown_rows(
            [_receipt(self.name, stored[key], known[key].delivery, at) for key in keys]
        )
        record_many(
            Record(
                kind="inbox.stored",
                subject=known[each.key].case.loan_no,
                key=f"inbox:{each.key}:stored",
                actor="",
                occurred_at=stored[each.key].sent_at,
                payload=payload_of(stored[each.key]) | {"words": _words(each, sealing[each.party])},
            )
            for each in parcels
        )
        for key in keys:
            yield Handed(key, "accepted", "", (str(stored[key].token),), arrived=True)


def payload_of(message: PortalMessage) -> dict[str, object]:
    """By what the log knows a message of an inbox."""
    return {"attempt": message.attempt_id, "message": str(message.token)}


def commitment_to(text: str, *, key: str, sealing: SubjectKey) -> str:
    """What the log keeps of the words: to be compared with those that were judged and shown."""
    return commit(text, salt=sealing.commitment_salt(f"inbox:{key}"))


def _words(parcel: Parcel, sealing: SubjectKey) -> str:
    text = f"{parcel.message.subject}\n\n{parcel.message.text}"
    return commitment_to(text, key=parcel.key, sealing=sealing)


def _keys_of(tokens: set[UUID]) -> Mapping[UUID, SubjectKey]:
    ring = keyring()
    return {
        party.token: open_subject_key(ring, str(party.token), party.wrapped_key)
        for party in Party.objects.filter(token__in=tokens)
    }


def _message(
    parcel: Parcel, attempt: Attempt, sealing: SubjectKey, gateway: str, at: datetime
) -> PortalMessage:
    return PortalMessage(
        key=parcel.key,
        attempt_id=attempt.pk,
        case_id=attempt.case_id,
        party_id=parcel.party,
        title_sealed=sealing.seal(TITLE, parcel.message.subject),
        body_sealed=sealing.seal(BODY, parcel.message.text),
        template=attempt.template,
        template_version=attempt.template_version,
        locale=parcel.locale,
        specimen=gateway == NAME_REPLAYED,
        sent_at=at,
        expires_at=at + timedelta(days=settings.PORTAL_DAYS),
    )


def _receipt(gateway: str, message: PortalMessage, of: Delivery, at: datetime) -> Receipt:
    return Receipt(
        gateway=gateway,
        reference=str(message.token),
        fate=Fate.DELIVERED,
        words="",
        received_at=at,
        delivery=of,
    )
