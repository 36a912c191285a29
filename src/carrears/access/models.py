"""People who work here, and the tokens by which programs act for them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractUser, Permission
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, QuerySet

from carrears.access.organisation_models import Kind, Membership, Organisation
from carrears.database.prepared import Blank, prepared
from carrears.database.wall import as_house

__all__ = ["ApiToken", "Kind", "Membership", "Organisation", "User"]


class User(AbstractUser):
    """A member of staff."""

    display_name = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=10, blank=True)
    time_zone = models.CharField(max_length=64, default="Asia/Shanghai")

    class Meta(AbstractUser.Meta):
        permissions = [("confirm_change", "Can confirm, as a second person, dangerous changes")]

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Whether he may; what he may is asked once for each user object, as Django does."""
        if not hasattr(self, "_perm_cache") and self.is_active and not self.is_superuser:
            self._perm_cache = {f"{app}.{name}" for app, name in _permissions.ask(user=self.pk)}
        return super().has_perm(perm, obj)

    def save(self, *arguments: Any, **named: Any) -> None:
        """Keep it for the house: requests of agencies may write no user by themselves (walls)."""
        with as_house():
            super().save(*arguments, **named)

    def __str__(self) -> str:
        return self.display_name or self.get_username()


@prepared
def _permissions(user: Blank) -> QuerySet[Permission, tuple[Any, ...]]:
    """What somebody may by himself and by his groups, in one question where Django asks two."""
    own, theirs = (Permission.objects.filter(**{way: user}) for way in ("user", "group__user"))
    held = Q(pk__in=own.order_by().values("pk")) | Q(pk__in=theirs.order_by().values("pk"))
    found = Permission.objects.filter(held).order_by()
    return found.values_list("content_type__app_label", "codename")


def every_scope() -> list[str]:
    """What a token may do that was issued before there were scopes."""
    return ["*:*"]


class ApiToken(models.Model):
    """A secret by which a program acts for a user. Only its hash is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    secret_hash = models.BinaryField(max_length=32, unique=True)
    hint = models.CharField(max_length=12, blank=True)  # its first letters, to tell it by
    scopes = ArrayField(models.CharField(max_length=40), default=every_scope)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    # One that could do nearly everything is good for nothing until a second person confirms it.
    awaits_second = models.BooleanField(default=False)
    confirmed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(models.Q(awaits_second=True, confirmed_by=None))
                | (
                    models.Q(awaits_second=False)
                    & (models.Q(confirmed_by=None) | ~models.Q(confirmed_by=models.F("user")))
                ),
                name="apitoken_confirmed_by_another",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.user})"
