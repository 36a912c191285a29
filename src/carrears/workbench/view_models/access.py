"""Signing in, and one's own account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DemoUser:
    """A person of the demo whom one may be with one click."""

    username: str
    password: str
    name: str
    role: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """Somebody signed in somewhere; ``agent`` and ``network`` are empty where unknown."""

    pk: int
    agent: str
    network: str
    since: datetime
    seen_at: datetime
    is_this: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """An API token; ``state`` is a code of ``token_state``."""

    pk: int
    user: str
    name: str
    hint: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    state: str
    is_own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyRow:
    """A passkey of one's own."""

    pk: int
    name: str
    since: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPage:
    """One's own account: ``codes_left`` is None where there are no recovery codes."""

    roles: tuple[str, ...]
    has_password: bool
    must_set_up: bool
    app_since: datetime | None
    passkeys: tuple[PasskeyRow, ...]
    codes_left: int | None
    sessions: tuple[SessionRow, ...]
