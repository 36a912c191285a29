"""Do what a program asks for once, however often it asks with the same key."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from django.db import transaction

from carrears.access.models import User
from carrears.casework.asked_models import Asked
from carrears.casework.services import CaseworkError
from carrears.clock import now
from carrears.database.wall import as_house


@transaction.atomic
def once(
    what: str, *, key: str, wanted: str, by: User, do: Callable[[], dict[str, Any]]
) -> tuple[dict[str, Any], bool]:
    """What was made of it, and whether that was now; whoever asks at the same time waits.

    ``wanted`` is the request as a text. What is refused leaves no trace, and may be asked again.

    Raises:
        CaseworkError: the key was used for something else, or what ``do`` refuses.
    """
    digest = hashlib.sha256(f"{what}\n{wanted}".encode()).hexdigest()
    asked, is_new = Asked.objects.get_or_create(
        by=by, key=key, defaults={"what": what, "wanted": digest, "at": now()}
    )
    if not is_new:
        if asked.wanted != digest:
            raise CaseworkError("this key was used for something else")
        return asked.made, False
    asked.made = do()
    asked.save(update_fields=["made"])
    return asked.made, True


def once_by_key(
    what: str, *, key: str, wanted: str, by: User, do: Callable[[], dict[str, Any]]
) -> tuple[dict[str, Any], bool]:
    """The same for a request whose ``Idempotency-Key`` may be empty: then it is done each time."""
    if not key:
        return do(), True
    with as_house():  # what was asked for once is the house's to know
        return once(what, key=key, wanted=wanted, by=by, do=do)
