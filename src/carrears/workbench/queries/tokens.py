"""What the page of API tokens shows."""

from __future__ import annotations

from django.db.models import QuerySet

from carrears.access.models import ApiToken, User
from carrears.clock import now
from carrears.workbench.view_models.access import TokenRow


def tokens_page(found: QuerySet[ApiToken], *, reader: User) -> tuple[TokenRow, ...]:
    """The tokens of ``found``, those first that are good."""
    moment = now()
    rows = [
        TokenRow(
            pk=one.pk,
            user=str(one.user),
            name=one.name,
            hint=one.hint,
            scopes=tuple(one.scopes),
            created_at=one.created_at,
            expires_at=one.expires_at,
            last_used_at=one.last_used_at,
            state=_state(one, expired=one.expires_at is not None and one.expires_at <= moment),
            is_own=one.user_id == reader.pk,
        )
        for one in found
    ]
    return tuple(sorted(rows, key=lambda row: row.state != "good"))


def _state(token: ApiToken, *, expired: bool) -> str:
    if token.revoked_at is not None:
        return "revoked"
    if token.awaits_second:
        return "waiting"
    return "expired" if expired else "good"
