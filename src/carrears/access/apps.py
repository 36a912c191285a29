from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccessConfig(AppConfig):
    name = "carrears.access"
    label = "access"

    def ready(self) -> None:
        post_migrate.connect(_sync_roles, dispatch_uid="carrears.access.roles")


def _sync_roles(sender: AppConfig, **_: Any) -> None:
    """Once the last room's permissions exist, the roles can be set."""
    if sender.label != "dayrun":  # the last room with models
        return
    from carrears.access.services import ensure_roles  # noqa: PLC0415  models load after apps

    ensure_roles()
