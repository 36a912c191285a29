"""What the page of one's own account shows."""

from __future__ import annotations

from allauth.mfa.models import Authenticator

from carrears.access.models import User
from carrears.access.services import roles
from carrears.signin.required import has_factor, must_have_factor
from carrears.signin.sessions import sessions_of
from carrears.workbench.queries.language import chosen
from carrears.workbench.view_models.access import AccountPage, PasskeyRow, SessionRow


def account_page(user: User, *, session_key: str) -> AccountPage:
    """The account of ``user``, as he sees it from one of his sessions."""
    held_factors = list(Authenticator.objects.filter(user=user).order_by("pk"))
    factors = {one.type: one for one in held_factors}
    app = factors.get(Authenticator.Type.TOTP)
    codes = factors.get(Authenticator.Type.RECOVERY_CODES)
    titles = {name: role["title"] for name, role in roles().items()}
    held = user.groups.order_by("name").values_list("name", flat=True)
    return AccountPage(
        roles=tuple(
            chosen(titles[name]["zh"], titles[name]["en"]) if name in titles else name
            for name in held
        ),
        has_password=user.has_usable_password(),
        must_set_up=must_have_factor(user) and not has_factor(user),
        app_since=app.created_at if app else None,
        passkeys=tuple(
            PasskeyRow(pk=one.pk, name=str(one), since=one.created_at, used_at=one.last_used_at)
            for one in held_factors
            if one.type == Authenticator.Type.WEBAUTHN
        ),
        codes_left=len(codes.wrap().get_unused_codes()) if codes else None,
        sessions=tuple(
            SessionRow(
                pk=one.pk,
                agent=one.agent,
                network=one.network,
                since=one.since,
                seen_at=one.seen_at,
                is_this=one.session_key == session_key,
            )
            for one in sessions_of(user)
        ),
    )
