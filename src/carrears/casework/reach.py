"""Which channels reach anybody here, and whom."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from django.conf import settings
from django.db import connection

from carrears.parties.consents import newest_words
from carrears.parties.models import Consent, ContactPoint

_CHANNELS = {
    "phone": ("sms", "call"),
    "email": ("email",),
    "address": ("letter",),
    "portal": ("portal",),
}

# Whether a person's newest word on a channel is that he is not to be reached by it; whoever said
# nothing is for the gate to judge. ``{party}`` and ``{channel}`` are of the statement around it.
REFUSED = """
(select not w.granted from parties_consent w
 where w.party_id = {party} and w.purpose = 'contact'
   and w.channel = {channel} order by w.given_at desc, w.id desc limit 1) is true
"""


def is_refused(party: UUID | None, channel: str) -> bool:
    """Whether a person has refused a channel, as ``REFUSED`` has it; nobody refuses nothing."""
    asked = REFUSED.format(party="%s::uuid", channel="%s")
    with connection.cursor() as cursor:
        cursor.execute(f"select {asked}", [party, channel])
        return bool(cursor.fetchone()[0])


def texts_arrive() -> bool:
    """Whether texts go to a gateway; without one they end in a box that only a demo shows."""
    return bool(settings.SMS_URL or settings.DEMO)


def ways_open(parties: Sequence[UUID]) -> Mapping[UUID, frozenset[str]]:
    """By which channels these people have an address in use, and have not refused to be reached."""
    found: dict[UUID, set[str]] = defaultdict(set)
    points = ContactPoint.objects.filter(party__in=parties, valid=True)
    for party, kind in points.values_list("party_id", "kind").distinct():
        found[party].update(_CHANNELS.get(kind, ()))
    words: dict[UUID, list[Consent]] = defaultdict(list)
    for word in Consent.objects.filter(party__in=parties, purpose="contact"):
        words[word.party_id].append(word)
    for party, said in words.items():
        refused = {ch for (_, ch), one in newest_words(said).items() if not one.granted}
        found[party] -= refused
    return {party: frozenset(channels) for party, channels in found.items()}
