"""Settings of signing in (docs/sign-in.md), a part of the house's."""

from __future__ import annotations

import os
from datetime import timedelta

from carrears.environment import flag, names

ACCOUNT_ADAPTER = "carrears.signin.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_METHODS = ("password", "mfa")
STEP_UP_MINUTES = int(os.environ.get("CARREARS_STEP_UP_MINUTES", "30"))
ACCOUNT_REAUTHENTICATION_TIMEOUT = STEP_UP_MINUTES * 60
SESSION_HOURS = int(os.environ.get("CARREARS_SESSION_HOURS", "12"))
SESSION_IDLE_MINUTES = int(os.environ.get("CARREARS_SESSION_IDLE_MINUTES", "60"))
SESSIONS = int(os.environ.get("CARREARS_SESSIONS", "3"))
INVITATION_HOURS = int(os.environ.get("CARREARS_INVITATION_HOURS", "72"))
SESSION_COOKIE_AGE = SESSION_HOURS * 3600
# Wrong second factors, which only they meet who know the password; wrong passwords are axes'.
ACCOUNT_RATE_LIMITS = {"login": "", "login_failed": "5/5m/key"}
ACCOUNT_FORMS = {
    "login": "carrears.signin.forms.SignInForm",
    "reauthenticate": "carrears.signin.forms.ConfirmPasswordForm",
    "change_password": "carrears.signin.forms.NewPasswordForm",
}
MFA_ADAPTER = "carrears.signin.adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True  # browsers have passkeys without TLS on localhost only
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_FORMS = {
    "authenticate": "carrears.signin.forms.CodeForm",
    "reauthenticate": "carrears.signin.forms.ConfirmCodeForm",
    "activate_totp": "carrears.signin.forms.NewAppForm",
}
MFA_ROLES = [role for role in os.environ.get("CARREARS_MFA_ROLES", "").split(",") if role]
# Signing in through the company's own identity provider, by OpenID Connect.
SSO_ISSUER = os.environ.get("CARREARS_SSO_ISSUER", "").rstrip("/")
SSO_CLIENT_ID = os.environ.get("CARREARS_SSO_CLIENT_ID", "")
SSO_SECRET_FILE = os.environ.get("CARREARS_SSO_SECRET_FILE", "")
SSO_MAP = os.environ.get("CARREARS_SSO_MAP", "")
SSO_NAME = os.environ.get("CARREARS_SSO_NAME", "SSO")
SSO_PROVISION = flag("CARREARS_SSO_PROVISION", default=False)
# Which words of `amr` or `acr` say that the provider asked for a second factor.
SSO_FACTORS = names("CARREARS_SSO_FACTORS", "")
SOCIALACCOUNT_ADAPTER = "carrears.signin.sso.SsoAccounts"
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_LOGIN_ON_GET = False
# A wrong password locks its user name for its own address only: nobody locks out another.
AXES_FAILURE_LIMIT = int(os.environ.get("CARREARS_LOCK_OUT_AFTER", "5"))
AXES_COOLOFF_TIME = timedelta(minutes=int(os.environ.get("CARREARS_LOCK_OUT_MINUTES", "15")))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "password", "csrfmiddlewaretoken", "next"]
AXES_CLIENT_IP_CALLABLE = "carrears.signin.origin.client_ip_or_none"
AXES_USERNAME_CALLABLE = "carrears.signin.origin.name_kept"
AXES_LOCKOUT_CALLABLE = "carrears.workbench.views.sign_in.locked_out"
