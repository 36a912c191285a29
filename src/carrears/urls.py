"""Every address: the screens, signing in, the API."""

from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.urls import include, path

from carrears.api import api
from carrears.outreach import pushes
from carrears.workbench.views import (
    account,
    errors,
    health,
    invitation,
    security_txt,
    sign_in,
    sso,
    tokens,
)

urlpatterns = [
    path("", include("carrears.workbench.urls")),
    path("sign-in/", sign_in.sign_in, name="login"),
    path("sign-in/", sign_in.sign_in, name="account_login"),
    path("sign-in/factor/", account.Factor.as_view(), name="mfa_authenticate"),
    path("sign-in/passkey/", LoginWebAuthnView.as_view(), name="mfa_login_webauthn"),
    path("sign-in/company/", sso.go, name="sso_login"),
    path("sign-in/company/<str:provider_id>/back/", sso.come_back, name="openid_connect_callback"),
    path("invitation/<str:secret>/", invitation.accept_invitation, name="account_invitation"),
    path("sign-out/", sso.sign_out, name="logout"),
    # The names are those by which allauth leads from one page to the next.
    path("account/", account.show_account, name="mfa_index"),
    path("account/sessions/end/", account.end_session, name="sessions_end"),
    path("account/sessions/<int:pk>/end/", account.end_session, name="session_end"),
    path("account/tokens/", tokens.tokens, name="tokens"),
    path("account/tokens/<int:pk>/rotate/", tokens.renew, name="token_rotate"),
    path("account/tokens/<int:pk>/revoke/", tokens.withdraw, name="token_revoke"),
    path("account/password/", account.Password.as_view(), name="account_change_password"),
    path("account/confirm/", account.ConfirmByPassword.as_view(), name="account_reauthenticate"),
    path("account/confirm/code/", account.ConfirmByCode.as_view(), name="mfa_reauthenticate"),
    path("account/app/", account.NewApp.as_view(), name="mfa_activate_totp"),
    path("account/app/remove/", account.RemoveApp.as_view(), name="mfa_deactivate_totp"),
    path("account/passkeys/add/", account.NewPasskey.as_view(), name="mfa_add_webauthn"),
    path(
        "account/passkeys/<int:pk>/remove/",
        account.RemovePasskey.as_view(),
        name="mfa_remove_webauthn",
    ),
    path(
        "account/confirm/passkey/",
        account.ConfirmByPasskey.as_view(),
        name="mfa_reauthenticate_webauthn",
    ),
    path("account/codes/", account.RecoveryCodes.as_view(), name="mfa_view_recovery_codes"),
    path("account/codes/new/", account.NewCodes.as_view(), name="mfa_generate_recovery_codes"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/", api.urls),
    path("texts/<str:gateway>/", pushes.take_signed, name="sms-push-signed"),
    path("texts/<str:gateway>/<str:secret>/", pushes.take_secret, name="sms-push"),
    path(".well-known/security.txt", security_txt.security_txt, name="security-txt"),
    path("healthz", health.show_health, name="health"),
    path("readyz", health.show_readiness, name="ready"),
    path("metrics", health.show_metrics, name="metrics"),
]
handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.missing
handler429 = errors.too_many
handler500 = errors.broken
