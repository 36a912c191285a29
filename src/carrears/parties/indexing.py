"""Make stored search tokens anew where an older release made them."""

from __future__ import annotations

from django.db import transaction

from carrears.parties.blind import TOKENS_VERSION, name_tokens_many
from carrears.parties.custody import keyring
from carrears.parties.models import Party
from carrears.parties.queries import names_of

PORTION = 500


def refresh_tokens(*, portion: int = PORTION) -> int:
    """Bring everybody's name tokens to the newest rule; how many there were.

    In portions, each a transaction of its own; whoever is held by others is waited for. People are
    found by older tokens meanwhile, only not by what those do not know.
    """
    total = 0
    while done := _refresh_some(portion):
        total += done
    return total


@transaction.atomic
def _refresh_some(portion: int) -> int:
    old = Party.objects.filter(tokens_version__lt=TOKENS_VERSION).order_by("pk")
    found = list(old.select_for_update(no_key=True)[:portion])
    names = names_of(found)
    tokens = name_tokens_many(keyring(), [names[party.pk] or None for party in found])
    for party, told in zip(found, tokens, strict=True):
        party.name_tokens, party.tokens_version = told, TOKENS_VERSION
    Party.objects.bulk_update(found, ["name_tokens", "tokens_version"])
    return len(found)
