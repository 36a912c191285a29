"""What a gateway is given of booked messages, in clear."""

from __future__ import annotations

from collections.abc import Sequence

from carrears.outreach.channels import Parcel
from carrears.outreach.messages import read_message
from carrears.outreach.models import Delivery
from carrears.outreach.numbers import to_e164
from carrears.parties.queries import open_points


def pack(
    deliveries: Sequence[Delivery],
) -> tuple[list[tuple[Delivery, Parcel]], list[Delivery]]:
    """The parcels in clear; of whom was erased meanwhile there is none."""
    points = {one.attempt.contact_point_id for one in deliveries}
    addressees = open_points(point for point in points if point is not None)
    packed, lost = [], []
    for delivery in deliveries:
        attempt = delivery.attempt
        point = addressees.get(attempt.contact_point_id or 0)
        if point is None or attempt.body_sealed is None:
            lost.append(delivery)
            continue
        parcel = Parcel(
            key=attempt.key,
            party=attempt.party_id,
            to=to_e164(point.value, attempt.case.jurisdiction)
            if attempt.channel == "sms"
            else point.value,
            to_name=point.name,
            message=read_message(attempt),
            locale=attempt.locale,
            at=attempt.at,
            template=attempt.template,
            message_id=attempt.message_id,
        )
        packed.append((delivery, parcel))
    return packed, lost
