"""Every sign-in, failure, lock-out, change of factors and change of permissions is evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from allauth.account.signals import authentication_step_completed, password_changed
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
    authenticator_used,
)
from axes.signals import user_locked_out
from django.contrib.auth.models import Group, Permission
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.dispatch import Signal
from django.http import HttpRequest

from carrears.access.models import User
from carrears.signin.origin import name_token
from carrears.signin.trace import acting_name, tell

# Changes of these are changes of what somebody may do.
_FLAGS = ("is_active", "is_staff", "is_superuser")


def connect() -> None:
    """Listen; called once, when the models are there."""
    for signal, receiver, sender in _watched():
        signal.connect(receiver, sender=sender, weak=False)


def disconnect() -> None:
    """Listen no more: tests of other rooms set a stage, and nobody comes through its door."""
    for signal, receiver, sender in _watched():
        signal.disconnect(receiver, sender=sender)


def _watched() -> Iterator[tuple[Signal, Callable[..., None], Any]]:
    yield user_logged_in, _signed_in, None
    yield user_logged_out, _signed_out, None
    yield user_login_failed, _failed, None
    yield user_locked_out, _locked_out, None
    yield authenticator_added, _factor_added, None
    yield authenticator_removed, _factor_removed, None
    yield authenticator_reset, _factor_renewed, None
    yield authenticator_used, _factor_used, None
    yield authentication_failed, _factor_failed, None
    yield password_changed, _password_changed, None
    yield authentication_step_completed, _confirmed, None
    for through in (User.groups.through, User.user_permissions.through):
        yield m2m_changed, _user_permission, through
    yield m2m_changed, _role_permission, Group.permissions.through
    yield post_save, _note_new, Group
    yield pre_save, _note_flags, User
    yield post_save, _tell_flags, User
    yield post_delete, _deleted, User


def _name_of(text: str) -> str:
    """The name of a user of ours, or a token for what somebody typed."""
    return text if User.objects.filter(username=text).exists() else name_token(text)


def _signed_in(*, request: HttpRequest | None, user: User, **_: Any) -> None:
    records = request.session.get("account_authentication_methods", []) if request else []
    methods = sorted({":".join((one["method"], *_type_of(one))) for one in records})
    name = user.get_username()
    tell("signin.done", subject=name, actor=name, request=request, methods=methods)


def _type_of(method: dict[str, Any]) -> tuple[str, ...]:
    return (method["type"],) if "type" in method else ()


def _signed_out(*, request: HttpRequest | None, user: User | None, **_: Any) -> None:
    if user is not None:
        tell("signin.left", subject=user.get_username(), actor=user.get_username(), request=request)


def _failed(*, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    if getattr(request, "axes_locked_out", False):
        return  # told as a lock-out
    name = _name_of(str(credentials.get("username", "")))
    tell("signin.failed", subject=name, actor="", request=request)


def _locked_out(*, request: HttpRequest, username: str | None, **_: Any) -> None:
    # It comes as attempts are counted: a name of ours, or a token (``origin.name_kept``).
    tell("signin.locked", subject=username or name_token(""), actor="", request=request)


def _factor(kind: str) -> Callable[..., None]:
    def receive(*, request: HttpRequest, user: User, authenticator: Any, **_: Any) -> None:
        name = user.get_username()
        tell(kind, subject=name, actor=name, request=request, factor=authenticator.type)

    return receive


_factor_added = _factor("factor.added")
_factor_removed = _factor("factor.removed")
_factor_renewed = _factor("factor.renewed")
_factor_used = _factor("factor.used")
_factor_failed = _factor("factor.failed")


def _confirmed(*, request: HttpRequest, user: User, method: str, **more: Any) -> None:
    if more.get("reauthenticated"):
        name = user.get_username()
        tell("signin.confirmed", subject=name, actor=name, request=request, method=method)


def _password_changed(*, request: HttpRequest, user: User, **_: Any) -> None:
    tell(
        "password.changed", subject=user.get_username(), actor=user.get_username(), request=request
    )


def _user_permission(
    *,
    instance: Model,
    action: str,
    reverse: bool,
    model: type[Model],
    pk_set: set[Any] | None,
    **_: Any,
) -> None:
    if (kind := _kind(action)) is None:
        return
    pairs = [(instance, one) for one in _changed(instance, model, pk_set)]
    for left, right in pairs:
        user, given = (right, left) if reverse else (left, right)
        tell(f"access.{kind}", subject=user.get_username(), given=_named(given))  # type: ignore[attr-defined]


def _role_permission(
    *,
    instance: Model,
    action: str,
    reverse: bool,
    model: type[Model],
    pk_set: set[Any] | None,
    **_: Any,
) -> None:
    if (kind := _kind(action)) is None or (_is_new(instance) and not acting_name()):
        return  # the shipped roles as the house makes them are what the release says
    for one in _changed(instance, model, pk_set):
        role, given = (one, instance) if reverse else (instance, one)
        tell(f"role.{kind}", subject=f"role:{role.name}", given=_named(given))  # type: ignore[attr-defined]


def _note_new(*, instance: Group, created: bool, **_: Any) -> None:
    instance._is_new = created  # type: ignore[attr-defined]  # noqa: SLF001  read below


def _is_new(instance: Model) -> bool:
    return bool(getattr(instance, "_is_new", False))


def _kind(action: str) -> str | None:
    return {"post_add": "granted", "post_remove": "withdrawn", "pre_clear": "withdrawn"}.get(action)


def _changed(instance: Model, model: type[Model], pks: set[Any] | None) -> list[Model]:
    """What was added or removed; all there is where everything is cleared."""
    if pks is not None:
        return list(model.objects.filter(pk__in=pks).order_by("pk"))  # type: ignore[attr-defined]
    if model is User:
        held = "user_set"
    elif model is Group:
        held = "group_set" if isinstance(instance, Permission) else "groups"
    else:
        held = "permissions" if isinstance(instance, Group) else "user_permissions"
    return list(getattr(instance, held).order_by("pk"))


def _named(given: Model) -> str:
    if isinstance(given, Permission):
        return f"{given.content_type.app_label}.{given.codename}"
    return f"role:{given.name}"  # type: ignore[attr-defined]


def _note_flags(*, instance: User, update_fields: Any = None, **_: Any) -> None:
    before = None
    if instance.pk and (update_fields is None or set(_FLAGS) & set(update_fields)):
        before = User.objects.filter(pk=instance.pk).values(*_FLAGS).first()
    instance._flags_before = before  # type: ignore[attr-defined]  # noqa: SLF001  read below


def _tell_flags(*, instance: User, created: bool, **_: Any) -> None:
    now = {name: getattr(instance, name) for name in _FLAGS}
    if created:
        tell("user.created", subject=instance.get_username(), flags=now)
        return
    before = getattr(instance, "_flags_before", None)
    if before is not None and before != now:
        tell("user.changed", subject=instance.get_username(), before=before, flags=now)


def _deleted(*, instance: User, **_: Any) -> None:
    tell("user.deleted", subject=instance.get_username())
